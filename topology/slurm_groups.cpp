#include "topology/slurm_groups.h"

#include <fmt/format.h>

#include "sim/error.h"
#include "topology/hostlist.h"

namespace orrery::topology {

void SlurmGroups::fail(int line, const std::string& what, const std::string& remedy) const {
  throw sim::Error({.place = fmt::format("{}:{}", file_, line), .what = what, .remedy = remedy});
}

std::vector<std::string> SlurmGroups::names(const std::string& list, int line) {
  if (list.empty()) return {};
  try {
    std::vector<std::string> expanded = hostlist(list, names_left_);
    names_left_ -= expanded.size();
    return expanded;
  } catch (const sim::Error& error) {
    const sim::Fault& fault = error.faults().front();
    fail(line, fault.what, fault.remedy);
  }
}

void SlurmGroups::claim(std::unordered_map<std::string, int>& lines, const std::string& name, int line, std::string_view what) const {
  const auto [first, is_new] = lines.emplace(name, line);
  if (!is_new) fail(line, fmt::format("{} \"{}\" stands in line {} already", what, name, first->second), "name each once");
}

void SlurmGroups::add(const SlurmGroup& group) {
  const std::vector<std::string> own_name = names(group.name, group.line);
  if (own_name.size() != 1) fail(group.line, fmt::format("\"{}\" is not one name", group.name), "write a line for each");
  PlacementGroup added{.name = own_name.front(), .hosts = names(group.hosts, group.line), .children = names(group.children, group.line)};
  if (added.hosts.empty() && added.children.empty()) {
    fail(group.line, fmt::format("\"{}\" has nothing below it", added.name), "name its nodes, or the switches below it");
  }
  claim(group_lines_, added.name, group.line, "the name");
  for (const std::string& host : added.hosts) claim(host_lines_, host, group.line, "the node");
  groups_.push_back(std::move(added));
}

std::vector<PlacementGroup> SlurmGroups::finished() {
  std::map<std::string, std::string> parents;
  std::vector<std::string> known;
  for (const PlacementGroup& group : groups_) known.push_back(group.name);
  for (const PlacementGroup& group : groups_) {
    const int line = group_lines_.at(group.name);
    for (const std::string& child : group.children) {
      if (!group_lines_.contains(child)) {
        const std::string meant = sim::nearest_name(child, known);
        fail(line, fmt::format("\"{}\" is no switch of this file", child),
             meant.empty() ? "write a line for it" : fmt::format("do you mean \"{}\"?", meant));
      }
      const auto [parent, is_new] = parents.emplace(child, group.name);
      if (!is_new) fail(line, fmt::format("\"{}\" is below \"{}\" already", child, parent->second), "a switch is below one other at most");
    }
  }
  refuse_rings(parents);
  group_lines_.clear();
  host_lines_.clear();
  return std::move(groups_);
}

/// Walks up from each switch; one that has led to the top once ends the walk.
void SlurmGroups::refuse_rings(const std::map<std::string, std::string>& parents) const {
  std::map<std::string, std::size_t> walked_in;  // the walk that has passed it
  for (std::size_t walk = 0; walk < groups_.size(); ++walk) {
    const std::string* at = &groups_[walk].name;
    while (true) {
      const auto [passed, is_new] = walked_in.emplace(*at, walk);
      if (!is_new && passed->second == walk) fail(group_lines_.at(*at), fmt::format("\"{}\" is below itself", *at), "switches form a tree");
      const auto parent = parents.find(*at);
      if (!is_new || parent == parents.end()) break;
      at = &parent->second;
    }
  }
}

}  // namespace orrery::topology
