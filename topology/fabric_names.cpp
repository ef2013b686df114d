// Names of a Fabric's vertices and links, and what bears a given name; the rules are in topology/fabric.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "topology/fabric.h"

namespace orrery::topology {
namespace {

constexpr std::string_view arrow = " -> ";

std::string_view kind_of(int level, int levels) {
  constexpr const char* kinds[] = {"node", "leaf", "spine", "core", "top"};
  return levels == 1 && level == 1 ? "switch" : kinds[level];
}

/// "2.5.9" as three numbers; nothing where it is not `count` of them.
std::optional<std::vector<int>> numbers_in(std::string_view text, std::string_view separator, std::size_t count) {
  std::vector<int> numbers;
  while (numbers.size() < count) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (numbers.size() == count) break;
    if (!text.starts_with(separator)) return std::nullopt;
    text.remove_prefix(separator.size());
  }
  return text.empty() ? std::optional(numbers) : std::nullopt;
}

/// All of them where they are few.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t few = 8;
  if (names.size() <= few) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} others, such as {} and {}", names.size(), names.front(), names.back());
}

}  // namespace

std::string Fabric::name(VertexId vertex) const {
  const Place at = place(vertex);
  if (at.level == 0) return fmt::format("node{}/nic{}", at.block.index, at.block.lane);
  const FatTreeLevel& level = tree_.at[at.level];
  std::vector<int> numbers;
  if (at.level != levels()) numbers.push_back(at.block.index);
  if (level.lanes > 1) numbers.push_back(at.block.lane);
  if (at.level > 1) numbers.push_back(at.member);
  return fmt::format("{}{}", kind_of(at.level, levels()), fmt::join(numbers, "."));
}

std::string Fabric::name(LinkId link) const {
  int uplink = 0;
  const FatTreeLevel& upper = tree_.at[lower_end(index(link) / 2, uplink).level + 1];
  const std::string ends = fmt::format("{}{}{}", name(source(link)), arrow, name(target(link)));
  return upper.parallel == 1 ? ends : fmt::format("{} [{}]", ends, uplink / upper.columns);
}

/// "leaf0.0 to leaf6.7".
std::string Fabric::names_of_level(int level) const {
  const auto first = static_cast<std::uint32_t>(tree_.at[level].first_vertex);
  const auto last = static_cast<std::uint32_t>(first + tree_.at[level].all_switches() - 1);
  const std::string begin = name(VertexId{first});
  return first == last ? begin : fmt::format("{} to {}", begin, name(VertexId{last}));
}

VertexId Fabric::vertex(std::string_view name) const {
  std::vector<std::string> there_are;
  for (int l = 0; l <= levels(); ++l) {
    there_are.push_back(names_of_level(l));
    const std::string_view kind = kind_of(l, levels());
    if (!name.starts_with(kind)) continue;
    const FatTreeLevel& level = tree_.at[l];
    Place at{l, {}, 0};
    std::vector<int*> parts;  // in the order of the name
    if (l != levels()) parts.push_back(&at.block.index);
    if (l == 0 || level.lanes > 1) parts.push_back(&at.block.lane);
    if (l > 1) parts.push_back(&at.member);
    const auto numbers = numbers_in(name.substr(kind.size()), l == 0 ? "/nic" : ".", parts.size());
    for (std::size_t i = 0; numbers && i < parts.size(); ++i) *parts[i] = (*numbers)[i];
    const bool in_range = at.block.index < level.blocks && at.block.lane < level.lanes && at.member < level.switches;
    if (numbers && in_range && this->name(vertex(at)) == name) return vertex(at);
    there_are = {names_of_level(l)};
    break;
  }
  throw sim::Error({.place = "",
                    .what = fmt::format("there is no \"{}\" in this fabric", name),
                    .remedy = fmt::format("it has {}", fmt::join(there_are, ", "))});
}

LinkId Fabric::link(std::string_view name) const {
  const std::size_t middle = name.find(arrow);
  if (middle == std::string_view::npos) {
    throw sim::Error({.place = "",
                      .what = fmt::format("\"{}\" is no link of this fabric", name),
                      .remedy = fmt::format("write its two ends, e.g. \"{}\" or \"{}\"", this->name(LinkId{0}),
                                            this->name(LinkId{static_cast<std::uint32_t>(links() - 1)}))});
  }
  const VertexId from = vertex(name.substr(0, middle));
  const std::string_view rest = name.substr(middle + arrow.size());
  const VertexId to = vertex(rest.substr(0, rest.find(' ')));
  std::vector<std::string> between;
  std::vector<std::string> elsewhere;
  for (int port = 0; port < out_degree(from); ++port) {
    const LinkId link = out_link(from, port);
    if (target(link) == to) {
      between.push_back(this->name(link));
      if (between.back() == name) return link;
    } else if (const std::string end = this->name(target(link)); elsewhere.empty() || elsewhere.back() != end) {
      elsewhere.push_back(end);
    }
  }
  if (between.empty()) {
    throw sim::Error({.place = "",
                      .what = fmt::format("no cable joins {} and {}", this->name(from), this->name(to)),
                      .remedy = fmt::format("cables lead from {} to {}", this->name(from), listed(elsewhere))});
  }
  throw sim::Error({.place = "",
                    .what = fmt::format("there is no link \"{}\" in this fabric", name),
                    .remedy = fmt::format("between these two there is {}", listed(between))});
}

}  // namespace orrery::topology
