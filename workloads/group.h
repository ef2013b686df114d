// A communicator on a machine: which GPUs of which nodes, in NCCL's order of nodes, and how its channels pass each node.
//
//     const Group group(cluster, node_graphs, members);
//     group.part(GraphKind::ring, 0, 3).gpus        // the GPUs of node 0 (of the group) in the order of channel 3
//
// Costs O(members).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "topology/cluster.h"
#include "workloads/nccl_filter.h"
#include "workloads/node_graphs.h"

namespace orrery::workloads {

struct GroupCounts {
  int ranks = 1;
  int nodes = 1;
  std::array<int, graph_kind_count> ways{};  // channels of each graph that differ
  bool operator==(const GroupCounts&) const = default;

  int of(GraphKind kind) const { return ways[static_cast<std::size_t>(kind)]; }
};

class Group {
 public:
  /// `members` in rank order, each once, at least one; the first is the root. All three must outlive the group.
  Group(const topology::Cluster& cluster, const NodeGraphs& found, std::span<const topology::GpuId> members, Pxn pxn = Pxn::on);

  std::span<const topology::GpuId> members() const { return members_; }
  int ranks() const { return static_cast<int>(members_.size()); }
  /// In the order of their first ranks.
  int nodes() const { return static_cast<int>(nodes_.size()); }
  const NodeGraphs::Entry& graphs(int node) const { return *nodes_[static_cast<std::size_t>(node)].graphs; }
  const topology::Cluster& cluster() const { return *cluster_; }
  Pxn pxn() const { return pxn_; }

  /// Channels that every node has a graph's part of.
  int channels(GraphKind kind) const;
  /// Those of them that pass other GPUs or NICs than the ones before; who shares a way shares its bytes.
  std::vector<int> distinct_channels(GraphKind kind) const;
  GroupCounts counts() const;

  /// A channel's part on one node.
  struct Part {
    const topology::NcclChannel* channel = nullptr;
    std::uint32_t first_gpu = 0;  // of the node, in the cluster

    int size() const { return static_cast<int>(channel->gpus.size()); }
    topology::GpuId gpu(int position) const;
    topology::GpuId first() const { return gpu(0); }
    topology::GpuId last() const { return gpu(size() - 1); }
    int rail_in() const { return static_cast<int>(channel->nets_before.front()); }
    int rail_out() const { return static_cast<int>(channel->nets_after.front()); }
  };
  /// Where rings cross NICs ("cross_nic" 2), odd nodes have each pair of channels swapped, so that a ring keeps to one rail between nodes.
  Part part(GraphKind kind, int node, int channel) const;

 private:
  struct Node {
    int number = 0;  // in the cluster
    const NodeGraphs::Entry* graphs = nullptr;
  };
  const topology::Cluster* cluster_;
  std::span<const topology::GpuId> members_;
  Pxn pxn_ = Pxn::on;
  std::vector<Node> nodes_;
  bool nodes_are_alike_ = true;  // have the same graphs
};

}  // namespace orrery::workloads
