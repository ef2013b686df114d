// SLURM's topology in either format.
#include <set>
#include <string>

#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/target.h"
#include "topology/import_slurm.h"

namespace orrery::fuzz {
namespace {

void check_groups(const topology::Survey& survey) {
  std::set<std::string> names;
  for (const topology::PlacementGroup& group : survey.groups) {
    sim::check(names.insert(group.name).second, "a group stands once");
    sim::check(!group.hosts.empty() || !group.children.empty(), "a group has something below it");
  }
  std::set<std::string> children;
  for (const topology::PlacementGroup& group : survey.groups) {
    for (const std::string& child : group.children) {
      sim::check(names.contains(child) && children.insert(child).second, "a child is a group, and below one other");
    }
  }
  sim::check(survey.groups.empty() || children.size() < survey.groups.size(), "one group is the topmost");
}

}  // namespace

void read(std::string_view text) {
  if (const auto survey = read_or_refused([&] { return topology::read_slurm_conf(text, "topology.conf"); })) check_groups(*survey);
  if (const auto survey = read_or_refused([&] { return topology::read_slurm_yaml(text, "topology.yaml"); })) check_groups(*survey);
}

}  // namespace orrery::fuzz
