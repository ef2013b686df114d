#include "workloads/node_collectives.h"

#include <algorithm>
#include <cmath>

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

/// Of each element of the operation, how many of its like a rank adds up.
double elements_summed(sim::CollectiveKind kind, int ranks) { return is_sum(kind) ? static_cast<double>(ranks - 1) / ranks : 0; }

/// What a block passes on at once within a node: a slot of LL's buffer, or NCCL_P2P_NVL_CHUNKSIZE.
double step_bytes(Protocol protocol) { return protocol == Protocol::ll ? 65'536 : 524'288; }

}  // namespace

NodeTime ring_time(sim::CollectiveKind kind, RingConduct conduct, const RingTimes& measured) {
  const ProtocolTimes& protocol = measured.protocols[static_cast<std::size_t>(conduct.protocol)];
  const double on_the_wire = wire_factor(conduct.protocol);
  const auto doublings = measured.spread.seconds() * std::log2(conduct.blocks);
  NodeTime time{.latency = protocol.launch + protocol.hop * ring_steps(kind, conduct.ranks) + sim::Duration::from_seconds(doublings)};
  const double an_edge = 1 / (conduct.blocks * protocol.block_rate.value) + 1 / measured.link.value;
  time.seconds_per_byte = on_the_wire * (bytes_per_edge(kind, conduct.ranks) * an_edge + seconds_of_own(kind, measured) / conduct.ranks);
  const double summed = elements_summed(kind, conduct.ranks) / static_cast<double>(sim::size_of(conduct.type));
  if (summed > 0) time.seconds_per_byte += summed / conduct.blocks / measured.sum_rate.value;
  return time;
}

PairBlocks pair_blocks(double message_bytes, int ranks, int blocks) {
  constexpr double longest_ll = 16'384;      // a block: NCCL_P2P_LL_THRESHOLD
  constexpr double shortest_share = 1. / 8;  // of a step: so much of a message, at least, is worth a block
  constexpr double longest_share = 32;
  PairBlocks pairs{.protocol = message_bytes <= longest_ll * blocks ? Protocol::ll : Protocol::simple, .a_message = blocks};
  while (pairs.a_message > 1 && pairs.a_message * ranks > blocks) pairs.a_message /= 2;
  const double step = step_bytes(pairs.protocol);
  const double worth = std::ceil(message_bytes / (step * shortest_share));
  if (worth < pairs.a_message) pairs.a_message = static_cast<int>(worth);
  while (message_bytes > step * longest_share * pairs.a_message && pairs.a_message <= blocks / 2) pairs.a_message *= 2;
  return pairs;
}

NodeTime pairs_time(sim::Bytes bytes, int ranks, int blocks, const PairTimes& measured) {
  const double message = static_cast<double>(bytes.count) / ranks;
  const PairBlocks pairs = pair_blocks(message, ranks, blocks);
  const int busy = std::min(blocks, pairs.a_message * (ranks - 1));
  const double of_bytes = static_cast<double>(ranks - 1) / ranks / busy;  // of the buffer's, what a block sends
  if (pairs.protocol == Protocol::ll) {
    return {.latency = measured.ll_launch + measured.hop * (ranks - 1),
            .seconds_per_byte = of_bytes * wire_factor(pairs.protocol) / measured.ll_block_rate.value};
  }
  NodeTime time{.latency = measured.launch + measured.hop * (ranks - 1),
                .seconds_per_byte = of_bytes * (1 / measured.block_rate.value + busy / measured.link.value)};
  const double chunk = step_bytes(pairs.protocol);
  if (message > chunk * pairs.a_message) {
    time.latency = time.latency + sim::Duration::from_seconds(chunk / measured.chunk_rate.value);
  } else {
    time.seconds_per_byte += 1. / ranks / pairs.a_message / measured.chunk_rate.value;
  }
  return time;
}

}  // namespace orrery::workloads
