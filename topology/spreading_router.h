// Ways on any shape, chosen anew for every flow; no tables.
//  - ecmp: at each switch by hash of source, destination, flow and share among the ports of shortest ways; a share is a queue pair. Among
//    the cables of one NIC shares are dealt in turn.
//  - adaptive: shares are dealt evenly over the ports of shortest ways, switch by switch. As many shares as the best joined switch with
//  NICs
//    has cables to other switches, at least 16 (a multiple of these) and at most 32.
//  - valiant (Valiant and Brebner 1981): each of 16 shares by a shortest way to a switch of its own, drawn by hash and evenly over the
//    machine, and from there by a shortest way. On one switch or with a single switch: directly.
//  - ugal (Singh 2005): each of 16 shares takes the shortest way or Valiant's, whichever has fewer hops times shares on its busiest
//    link. Shares are counted over all flows that were ever asked for, in the order of asking, as if all flowed at once; a flow keeps its
//    ways until a link dies or recovers.
//
// Costs some microseconds a route the first time a destination switch is met, then about one a hop; ugal 200 bytes a flow.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "topology/routing.h"
#include "topology/shortest_ways.h"

namespace orrery::topology {

class SpreadingRouter final : public Router {
 public:
  /// `shape` must outlive it. `routing`: ecmp, adaptive, valiant or ugal; `queue_pairs` counts for ecmp alone.
  SpreadingRouter(const Shape& shape, Routing routing, int queue_pairs);

  std::unique_ptr<Router> clone() const override { return std::make_unique<SpreadingRouter>(*this); }
  int shares() const override { return shares_; }
  Route route(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t flow, int share) override;
  int hops(const Fabric& fabric, VertexId from, VertexId to) override;
  void links_changed() override;

 private:
  void append_by_hash(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash, Route& route);
  void append_dealt(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash, int share, Route& route);
  Route by_way_of_another(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash, int share);
  std::vector<Route> weighed(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash);
  double cost(const Route& route) const;

  const Shape* shape_;
  Routing routing_;
  int shares_ = 1;
  ShortestWays ways_;
  std::vector<LinkId> next_;                                                            // scratch
  std::vector<std::uint32_t> load_;                                                     // of ugal: shares on each link
  std::map<std::tuple<VertexId, VertexId, std::uint64_t>, std::vector<Route>> chosen_;  // of ugal: by source, destination and flow
};

}  // namespace orrery::topology
