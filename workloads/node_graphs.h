// What NCCL's search finds on the nodes of a cluster: the graphs of every set of GPUs that a communicator takes of a node, each set
// searched for once in every kind of node.
//
//     const NodeGraphs found(cluster, nccl);
//     const NodeGraphs::Entry& entry = found.of(0, std::vector{0, 1}, NodeGraphs::Reach::nodes);
//     entry.graphs.ring.channels.size()            // 2 on a DGX A100, of 24 GB/s
//
// Costs a search a set, 0.1 to 30 ms (more where nodes have odd numbers of NICs), and a look-up after that. Not to be shared by threads.
// Leaves out: NICs that an imported hall lacks; the search sees the whole node.
#pragma once

#include <array>
#include <map>
#include <span>
#include <vector>

#include "topology/cluster.h"
#include "topology/nccl_search.h"
#include "topology/node_topology.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// One of the graphs that NCCL has of a communicator.
enum class GraphKind : std::uint8_t { ring, tree, collnet_chain, nvls, collnet_direct };
inline constexpr int graph_kind_count = 5;
const topology::NcclGraph& graph_of(const topology::NcclGraphs& graphs, GraphKind kind);

class NodeGraphs {
 public:
  /// Whether a communicator keeps to one node.
  enum class Reach : std::uint8_t { node, nodes };

  NodeGraphs(const topology::Cluster& cluster, const NcclConstants& nccl, topology::CrossNic cross_nic = topology::CrossNic::as_it_pays);

  struct Entry {
    topology::NcclGraphs graphs;
    int thread_blocks = 0;  // of the communicator: its channels
    int compute_capability = 0;
    topology::CpuVendor cpu = topology::CpuVendor::other;
    /// By graph and channel: the first channel of the graph that passes the same GPUs and NICs in the same order.
    std::array<std::vector<int>, graph_kind_count> first_alike;
    std::array<std::vector<int>, graph_kind_count> distinct;  // by graph: the channels that are the first
  };
  /// On nodes of a group (topology::group_of). `gpus` are numbers on the node, rising. The entry stays where it is.
  const Entry& of(int group, std::span<const int> gpus, Reach reach) const;
  /// What NCCL takes all NVLinks of a GPU for.
  sim::BytesPerSecond nvlink_bandwidth(int group) const;

 private:
  struct Kind {
    topology::NodeTopology wiring;
    int compute_capability = 0;
    topology::CpuVendor cpu = topology::CpuVendor::other;
    std::array<std::map<std::vector<int>, Entry>, 2> entries;  // by reach
  };
  topology::NcclSearchSpec spec_;
  mutable std::vector<Kind> kinds_;  // by group of nodes
};

}  // namespace orrery::workloads
