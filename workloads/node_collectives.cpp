#include "workloads/node_collectives.h"

#include "workloads/ring_steps.h"

namespace orrery::workloads {
namespace {

/// Nothing where a collective passes its own part on as it comes.
double seconds_of_own(sim::CollectiveKind kind, const RingTimes& measured) {
  switch (kind) {
    case sim::CollectiveKind::all_reduce:
    case sim::CollectiveKind::barrier:
      return 1 / measured.own_all_reduce.value;
    case sim::CollectiveKind::all_gather:
      return 1 / measured.own_all_gather.value;
    case sim::CollectiveKind::reduce_scatter:
      return 1 / measured.own_reduce_scatter.value;
    default:
      return 0;
  }
}

}  // namespace

NodeTime ring_time(sim::CollectiveKind kind, RingConduct conduct, const RingTimes& measured) {
  const ProtocolTimes& protocol = measured.protocols[static_cast<std::size_t>(conduct.protocol)];
  const double on_the_wire = wire_factor(conduct.protocol);
  NodeTime time{.latency = protocol.launch + protocol.hop * ring_steps(kind, conduct.ranks)};
  const double an_edge = 1 / (conduct.blocks * protocol.block_rate.value) + 1 / measured.link.value;
  time.seconds_per_byte = on_the_wire * (bytes_per_edge(kind, conduct.ranks) * an_edge + seconds_of_own(kind, measured) / conduct.ranks);
  return time;
}

NodeTime pairs_time(sim::Bytes bytes, int ranks, int blocks, const NodeCollectives& measured) {
  constexpr std::int64_t longest_ll = 16'384;  // a message and block: NCCL_P2P_LL_THRESHOLD
  const bool is_short = bytes.count <= longest_ll * blocks * ranks;
  const PairTimes& pairs = is_short ? measured.short_pairs : measured.long_pairs;
  return {.latency = pairs.launch + pairs.hop * (ranks - 1),
          .seconds_per_byte = ((ranks - 1) / pairs.rate.value + 1 / pairs.own.value) / ranks};
}

}  // namespace orrery::workloads
