// The rings that NCCL would lay through a communicator: who is next to whom, and over which links.
//
// NCCL's channels that cross the same links are one ring here: on a node behind NVSwitch all of them, between nodes those of one NIC. Ring
// j enters every node by its j-th NIC at a GPU beside it, visits the node's members and leaves by the same NIC, so it keeps to one rail, as
// NCCL's rings on a DGX A100 do ("0 7 6 5 4 3 2 1", "1 2 3 4 5 6 7 0", ...).
//
//     const Rings rings(cluster, members);
//     std::vector<Edge> edges;
//     rings.append_edges(CollectiveKind::all_reduce, rings.nics(), edges);
//
// Costs O(members), and O(rings x members) for the edges. Leaves out: hosts that join PCIe otherwise than GPUs (2i, 2i+1) and their NICs
// under one switch; H100's crossing of rails between even and odd nodes (same load a NIC).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/paths.h"

namespace orrery::workloads {

class Rings {
 public:
  /// `members` in rank order, each once, at least one; the first is the root. The cluster must outlive the rings.
  Rings(const topology::Cluster& cluster, std::span<const topology::GpuId> members);

  int nodes() const { return static_cast<int>(nodes_.size()); }
  /// NICs that a ring may use on every node; 1 on one node.
  int nics() const { return nics_; }
  /// Whether data reach their NIC without leaving its PCIe switch: GPUs 2i and 2i+1 sit under one, so both must take part where any two do.
  bool nics_are_near() const;
  /// Appends the edges of the first `rings` rings (at most nics()) that a collective of that kind uses, ring by ring: a broadcast leaves
  /// out the edge into the root, a reduce the one out of it.
  void append_edges(sim::CollectiveKind kind, int rings, std::vector<Edge>& edges) const;

 private:
  struct Node {
    std::uint32_t begin = 0;  // of its members, in gpus_
    std::uint32_t end = 0;
    std::uint32_t first_owner = 0;  // in owners_

    std::uint32_t size() const { return end - begin; }
  };
  void group_by_node(std::span<const topology::GpuId> members);
  void find_nic_owners();
  topology::GpuId at(const Node& node, int ring, std::uint32_t position) const;
  Edge exit(topology::GpuId entry, topology::GpuId from, topology::GpuId to, std::uint64_t flow) const;

  const topology::Cluster* cluster_;
  topology::GpuId root_;
  std::vector<topology::GpuId> gpus_;  // node by node, as NCCL orders them: by first rank
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> owners_;  // of each NIC that a node's members have, the first member beside it: its place among them
  int nics_ = 1;
};

}  // namespace orrery::workloads
