// What NCCL's tuner knows of a communicator: who takes part, what the graph search found in its nodes, what the machine is.
//
//     NcclCommunicator world{.ranks = 32, .nodes = 4, .channels = 16, .compute_capability = 80, .cpu = topology::CpuVendor::amd};
//     world.graphs = tuner_graphs(topology::read_nccl_graphs(text, "dgx-a100.inter1.graph.xml"));
#pragma once

#include <optional>
#include <vector>

#include "sim/units.h"
#include "topology/nccl_graph.h"
#include "topology/nccl_search.h"
#include "topology/node_spec.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// What the tuner takes of a graph.
struct TunerGraph {
  int channels = 0;             // as the search counts them; none: it found no such graph
  sim::BytesPerSecond intra{};  // a channel's rate on a node
  sim::BytesPerSecond inter{};  // and between nodes
  sim::Duration latency_inter{};
  topology::PathType type_intra = topology::PathType::loc;
  topology::PathType type_inter = topology::PathType::loc;
  topology::NcclPattern pattern = topology::NcclPattern::ring;
  bool same_channels = false;
  bool operator==(const TunerGraph&) const = default;
};
TunerGraph tuner_graph(const topology::NcclGraph& graph);

struct TunerGraphs {
  TunerGraph ring{};
  TunerGraph tree{};
  TunerGraph collnet_chain{};
  TunerGraph nvls{};
  TunerGraph collnet_direct{};
  bool operator==(const TunerGraphs&) const = default;
};
TunerGraphs tuner_graphs(const topology::NcclGraphs& graphs);
/// By their ids. Throws sim::Error for an id that NCCL does not have.
TunerGraphs tuner_graphs(const std::vector<topology::NcclGraph>& graphs);

/// The one that an algorithm runs on.
const TunerGraph& graph_of(const TunerGraphs& graphs, NcclAlgorithm algorithm);

/// What the CollNet plugin does in the network's switches.
enum class Sharp : std::uint8_t { off, all_reduce, gathers_too };

struct NcclCommunicator {
  int ranks = 1;
  int nodes = 1;
  int channels = 1;  // of the communicator, mostly twice the graphs': each holds a multiprocessor while it runs
  TunerGraphs graphs{};
  int compute_capability = 80;                                          // of every GPU
  std::optional<topology::CpuVendor> cpu = topology::CpuVendor::other;  // none: of several vendors
  bool nvswitch = true;
  Sharp sharp = Sharp::off;
  double ranks_per_node() const { return static_cast<double>(ranks) / nodes; }
  /// As NCCL counts steps on a node; the rest is lost where nodes are uneven.
  int whole_ranks_per_node() const { return ranks / nodes; }
  bool operator==(const NcclCommunicator&) const = default;
};

}  // namespace orrery::workloads
