#include "workloads/nccl_latency.h"

#include <algorithm>
#include <bit>

#include "workloads/ring_steps.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::Duration;

/// One entry of the table: what all its formulas look at.
struct LatencyEntry {
  CollectiveKind kind;
  NcclAlgorithm algorithm;
  Protocol protocol;
  const NcclCommunicator& communicator;
  const NcclConstants& nccl;
  const TunerGraph& graph;

  Duration of(Hop hop, NcclAlgorithm by) const {
    return nccl.hop_latency[static_cast<std::size_t>(hop)][static_cast<std::size_t>(by)][static_cast<std::size_t>(protocol)];
  }
  /// NCCL takes only what is NVLink all the way for NVLink.
  Hop inside() const { return graph.type_intra == topology::PathType::nvl ? Hop::nvlink : Hop::pci; }
  Duration intra() const { return of(inside(), algorithm); }
  Duration inter() const;
};

Duration LatencyEntry::inter() const {
  // With one GPU a node nothing hides a hop: NCCL takes the tree's.
  const Duration hop = of(Hop::net, communicator.ranks == communicator.nodes ? NcclAlgorithm::tree : algorithm);
  const int crossings = protocol == Protocol::simple ? 2 : 1;  // Simple flushes what was received
  return hop + graph.latency_inter * crossings;
}

Duration pipeline_latency(const LatencyEntry& entry) {
  const Hop hop = entry.communicator.nodes > 1 ? Hop::net : entry.inside();
  // Where all channels are alike NCCL counts one hop, whatever the length.
  if (entry.graph.same_channels) return entry.of(hop, NcclAlgorithm::ring);
  const NcclAlgorithm by = entry.protocol == Protocol::simple ? NcclAlgorithm::tree : NcclAlgorithm::ring;
  return entry.of(hop, by) * entry.communicator.ranks;
}

Duration ring_latency(const LatencyEntry& entry) {
  if (entry.kind == CollectiveKind::broadcast || entry.kind == CollectiveKind::reduce) return pipeline_latency(entry);
  const NcclCommunicator& communicator = entry.communicator;
  const int steps = ring_steps(entry.kind, communicator.ranks);
  if (communicator.nodes == 1) return entry.intra() * steps;
  const int network_steps = ring_steps(entry.kind, communicator.nodes);
  const Duration overhead = entry.nccl.net_overhead[static_cast<std::size_t>(communicator.cpu.value_or(topology::CpuVendor::other))] *
                            (entry.protocol == Protocol::simple ? entry.nccl.simple_overhead_factor : 1);
  return std::max(entry.intra(), overhead) * (steps - network_steps) + entry.inter() * network_steps;
}

Duration beyond_base(const LatencyEntry& entry) {
  const NcclCommunicator& communicator = entry.communicator;
  const int further_gpus = communicator.whole_ranks_per_node() - 1;
  const int levels = std::bit_width(static_cast<unsigned>(communicator.nodes)) - 1;
  switch (entry.algorithm) {
    case NcclAlgorithm::tree:
      return (entry.intra() * further_gpus + entry.inter() * levels) * 2;
    case NcclAlgorithm::collnet_direct:
      return (entry.intra() * std::min(1, further_gpus) + entry.nccl.collnet.per_gpu * further_gpus) * 2 + entry.inter();
    case NcclAlgorithm::collnet_chain:
      return entry.intra() * (2 * further_gpus) + entry.inter();
    case NcclAlgorithm::nvls:
      return communicator.nodes > 1 ? entry.intra() + entry.inter() : entry.intra();
    case NcclAlgorithm::nvls_tree:
      return entry.intra() + entry.inter() * (2 * levels);
    case NcclAlgorithm::pat:
      return Duration::from_seconds(entry.inter().seconds() * levels / entry.nccl.pat_hop_divisor) +
             entry.nccl.pat_per_rank * communicator.ranks;
    case NcclAlgorithm::ring:
      break;
  }
  return ring_latency(entry);
}

}  // namespace

Duration tuner_latency(CollectiveKind kind, NcclAlgorithm algorithm, Protocol protocol, const NcclCommunicator& communicator,
                       const NcclConstants& nccl) {
  const LatencyEntry entry{kind, algorithm, protocol, communicator, nccl, graph_of(communicator.graphs, algorithm)};
  return nccl.base_latency[static_cast<std::size_t>(algorithm)][static_cast<std::size_t>(protocol)] + beyond_base(entry);
}

}  // namespace orrery::workloads
