#include "workloads/nccl_bandwidth.h"

#include <algorithm>

#include "workloads/ring_steps.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

/// One entry of the table: what all its formulas look at. Rates are bytes a second.
struct BandwidthEntry {
  CollectiveKind kind;
  Protocol protocol;
  const NcclCommunicator& communicator;
  const NcclConstants& nccl;
  const TunerGraph& graph;

  std::size_t generation() const { return static_cast<std::size_t>(generation_of(communicator.compute_capability)); }
  std::size_t scale() const { return static_cast<std::size_t>(std::min(communicator.nodes, 3) - 1); }
  double cap(const GenerationBandwidths& caps) const { return caps[generation()][scale()].value; }
  double ll_cap() const;
  /// Of all channels together, over NVLink's rate or the network's: NCCL takes the former up to two nodes.
  double bus() const { return graph.channels * (communicator.nodes <= 2 ? graph.intra : graph.inter).value; }
  /// Bytes of the operation for each that passes an edge of the ring.
  double ring_ratio() const { return static_cast<double>(communicator.ranks) / ring_steps(kind, communicator.ranks); }
};

// NCCL takes the row by GPU on one node and, for want of a better guess, by CPU on several.
double BandwidthEntry::ll_cap() const {
  const std::size_t cpu_row = communicator.cpu.value_or(topology::CpuVendor::amd) == topology::CpuVendor::amd ? 1 : 0;
  return nccl.ll_max_bandwidth[communicator.nodes == 1 ? generation() : cpu_row][scale()].value;
}

double ring_bus(const BandwidthEntry& entry) {
  const BandwidthShares& shares = entry.nccl.shares;
  const double bus = entry.bus();
  switch (entry.protocol) {
    case Protocol::ll: {
      const bool copies = entry.communicator.nodes == 1 && !is_all_reduce(entry.kind) && entry.kind != CollectiveKind::reduce;
      return std::min(entry.ll_cap(), (copies ? shares.ring_ll_copies : shares.ring_ll) * bus);
    }
    case Protocol::ll128: {
      const double share = entry.communicator.ranks_per_node() < 2 ? shares.ring_ll128_one_gpu : shares.ring_ll128;
      return std::min(share * bus, entry.graph.channels * entry.cap(entry.nccl.ll128_ring_per_channel));
    }
    case Protocol::simple:
      break;
  }
  return bus;
}

double tree_bus(const BandwidthEntry& entry) {
  const BandwidthShares& shares = entry.nccl.shares;
  double bus = std::min(shares.tree * entry.bus(), entry.graph.channels * entry.cap(entry.nccl.tree_per_channel));
  if (entry.protocol == Protocol::ll) bus = std::min(shares.tree_ll * bus, entry.ll_cap());
  if (entry.protocol == Protocol::ll128) {
    const double share = entry.communicator.nodes == 1 ? shares.tree_ll128_one_node : shares.tree_ll128;
    bus = std::min(share * bus, entry.graph.channels * entry.cap(entry.nccl.ll128_tree_per_channel));
  }
  return entry.graph.pattern == topology::NcclPattern::tree ? shares.tree_through_one_gpu * bus : bus;
}

// NVLink's rate counts up to any number of nodes.
double collnet_bus(const BandwidthEntry& entry, NcclAlgorithm algorithm) {
  const BandwidthShares& shares = entry.nccl.shares;
  const TunerGraph& graph = entry.graph;
  const double gpus = entry.communicator.ranks_per_node();
  if (!is_all_reduce(entry.kind)) return gpus * std::min(graph.intra.value, shares.collnet_copies_inter * graph.inter.value);
  const double bus = graph.channels * graph.intra.value;
  if (algorithm == NcclAlgorithm::collnet_chain) return bus;
  // At full speed every GPU has a NIC; with fewer NICs half of what is missing is.
  const double gpus_per_nic = gpus / graph.channels;
  const double direct = bus / (gpus_per_nic - (gpus_per_nic - 1) / 2);
  return entry.generation() >= static_cast<std::size_t>(Generation::hopper) ? shares.collnet_direct_hopper * direct : direct;
}

double nvls_bus(const BandwidthEntry& entry, NcclAlgorithm algorithm) {
  const TunerGraph& graph = entry.graph;
  const double gpus = entry.communicator.ranks_per_node();
  const bool is_tree = algorithm == NcclAlgorithm::nvls_tree;
  // An all-reduce has two operations under way, the others leave out a GPU's own part.
  double intra = graph.intra.value * entry.nccl.nvls_efficiency[entry.generation()] * (graph.channels - 1) / graph.channels;
  intra *= is_all_reduce(entry.kind) ? 2 : (gpus - 1) / gpus;
  // Two nodes' trees are but one edge.
  const double inter = graph.inter.value * (is_tree && entry.communicator.nodes <= 2 ? 2 : 1);
  double channel = std::min(intra, inter);
  if (is_tree) channel = std::min(channel, entry.cap(entry.nccl.nvls_tree_per_channel));
  return graph.channels * channel;
}

}  // namespace

sim::BytesPerSecond tuner_bandwidth(CollectiveKind kind, NcclAlgorithm algorithm, Protocol protocol, const NcclCommunicator& communicator,
                                    const NcclConstants& nccl) {
  constexpr double up_and_down = 0.5;  // every byte passes twice
  const BandwidthEntry entry{kind, protocol, communicator, nccl, graph_of(communicator.graphs, algorithm)};
  switch (algorithm) {
    case NcclAlgorithm::tree:
      return {tree_bus(entry) * up_and_down};
    case NcclAlgorithm::collnet_direct:
    case NcclAlgorithm::collnet_chain:
      return {collnet_bus(entry, algorithm) * (is_all_reduce(entry.kind) ? up_and_down : 1)};
    case NcclAlgorithm::nvls:
    case NcclAlgorithm::nvls_tree:
      return {nvls_bus(entry, algorithm) * (is_all_reduce(entry.kind) ? entry.ring_ratio() : 1)};
    case NcclAlgorithm::pat:
      return {nccl.shares.pat * entry.bus()};
    case NcclAlgorithm::ring:
      break;
  }
  return {ring_bus(entry) * entry.ring_ratio()};
}

}  // namespace orrery::workloads
