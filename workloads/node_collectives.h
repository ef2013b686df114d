// What collectives take on the GPUs of one node. NCCL's own estimate is there to choose by and is up to twice too fast; how it chooses says
// which protocol on how many thread blocks, and these say how long that takes.
//
//   a ring of n ranks, s steps, E bytes over each edge, on C blocks:
//     launch + spread log2 C + s hop + E w / C (1 / block_rate + C / link) + S w / n / own + A / C / sum_rate
//   pairs, a message of M bytes to each of n - 1 others, in P parts each a block's own (pair_blocks), C blocks in all:
//     LL:     launch + (n - 1) hop + (n - 1) M w / C / block_rate
//     Simple: launch + (n - 1) hop + (n - 1) M / C (1 / block_rate + C / link) + min(M / P, chunk) / chunk_rate
//
// w is what the protocol puts on the wire for a byte of payload. Each block moves its bytes through registers and over NVLink one after the
// other, so both show; own is what crosses no link: the copy or sum of the rank's own part; A are the elements that a rank adds up. The
// blocks do not start together, and the slowest of them counts: the most of C times at random grows by as much with each doubling. A block
// of messages sends and receives at once; what it receives it can only copy out when a chunk is whole, so one chunk, or a part shorter than
// that, takes its time twice.
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
  sim::Duration spread{};                                 // of twice as many blocks
  sim::BytesPerSecond link{};  // what all blocks share: fitted, and no rate of the links alone (they overlap in part with the blocks)
  sim::BytesPerSecond own_all_reduce{};
  sim::BytesPerSecond own_all_gather{};
  sim::BytesPerSecond own_reduce_scatter{};
  sim::FlopsPerSecond sum_rate{};  // of a block, an element an operation: bytes come at half the rate of halves
};

/// Messages between all pairs, by LL where they are short, else Simple. The links show in Simple alone: LL's blocks ask them for half of
/// what they have.
struct PairTimes {
  sim::Duration hop{};  // a peer more
  sim::Duration ll_launch{};
  sim::BytesPerSecond ll_block_rate{};  // on the wire
  sim::Duration launch{};
  sim::BytesPerSecond block_rate{};
  sim::BytesPerSecond link{};        // as of rings
  sim::BytesPerSecond chunk_rate{};  // of the chunk that nothing else hides
};

struct NodeCollectives {
  RingTimes ring;
  PairTimes pairs;
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
  sim::DataType type = sim::DataType::fp16;
};
NodeTime ring_time(sim::CollectiveKind kind, RingConduct conduct, const RingTimes& measured);

/// How NCCL sends a message to each of the others (enqueue.cc, addP2pToPlan): by which protocol, and how many blocks share a message.
struct PairBlocks {
  Protocol protocol = Protocol::simple;
  int a_message = 1;
};
/// `blocks` are those that a rank has for messages, a power of two; a peer over NVLink may have them all.
PairBlocks pair_blocks(double message_bytes, int ranks, int blocks);

/// `bytes` of the buffer that holds a part for every rank, `blocks` as for pair_blocks.
NodeTime pairs_time(sim::Bytes bytes, int ranks, int blocks, const PairTimes& measured);

}  // namespace orrery::workloads
