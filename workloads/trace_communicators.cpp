#include "workloads/trace_communicators.h"

#include <algorithm>

#include "sim/error.h"
#include "sim/printable.h"
#include "workloads/rank_lattice.h"

namespace orrery::workloads {
namespace {

/// Groups that differ in their first rank alone and share none.
struct Family {
  std::vector<sim::Extent> members{};
  std::size_t copy = 0;                                         // how many groups of the same ranks came before
  std::vector<std::pair<std::int32_t, std::int32_t>> groups{};  // first rank, number
  std::vector<bool> taken{};                                    // by rank
};

std::vector<bool> used_groups(const Trace& trace) {
  std::vector<bool> used(trace.groups.size(), false);
  for (const TraceRank& rank : trace.ranks) {
    for (const TraceOperation& operation : rank.operations) {
      if (operation.kind == TraceKind::collective) used[static_cast<std::size_t>(operation.group)] = true;
    }
  }
  return used;
}

sim::Lattice members_of(const Trace& trace, const TraceGroup& group) {
  if (auto lattice = lattice_of(group.members)) return *lattice;
  std::vector<std::int32_t> ascending = group.members;
  std::sort(ascending.begin(), ascending.end());
  if (auto lattice = lattice_of(ascending)) return *lattice;
  throw sim::Error({.place = trace.name,
                    .what = "the " + std::to_string(group.members.size()) + " ranks of group " + sim::printable(group.name) +
                            " follow no arithmetic (a first rank and equal steps)",
                    .remedy = "number the ranks so that they do"},
                   sim::ErrorKind::unavailable);
}

bool takes(const Family& family, const sim::Lattice& group) {
  for (std::int64_t i = 0; i < group.size(); ++i) {
    if (family.taken[static_cast<std::size_t>(group.at(i))]) return false;
  }
  return true;
}

std::vector<Family> families_of(const Trace& trace, const std::vector<bool>& used) {
  std::vector<Family> families;
  std::map<std::vector<std::int32_t>, std::size_t> copies;
  for (std::size_t g = 0; g < used.size(); ++g) {
    if (!used[g]) continue;
    const sim::Lattice members = members_of(trace, trace.groups[g]);
    std::vector<std::int32_t> ascending = trace.groups[g].members;
    std::sort(ascending.begin(), ascending.end());
    const std::size_t copy = copies[ascending]++;
    auto family = std::find_if(families.begin(), families.end(), [&](const Family& each) {
      return each.copy == copy && each.members == members.extents && takes(each, members);
    });
    if (family == families.end()) {
      families.push_back({.members = members.extents, .copy = copy, .taken = std::vector<bool>(trace.ranks.size(), false)});
      family = families.end() - 1;
    }
    for (std::int64_t i = 0; i < members.size(); ++i) family->taken[static_cast<std::size_t>(members.at(i))] = true;
    family->groups.emplace_back(members.first, static_cast<std::int32_t>(g));
  }
  return families;
}

}  // namespace

TraceCommunicators communicators_of(const Trace& trace) {
  TraceCommunicators made{.communicators = {}, .of_group = std::vector<std::int32_t>(trace.groups.size(), -1)};
  for (Family& family : families_of(trace, used_groups(trace))) {
    std::sort(family.groups.begin(), family.groups.end());
    std::vector<std::int32_t> firsts;
    firsts.reserve(family.groups.size());
    for (const auto& [first, group] : family.groups) firsts.push_back(first);
    std::size_t next = 0;
    for (const sim::Lattice& groups : lattices_of(firsts)) {
      for (std::int64_t i = 0; i < groups.size(); ++i) {
        made.of_group[static_cast<std::size_t>(family.groups[next++].second)] = static_cast<std::int32_t>(made.communicators.size());
      }
      made.communicators.push_back({.name = "c" + std::to_string(made.communicators.size()), .groups = groups, .members = family.members});
    }
  }
  return made;
}

}  // namespace orrery::workloads
