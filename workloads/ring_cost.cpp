#include "workloads/ring_cost.h"

#include <algorithm>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

std::size_t at(Protocol protocol) { return static_cast<std::size_t>(protocol); }
std::size_t at(Hop hop) { return static_cast<std::size_t>(hop); }

bool is_pipeline(CollectiveKind kind) { return kind == CollectiveKind::broadcast || kind == CollectiveKind::reduce; }

/// Steps of one chunk along the ring.
/// Of all channels together.
sim::BytesPerSecond ring_bus_bandwidth(RingShape shape, const RingGraph& graph, Protocol protocol, const NcclConstants& nccl) {
  const auto scale = static_cast<std::size_t>(std::min(shape.nodes, 3) - 1);
  const double channel = (shape.nodes <= 2 ? graph.intra : graph.inter).value;
  const double bus = graph.channels * channel;
  // NCCL takes the row by GPU on one node and, for want of a better guess, by CPU on several.
  const std::size_t cpu_row = !graph.cpu || *graph.cpu == topology::CpuVendor::amd ? 1 : 0;
  const std::size_t ll_row = shape.nodes == 1 ? static_cast<std::size_t>(graph.generation) : cpu_row;
  switch (protocol) {
    case Protocol::ll:
      return {std::min(nccl.ll_max_bandwidth[ll_row][scale].value, nccl.ll_share * bus)};
    case Protocol::ll128: {
      const double per_channel = nccl.ll128_ring_per_channel[static_cast<std::size_t>(graph.generation)][scale].value;
      return {std::min(nccl.ll128_share * bus, graph.channels * per_channel)};
    }
    case Protocol::simple:
      break;
  }
  return {bus};
}

sim::Duration pipeline_latency(RingShape shape, Protocol protocol, const NcclConstants& nccl) {
  const Hop hop = shape.nodes > 1 ? Hop::net : Hop::nvlink;
  // Where all channels are alike, on one node or with one GPU on each, NCCL counts one hop, whatever the length.
  const bool channels_alike = shape.nodes == 1 || shape.ranks_per_node() == 1;
  return nccl.ring_base_latency[at(protocol)] + nccl.ring_hop_latency[at(hop)][at(protocol)] * (channels_alike ? 1 : shape.ranks);
}

sim::Duration ring_latency(CollectiveKind kind, RingShape shape, const RingGraph& graph, Protocol protocol, const NcclConstants& nccl) {
  if (is_pipeline(kind)) return pipeline_latency(shape, protocol, nccl);
  sim::Duration on_node = nccl.ring_hop_latency[at(Hop::nvlink)][at(protocol)];
  int network_steps = 0;
  if (shape.nodes > 1) {
    const sim::Duration overhead = nccl.net_overhead[static_cast<std::size_t>(graph.cpu.value_or(topology::CpuVendor::other))] *
                                   (protocol == Protocol::simple ? 3 : 1);
    on_node = std::max(on_node, overhead);
    network_steps = ring_steps(kind, shape.nodes);
  }
  const sim::Duration network =
      shape.ranks_per_node() == 1 ? nccl.tree_net_latency[at(protocol)] : nccl.ring_hop_latency[at(Hop::net)][at(protocol)];
  const int steps = ring_steps(kind, shape.ranks);
  return nccl.ring_base_latency[at(protocol)] + on_node * (steps - network_steps) + network * network_steps;
}

}  // namespace

std::optional<RingCost> ring_cost(CollectiveKind kind, sim::Bytes bytes, RingShape shape, const RingGraph& graph, Protocol protocol,
                                  const NcclConstants& nccl) {
  const int steps = ring_steps(kind, shape.ranks);
  if (protocol == Protocol::ll128 && !graph.ll128) return std::nullopt;
  RingCost cost;
  cost.bandwidth = ring_bus_bandwidth(shape, graph, protocol, nccl) * (static_cast<double>(shape.ranks) / steps);
  cost.latency = ring_latency(kind, shape, graph, protocol, nccl);
  const bool reduces_all = kind == CollectiveKind::all_reduce || kind == CollectiveKind::barrier;
  if (reduces_all && protocol == Protocol::simple && shape.nodes > 1 &&
      bytes.count >= std::int64_t{64} * graph.thread_blocks * shape.ranks) {
    cost.latency = sim::Duration::from_seconds(cost.latency.seconds() * nccl.multi_node_simple_latency_factor);
  }
  return cost;
}

int ring_steps(CollectiveKind kind, int ranks) {
  switch (kind) {
    case CollectiveKind::all_reduce:
    case CollectiveKind::barrier:
      return 2 * (ranks - 1);
    case CollectiveKind::all_gather:
    case CollectiveKind::reduce_scatter:
      return ranks - 1;
    case CollectiveKind::broadcast:
    case CollectiveKind::reduce:
      return ranks;
    case CollectiveKind::all_to_all:
    case CollectiveKind::gather:
    case CollectiveKind::scatter:
      break;
  }
  throw sim::Error({.place = "collective",
                    .what = "all-to-all, gather and scatter are not modelled",
                    .remedy = "use all_reduce, all_gather, "
                              "reduce_scatter, broadcast or reduce"},
                   sim::ErrorKind::unavailable);
}

double bytes_per_edge(CollectiveKind kind, int ranks) { return static_cast<double>(ring_steps(kind, ranks)) / ranks; }

double wire_factor(Protocol protocol) {
  switch (protocol) {
    case Protocol::ll:
      return 2.0;
    case Protocol::ll128:
      return 16.0 / 15.0;
    case Protocol::simple:
      break;
  }
  return 1.0;
}

}  // namespace orrery::workloads
