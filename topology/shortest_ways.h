// Shortest ways to a switch over the links that are alive: what every router but the fat-tree's own chooses among.
//
//     ShortestWays ways(shape);
//     ways.distance(fabric, vertex, destination)       // links from a vertex to a NIC port; unreachable where there is no way
//     ways.next(fabric, vertex, destination, links)    // links out of `vertex` that begin a shortest way
//
// Breadth-first from each switch that was asked for, remembered until links change: 2 bytes a switch and destination switch asked for. No
// way leads through a NIC.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "topology/shape.h"

namespace orrery::topology {

class Fabric;

class ShortestWays {
 public:
  static constexpr int unreachable = UINT16_MAX;

  explicit ShortestWays(const Shape& shape) : shape_(&shape) {}

  /// Links between a vertex and a NIC port or switch.
  int distance(const Fabric& fabric, VertexId from, VertexId to);
  /// Replaces `links` by the live links out of `from` with which a shortest way to `to` begins, in order of ports.
  void next(const Fabric& fabric, VertexId from, VertexId to, std::vector<LinkId>& links);
  void forget() { hops_.clear(); }

 private:
  using Hops = std::vector<std::uint16_t>;  // by switch
  const Hops& hops_to(const Fabric& fabric, VertexId to);
  std::size_t number(VertexId a_switch) const { return index(a_switch) - static_cast<std::size_t>(shape_->ports()); }
  int from_switch(const Fabric& fabric, VertexId from, VertexId to);

  const Shape* shape_;
  std::unordered_map<std::uint32_t, Hops> hops_;  // by destination switch
};

}  // namespace orrery::topology
