#include "topology/fat_tree_shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "sim/error.h"

namespace orrery::topology {
namespace {

constexpr double metres_to_leaf = 5;
constexpr double metres_between_switches = 20;

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

}  // namespace

FatTreeShape::FatTreeShape(const FatTreeSpec& spec, std::vector<NicRun> nics)
    : Shape(spec.nodes, spec.rails), tree_(sized(spec)), nics_(std::move(nics)) {
  for (int level = 0; level < tree_.levels; ++level) {
    const std::string lower{level == 0 ? "NIC" : kind_of(level, tree_.levels)};
    layers_.push_back(
        {fmt::format("{} to {}", lower, kind_of(level + 1, tree_.levels)), level == 0 ? metres_to_leaf : metres_between_switches});
  }
}

std::int64_t FatTreeShape::vertices() const { return tree_.at[levels()].first_vertex + tree_.at[levels()].all_switches(); }

std::int64_t FatTreeShape::switches(int level) const {
  sim::check(level >= 1 && level <= levels(), "a level of switches");
  return tree_.at[level].all_switches();
}

std::int64_t FatTreeShape::cables(int layer) const {
  sim::check(layer >= 0 && layer < levels(), "a layer of cables");
  return tree_.at[layer].all_ups();
}

sim::BytesPerSecond FatTreeShape::bandwidth(std::uint32_t cable) const {
  if (nics_.empty() || layer(cable) != 0) return {};
  return rate_of_node(nics_, port(end(cable, 0)).node);
}

int FatTreeShape::level(VertexId vertex) const {
  sim::check(index(vertex) < vertices(), "a vertex of the fabric");
  int level = levels();
  while (static_cast<int>(index(vertex)) < tree_.at[level].first_vertex) --level;
  return level;
}

int FatTreeShape::layer(std::uint32_t cable) const {
  sim::check(cable < cables(), "a cable of the fabric");
  int level = levels() - 1;
  while (static_cast<int>(cable) < tree_.at[level].first_cable) --level;
  return level;
}

FatTreeShape::Place FatTreeShape::place(VertexId vertex) const {
  Place found{level(vertex), {}, 0};
  const FatTreeLevel& level = tree_.at[found.level];
  const int position = static_cast<int>(index(vertex)) - level.first_vertex;
  if (found.level == 0) {
    found.block = {position % level.lanes, position / level.lanes};
    return found;
  }
  const int block = position / level.switches;
  found.block = {block / level.blocks, block % level.blocks};
  found.member = position % level.switches;
  return found;
}

VertexId FatTreeShape::vertex_at(const Place& place) const {
  return VertexId{static_cast<std::uint32_t>(tree_.at[place.level].first_vertex + tree_.position(place.level, place.block, place.member))};
}

FatTreeShape::Place FatTreeShape::lower_end(std::uint32_t cable, int& uplink) const {
  const FatTreeLevel& lower = tree_.at[layer(cable)];
  const int at = static_cast<int>(cable) - lower.first_cable;
  uplink = at / lower.switches % lower.ups;
  const int position = at / (lower.switches * lower.ups) * lower.switches + at % lower.switches;
  return place(VertexId{static_cast<std::uint32_t>(lower.first_vertex + position)});
}

VertexId FatTreeShape::end(std::uint32_t cable, int which) const {
  int uplink = 0;
  const Place lower = lower_end(cable, uplink);
  if (which == 0) return vertex_at(lower);
  const int level = lower.level + 1;
  return vertex_at({level, tree_.parent(level, lower.block).block, tree_.above(level, lower.member, uplink)});
}

int FatTreeShape::out_degree(VertexId vertex) const {
  const Place at = place(vertex);
  const FatTreeLevel& level = tree_.at[at.level];
  return at.level == 0 ? 1 : level.ups + level.children(at.block.index) * level.shared * level.parallel;
}

LinkId FatTreeShape::out_link(VertexId vertex, int port) const {
  sim::check(port >= 0 && port < out_degree(vertex), "a port in use");
  const Place at = place(vertex);
  const FatTreeLevel& level = tree_.at[at.level];
  if (port < level.ups) return LinkId{2U * static_cast<std::uint32_t>(tree_.cable(at.level, at.block, at.member, port))};
  // Down-ports: child by child, its switches of this group, parallel cables.
  const int down = port - level.ups;
  const int cables_a_child = level.shared * level.parallel;
  const int choice = down % cables_a_child;
  const int member = at.member / level.columns * level.shared + choice / level.parallel;
  const int uplink = choice % level.parallel * level.columns + at.member % level.columns;
  const Block child = tree_.child(at.level, at.block, down / cables_a_child);
  return LinkId{2U * static_cast<std::uint32_t>(tree_.cable(at.level - 1, child, member, uplink)) + 1U};
}

std::string FatTreeShape::name(VertexId vertex) const {
  const Place at = place(vertex);
  if (at.level == 0) return fmt::format("node{}/nic{}", port(vertex).node, port(vertex).rail);
  const FatTreeLevel& level = tree_.at[at.level];
  std::vector<int> numbers;
  if (at.level != levels()) numbers.push_back(at.block.index);
  if (level.lanes > 1) numbers.push_back(at.block.lane);
  if (at.level > 1) numbers.push_back(at.member);
  return fmt::format("{}{}", kind_of(at.level, levels()), fmt::join(numbers, "."));
}

/// "leaf0.0 to leaf6.7".
std::string FatTreeShape::names_of_level(int level) const {
  const auto first = static_cast<std::uint32_t>(tree_.at[level].first_vertex);
  const auto last = static_cast<std::uint32_t>(first + tree_.at[level].all_switches() - 1);
  const std::string begin = name(VertexId{first});
  return first == last ? begin : fmt::format("{} to {}", begin, name(VertexId{last}));
}

std::optional<VertexId> FatTreeShape::find(std::string_view name) const {
  for (int l = 0; l <= levels(); ++l) {
    const std::string_view kind = kind_of(l, levels());
    if (!name.starts_with(kind)) continue;
    const FatTreeLevel& level = tree_.at[l];
    Port nic;
    Place at{l, {}, 0};
    std::vector<int*> parts;  // in the order of the name
    if (l == 0) {
      parts = {&nic.node, &nic.rail};
    } else {
      if (l != levels()) parts.push_back(&at.block.index);
      if (level.lanes > 1) parts.push_back(&at.block.lane);
      if (l > 1) parts.push_back(&at.member);
    }
    const auto numbers = numbers_in(name.substr(kind.size()), l == 0 ? "/nic" : ".", parts.size());
    if (!numbers) return std::nullopt;
    for (std::size_t i = 0; i < parts.size(); ++i) *parts[i] = (*numbers)[i];
    if (nic.node >= nodes() || nic.rail >= rails()) return std::nullopt;
    if (at.block.index >= level.blocks || at.block.lane >= level.lanes || at.member >= level.switches) return std::nullopt;
    const VertexId found = l == 0 ? vertex(nic) : vertex_at(at);
    return this->name(found) == name ? std::optional(found) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::string> FatTreeShape::names_instead_of(std::string_view name) const {
  std::vector<std::string> there_are;
  for (int l = 0; l <= levels(); ++l) {
    there_are.push_back(names_of_level(l));
    if (name.starts_with(kind_of(l, levels()))) return {names_of_level(l)};
  }
  return there_are;
}

}  // namespace orrery::topology
