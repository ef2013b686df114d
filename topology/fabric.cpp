#include "topology/fabric.h"

namespace orrery::topology {

Fabric::Fabric(const FatTreeSpec& spec) : spec_(spec), tree_(sized(spec)) {}

std::int64_t Fabric::switches(int level) const {
  sim::check(level >= 1 && level <= levels(), "a level of switches");
  return tree_.at[level].all_switches();
}

std::int64_t Fabric::cables(int level) const {
  sim::check(level >= 0 && level < levels(), "a level with cables above it");
  return tree_.at[level].all_ups();
}

std::int64_t Fabric::vertices() const { return tree_.at[levels()].first_vertex + tree_.at[levels()].all_switches(); }

/// The top has no cables up, so its first would be the number of all.
std::int64_t Fabric::links() const { return 2 * std::int64_t{tree_.at[levels()].first_cable}; }

int Fabric::level_of(VertexId vertex) const {
  sim::check(index(vertex) < vertices(), "a vertex of the fabric");
  int level = levels();
  while (static_cast<int>(index(vertex)) < tree_.at[level].first_vertex) --level;
  return level;
}

int Fabric::level_of(LinkId link) const {
  sim::check(index(link) < links(), "a link of the fabric");
  int level = levels() - 1;
  while (static_cast<int>(index(link) / 2) < tree_.at[level].first_cable) --level;
  return level;
}

Fabric::Place Fabric::place(VertexId vertex) const {
  Place found{level_of(vertex), {}, 0};
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

VertexId Fabric::vertex(const Place& place) const {
  return VertexId{static_cast<std::uint32_t>(tree_.at[place.level].first_vertex + tree_.position(place.level, place.block, place.member))};
}

Fabric::Place Fabric::lower_end(std::uint32_t cable, int& uplink) const {
  const int level = level_of(LinkId{2 * cable});
  const FatTreeLevel& lower = tree_.at[level];
  const int at = static_cast<int>(cable) - lower.first_cable;
  uplink = at % lower.ups;
  return place(VertexId{static_cast<std::uint32_t>(lower.first_vertex + at / lower.ups)});
}

VertexId Fabric::source(LinkId link) const { return target(reverse(link)); }

VertexId Fabric::target(LinkId link) const {
  int uplink = 0;
  const Place lower = lower_end(index(link) / 2, uplink);
  if (index(link) % 2 == 1) return vertex(lower);
  const int level = lower.level + 1;
  return vertex({level, tree_.parent(level, lower.block).block, tree_.above(level, lower.member, uplink)});
}

int Fabric::out_degree(VertexId vertex) const {
  const Place at = place(vertex);
  const FatTreeLevel& level = tree_.at[at.level];
  return at.level == 0 ? 1 : level.ups + level.children(at.block.index) * level.shared * level.parallel;
}

LinkId Fabric::out_link(VertexId vertex, int port) const {
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

void Fabric::set_alive(LinkId link, bool alive) {
  sim::check(index(link) < links(), "a link of the fabric");
  if (alive) {
    dead_.erase(index(link) / 2);
  } else {
    dead_.insert(index(link) / 2);
  }
}

}  // namespace orrery::topology
