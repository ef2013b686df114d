#include "topology/shortest_ways.h"

#include <algorithm>

#include "topology/fabric.h"

namespace orrery::topology {

const ShortestWays::Hops& ShortestWays::hops_to(const Fabric& fabric, VertexId to) {
  const auto [entry, is_new] = hops_.try_emplace(index(to));
  Hops& hops = entry->second;
  if (!is_new) return hops;
  hops.assign(static_cast<std::size_t>(shape_->vertices() - shape_->ports()), unreachable);
  std::vector<VertexId> reached{to};
  hops[number(to)] = 0;
  for (std::size_t at = 0; at < reached.size(); ++at) {
    const VertexId here = reached[at];
    for (int port = 0; port < shape_->out_degree(here); ++port) {
      const LinkId out = shape_->out_link(here, port);
      const VertexId there = fabric.target(out);
      if (shape_->is_port(there) || !fabric.alive(out) || hops[number(there)] != unreachable) continue;
      hops[number(there)] = static_cast<std::uint16_t>(hops[number(here)] + 1);
      reached.push_back(there);
    }
  }
  return hops;
}

/// A NIC is reached over any of its cables.
int ShortestWays::from_switch(const Fabric& fabric, VertexId from, VertexId to) {
  if (!shape_->is_port(to)) return hops_to(fabric, to)[number(from)];
  int least = unreachable;
  for (int port = 0; port < shape_->out_degree(to); ++port) {
    const LinkId out = shape_->out_link(to, port);
    if (!fabric.alive(out)) continue;
    const int hops = hops_to(fabric, fabric.target(out))[number(from)];
    if (hops != unreachable) least = std::min(least, hops + 1);
  }
  return least;
}

int ShortestWays::distance(const Fabric& fabric, VertexId from, VertexId to) {
  if (from == to) return 0;
  if (!shape_->is_port(from)) return from_switch(fabric, from, to);
  int least = unreachable;
  for (int port = 0; port < shape_->out_degree(from); ++port) {
    const LinkId out = shape_->out_link(from, port);
    if (!fabric.alive(out)) continue;
    const int hops = from_switch(fabric, fabric.target(out), to);
    if (hops != unreachable) least = std::min(least, hops + 1);
  }
  return least;
}

void ShortestWays::next(const Fabric& fabric, VertexId from, VertexId to, std::vector<LinkId>& links) {
  links.clear();
  const int hops = distance(fabric, from, to);
  if (hops == unreachable) return;
  for (int port = 0; port < shape_->out_degree(from); ++port) {
    const LinkId out = shape_->out_link(from, port);
    const VertexId there = fabric.target(out);
    if (!fabric.alive(out) || (shape_->is_port(there) && there != to)) continue;
    if (distance(fabric, there, to) == hops - 1) links.push_back(out);
  }
}

}  // namespace orrery::topology
