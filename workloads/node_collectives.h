// What collectives take on the GPUs of one node. NCCL's own estimate is there to choose by and is up to twice too fast; how it chooses says
// which protocol on how many thread blocks, and these say how long that takes.
//
//   a ring of n ranks, s steps, E bytes over each edge, on C blocks:
//     launch + s hop + E w / C (1 / block_rate + C / link) + S w / n / own
//   pairs, a message of M bytes to each of n - 1 others:
//     launch + (n - 1) hop + M (n - 1) / rate + M / own
//
// w is what the protocol puts on the wire for a byte of payload. Each block moves its bytes through registers and over NVLink one after the
// other, so both show; own is what crosses no link: the copy or sum of the rank's own part.
//
//     const NodeTime time = ring_time(CollectiveKind::all_gather, {.ranks = 8, .protocol = Protocol::ll, .blocks = 24}, measured);
//     time.seconds(1_MiB)
//
// How near it is to NCCL 2.27.3 on 2 and 8 A100s the calibration's residuals say. Broadcast and reduce are carried over from the others: no
// table has them. Leaves out: trees and NVLS, for which no measurement is public.
#pragma once

#include <array>

#include "sim/program.h"
#include "sim/units.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// What a protocol of rings takes.
struct ProtocolTimes {
  sim::Duration launch{};
  sim::Duration hop{};               // from one GPU to the next
  sim::BytesPerSecond block_rate{};  // of a thread block, on the wire
};

struct RingTimes {
  std::array<ProtocolTimes, protocol_count> protocols{};  // LL, LL128, Simple
  sim::BytesPerSecond link{};  // what all blocks share: fitted, and no rate of the links alone (they overlap in part with the blocks)
  sim::BytesPerSecond own_all_reduce{};
  sim::BytesPerSecond own_all_gather{};
  sim::BytesPerSecond own_reduce_scatter{};
};

/// Messages between all pairs, by LL where they are short, else Simple.
struct PairTimes {
  sim::Duration launch{};
  sim::Duration hop{};         // a peer more
  sim::BytesPerSecond rate{};  // of payload, to all peers together
  sim::BytesPerSecond own{};   // of the copy of the rank's own part
};

struct NodeCollectives {
  RingTimes ring;
  PairTimes short_pairs;
  PairTimes long_pairs;
};

struct NodeTime {
  sim::Duration latency{};
  double seconds_per_byte = 0;  // of the operation
  double seconds(sim::Bytes bytes) const { return latency.seconds() + static_cast<double>(bytes.count) * seconds_per_byte; }
};

struct RingConduct {
  int ranks = 2;
  Protocol protocol = Protocol::simple;
  int blocks = 1;  // of threads: channels that are used
};
NodeTime ring_time(sim::CollectiveKind kind, RingConduct conduct, const RingTimes& measured);

/// `bytes` of the buffer that holds a part for every rank, `blocks` those that a rank has for messages.
NodeTime pairs_time(sim::Bytes bytes, int ranks, int blocks, const NodeCollectives& measured);

}  // namespace orrery::workloads
