// The constants of NCCL's own cost model, one set a version (scenarios/nccl/2.28.json): facts of src/graph/tuning.cc, topo.h and search.cc
// of that version, restated. Only what rings need is here; the tuner's other algorithms add theirs beside it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/units.h"
#include "topology/nccl_search.h"

namespace orrery::workloads {

enum class Protocol : std::uint8_t { ll, ll128, simple };
inline constexpr int protocol_count = 3;
enum class Hop : std::uint8_t { nvlink, pci, net };
inline constexpr int hop_count = 3;
/// Rows of NCCL's tables: compute capability 70, 80 and 90.
enum class Generation : std::uint8_t { volta, ampere, hopper };
inline constexpr int generation_count = 3;

/// By protocol: LL, LL128, Simple.
using ProtocolLatencies = std::array<sim::Duration, protocol_count>;
/// By number of nodes: 1, 2, more.
using ScaleBandwidths = std::array<sim::BytesPerSecond, 3>;

struct NcclConstants {
  std::string version;  // "2.28"
  std::string source;
  ProtocolLatencies ring_base_latency{};
  std::array<ProtocolLatencies, hop_count> ring_hop_latency{};  // by Hop
  ProtocolLatencies tree_net_latency{};                         // a network hop of rings with one GPU a node, but for broadcast and reduce
  std::array<sim::Duration, 3> net_overhead{};  // by topology::CpuVendor: floor of a step on a node when there are several; x3 for Simple
  std::array<ScaleBandwidths, generation_count>
      ll_max_bandwidth{};  // row: the GPU's generation on one node; on several 1 for AMD's CPUs, 0 for others
  std::array<ScaleBandwidths, generation_count> ll128_ring_per_channel{};
  sim::Duration reference_network_latency{};  // of the fabric that network hops were taken on; what a fabric has more is added
  double ll_share = 0;                        // LL's part of a ring's bandwidth, flags taken off
  double ll128_share = 0;
  double multi_node_simple_latency_factor = 1;  // all-reduce of at least 64 bytes a rank and channel
  /// What the graph search takes links for and which speeds it tries.
  std::vector<topology::NcclSearchSpeeds> search{{.compute_capability = 80}, {.compute_capability = 90}, {.compute_capability = 100}};
  std::vector<sim::BytesPerSecond> pcie;  // sixteen lanes of generation 3, 4, 5, ...
};

}  // namespace orrery::workloads
