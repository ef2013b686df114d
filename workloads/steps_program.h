// Makes a Program of a schedule of steps, so that every engine plays it on any machine.
//
//     const sim::Program program = program_of(steps, 1_MiB, sim::DataType::fp16);
//     lower(program, cluster, placement, times, collectives, {.in_kernel = KernelMessages{steps.protocol}});
//
// A thread block is a stream, and one more for what it sends: as in NCCL and MSCCL a send goes into a buffer at the receiver and the block
// goes on. What is received is received in the block's order; a step that depends on another receives first and waits then. Additions on
// the way cost nothing beside the message, copies and additions within a GPU what its memory takes; those that run at once share it, as all
// work on a GPU does. Chunks are equally many whole elements, rounded up, and each instance has an equal part of every chunk. Ranks that do
// the same at the same distances share a role.
//
// Costs O(steps). Leaves out: that a buffer is full after eight slots, so a send may lie there as long as it likes, and that one thread
// block alone does not fill the memory.
#pragma once

#include "sim/program.h"
#include "workloads/collective_steps.h"

namespace orrery::workloads {

/// `bytes` of the longer of input and output. The steps must be valid.
sim::Program program_of(const CollectiveSteps& steps, sim::Bytes bytes, sim::DataType type);

struct RankStreams {
  std::int32_t events = 0;
  std::vector<sim::Stream> streams{};
  bool operator==(const RankStreams&) const = default;
};
/// A role for each run of `ranks` (rising) at equal distances, all of which do the same.
void append_roles(const std::vector<std::int32_t>& ranks, const RankStreams& streams, std::vector<sim::Role>& roles);

}  // namespace orrery::workloads
