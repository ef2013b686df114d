// NCCL's rings slice by slice, as its kernels pass data on: what a hyperflow (workloads/collective_model.h) takes for one steady stream.
//
//     const auto rings = rings_of(group, plan.thread_blocks);           // a ring a channel
//     const sim::Program program = program_of({.kind = plan.kind, .protocol = plan.protocol, .rings = rings}, 1_GiB);
//     lower(program, ..., {.in_kernel = KernelMessages{.protocol = plan.protocol, .flags = KernelMessages::Flags::apart}});
//
// A channel cuts its share into loops of a chunk for each rank, a chunk into slices; the last loop's chunk is as much shorter as there is
// less. By Simple, all-reduce, all-gather and reduce-scatter have chunks of 4 slots of 512 KiB and slices of 2, broadcast and reduce one
// slot each; LL and LL128 one slot always. A receiver has 8 slots: who sends is at most so far ahead of what was passed on.
//
// As a Program: a stream for each slice that a receiver's slots hold. It receives a slice and its flag (a message of no bytes, which takes
// the hop), then sends the slice on and its flag, then takes the next but seven. Slices leave a rank in order. So the channel is busy while
// flags are on their way.
//
// With t a slice's time over a link, h a hop (h <= t), S slices a chunk (two or more) and n ranks on equal links:
//     all-reduce and its halves   loops * steps * S * t + h;   with one slice a chunk: loops * steps * (t + h)
//     broadcast, reduce           (slices - 1) * t + (n - 1) * (t + h), slots enough;   with one slot: (2 * slices + n - 3) * (t + h)
// One slow link holds the whole ring up: each slice comes to take what it takes there. That is why a ring counts as one flow. (The tests
// play all of it.)
//
// Costs O(ranks that differ x channels x slices). Leaves out: the time of the sums and of copies within a GPU, and that the first loop has
// to wait for all ranks to have launched.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/group.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// How NCCL cuts a channel's data (init.cc, collectives.h): all of payload.
struct SliceSizes {
  sim::Bytes slot{};
  int slots = 8;        // of a receiver
  int chunk_slots = 1;  // of a rank in a loop
  int slice_slots = 1;
  /// Slices that a receiver's slots hold.
  int slices() const { return slots / slice_slots; }
  bool operator==(const SliceSizes&) const = default;
};
SliceSizes slice_sizes(sim::CollectiveKind kind, Protocol protocol);

struct RingSlices {
  sim::CollectiveKind kind = sim::CollectiveKind::all_reduce;  // any that NCCL runs in rings; the root is rank 0
  std::vector<std::vector<std::int32_t>> rings{};              // by channel, the ranks 0 to n - 1 in order
  SliceSizes sizes{};
};

/// A ring a channel: the graph's channels in turn.
std::vector<std::vector<std::int32_t>> rings_of(const Group& group, int channels);

/// At least as many as ranks pass slices on, without writing them.
std::int64_t slice_bound(const RingSlices& slices, sim::Bytes bytes);

/// The bytes that NCCL's tuner counts. Throws sim::Error (unavailable) for kinds that are not done in rings; std::logic_error where the
/// slots of a ring that goes round hold no more slices than a chunk has, for then all wait for each other.
sim::Program program_of(const RingSlices& slices, sim::Bytes bytes);

}  // namespace orrery::workloads
