// Ways through a fat-tree by arithmetic: up to the nearest common block, and down by the mirror image of the way up: the same switches and
// parallel cables, counted within their blocks. N numbers ports in the order of the tree, leaf by leaf: rail-major, but where 4 levels mix
// rails in one block.
//  - d_mod_k: with N of the destination, uplink q = floor(N / (C_2*...*C_l)) mod U_l at a switch of level l. Zahavi's D-mod-K: the divisor
//    holds no parallel links. On full trees every shift permutation puts at most one flow on a link. s_mod_k: the same with N of the
//    source.
//  - ecmp: q = hash(source, destination, flow, level) mod U_l; a flow of several queue pairs goes in as many shares, each with a hash of
//    its own.
//  - adaptive: switches spread what goes up over all their uplinks, packet by packet, so that all cables up from one block (a leaf; the
//    spines of a pod) carry alike; so do those down to it. One such bundle is one resource of the capacity of its live links, and a way
//    names its first. An ideal: what it leaves out (queues that are chosen a moment too late) is the routing's efficiency (Cluster).
// OpenSM's ftree, which d_mod_k equals on full trees, refuses damaged ones; what follows is ours.
// Only shortest ways are taken. Where a chosen link is dead, the next live one (q+1, q+2, ... cyclically) is taken that has a live way on
// to the destination; on the way down likewise among the cables that lead to the right child.
//
// Cost: a route takes 0.1 to 0.3 us. Round dead links it is searched depth first: little more, unless the destination is all but cut off.
#pragma once

#include "topology/fat_tree_shape.h"
#include "topology/routing.h"

namespace orrery::topology {

class FatTreeRouter final : public Router {
 public:
  /// `shape` must outlive it. `routing`: d_mod_k, s_mod_k, ecmp or adaptive; `queue_pairs` counts for ecmp alone.
  FatTreeRouter(const FatTreeShape& shape, Routing routing, int queue_pairs);

  std::unique_ptr<Router> clone() const override { return std::make_unique<FatTreeRouter>(*this); }
  int shares() const override { return shares_; }
  Bundle bundle(LinkId link) const override;
  Route route(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t flow, int share) override;
  /// Throws sim::Error where planes keep the two apart.
  int hops(const Fabric& fabric, VertexId from, VertexId to) override;

 private:
  const FatTreeShape* shape_;
  Routing routing_;
  int shares_;
};

}  // namespace orrery::topology
