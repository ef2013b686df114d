// The constants of NCCL's own cost model, one set a version (scenarios/nccl/2.28.json): facts of src/graph/tuning.cc, enqueue.cc, topo.h
// and search.cc of that version, restated. Every number of the model is here; the structure of its formulas is in workloads/nccl_tuner.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/units.h"
#include "topology/nccl_search.h"

namespace orrery::workloads {

/// In NCCL's order, by which ties are broken.
enum class NcclAlgorithm : std::uint8_t { tree, ring, collnet_direct, collnet_chain, nvls, nvls_tree, pat };
inline constexpr int nccl_algorithm_count = 7;
enum class Protocol : std::uint8_t { ll, ll128, simple };
inline constexpr int protocol_count = 3;
enum class Hop : std::uint8_t { nvlink, pci, net };
inline constexpr int hop_count = 3;
/// Rows of NCCL's tables: compute capability below 80, below 90, below 100, and above.
enum class Generation : std::uint8_t { volta, ampere, hopper, blackwell };
inline constexpr int generation_count = 4;
constexpr Generation generation_of(int compute_capability) {
  if (compute_capability < 80) return Generation::volta;
  if (compute_capability < 90) return Generation::ampere;
  return compute_capability < 100 ? Generation::hopper : Generation::blackwell;
}

/// By protocol: LL, LL128, Simple.
using ProtocolLatencies = std::array<sim::Duration, protocol_count>;
/// By algorithm. All but trees and rings have Simple alone.
using AlgorithmLatencies = std::array<ProtocolLatencies, nccl_algorithm_count>;
/// By number of nodes: 1, 2, more.
using ScaleBandwidths = std::array<sim::BytesPerSecond, 3>;
using GenerationBandwidths = std::array<ScaleBandwidths, generation_count>;

/// Of the bandwidth that a graph's channels have together, what an algorithm and protocol gets.
struct BandwidthShares {
  double ring_ll = 1;         // flags taken off
  double ring_ll_copies = 1;  // of all-gathers, reduce-scatters and broadcasts on one node, of which old versions thought better
  double ring_ll128 = 1;
  double ring_ll128_one_gpu = 1;  // with less than two GPUs a node
  double tree = 1;
  double tree_ll = 1;  // this and the next two: of what a tree's Simple has
  double tree_ll128_one_node = 1;
  double tree_ll128 = 1;
  double tree_through_one_gpu = 1;   // of the above, for trees that pass the NIC by one GPU (pattern 3)
  double collnet_direct_hopper = 1;  // from compute capability 90
  double collnet_copies_inter = 1;   // of a NIC, for all-gathers and reduce-scatters over CollNet
  double pat = 1;                    // 0: no PAT
};

/// All-reduces over trees are slower than the formulas have it by these factors of bandwidth, from that size up to the next row's.
struct TreeCorrection {
  sim::Bytes from{};
  std::array<double, protocol_count> factors{1, 1, 1};
};

/// Long all-reduces over Simple rings between nodes have their latency times a factor.
struct RingPlateau {
  sim::Bytes from{};  // bytes of each rank and channel
  std::array<double, generation_count> factors{1, 1, 1, 1};
};

/// CollNet (SHARP).
struct CollNetRules {
  int least_nodes = 0;
  int most_local_ranks = 0;
  sim::Duration per_gpu{};  // of CollNet direct: each further GPU of a node, twice
};

/// How many channels and threads an operation is given (enqueue.cc).
struct LaunchRules {
  std::array<int, protocol_count> most_threads{};  // of a channel
  int slow_ring_threads = 0;                       // of Simple rings that are no faster than slow_ring
  sim::BytesPerSecond slow_ring{};
  int all_threads = 0;        // of trees, PAT, CollNet and NVLS
  int ring_sync_threads = 0;  // that a Simple ring has besides
  int least_threads = 0;
  std::array<sim::Bytes, protocol_count> per_thread{};  // an operation with less takes fewer channels, then threads
  sim::Bytes collnet_per_thread{};
  std::array<int, generation_count> nvls_channels_one_node{};
  std::array<int, generation_count> nvls_channels{};
  sim::Bytes cell{};       // of traffic, the least that a channel is given
  int ll_cell_factor = 1;  // LL counts its traffic so many times
};

struct NcclConstants {
  std::string version;  // "2.28"
  std::string source;
  int newest_compute_capability = 0;  // of the GPUs that the version knew; 0: of all
  bool pxn = true;                    // since 2.12: GPUs reach NICs through those that are nearer
  bool alternating_rings = true;      // since 2.20: rings that leave a node by another NIC keep to one rail between nodes
  AlgorithmLatencies base_latency{};
  std::array<AlgorithmLatencies, hop_count> hop_latency{};  // by Hop
  std::array<sim::Duration, 3> net_overhead{};  // by topology::CpuVendor: floor of a ring's step on a node when there are several
  int simple_overhead_factor = 1;               // of the above, by Simple
  sim::Duration pat_per_rank{};
  double pat_hop_divisor = 1;                 // of a network hop, each level of PAT's tree takes so little
  sim::Duration reference_network_latency{};  // of the fabric that network hops were taken on; what a fabric has more is added
  GenerationBandwidths ll_max_bandwidth{};  // row: the GPU's generation on one node; on several ampere's for AMD's CPUs, volta's for others
  GenerationBandwidths ll128_ring_per_channel{};
  GenerationBandwidths ll128_tree_per_channel{};
  GenerationBandwidths tree_per_channel{};
  GenerationBandwidths nvls_tree_per_channel{};            // none for one node
  std::array<double, generation_count> nvls_efficiency{};  // 0: no NVLS
  BandwidthShares shares;
  std::vector<TreeCorrection> tree_corrections;
  RingPlateau ring_plateau;
  CollNetRules collnet;
  LaunchRules launch;
  std::vector<topology::NcclSearchSpeeds> search{{.compute_capability = 80}, {.compute_capability = 90}, {.compute_capability = 100}};
};

}  // namespace orrery::workloads
