// A collective as a schedule of steps: what each thread block of each GPU sends, receives, adds up and copies, chunk by chunk. Whatever
// algorithm anybody has thought of can be said so: it is what MSCCL's XML says (workloads/import_msccl.h) and what our own builders write
// (workloads/step_algorithms.h).
//
//     Two ranks that all-reduce by exchanging halves: rank 0, whose part is chunk 0, has one block that speaks to rank 1:
//       {.send_to = 1, .receive_from = 1, .steps = {
//           {.action = StepAction::send, .source = {ChunkBuffer::input, 1}},                                   // its chunk 1
//           {.action = StepAction::receive_reduce_copy, .source = {ChunkBuffer::input, 0}, .target = {ChunkBuffer::input, 0}},
//           {.action = StepAction::send, .source = {ChunkBuffer::input, 0}},                                   // the sum
//           {.action = StepAction::receive, .target = {ChunkBuffer::input, 1}}}}
//     validate(steps);                               // it does compute an all-reduce
//     const sim::Program program = program_of(steps, 1_MiB, DataType::fp16);     // workloads/steps_program.h
//
// Buffers as NCCL has them: the larger of input and output has `chunks` chunks. Where they are one memory (Buffers::in_place), an
// all-gather's input is the rank's own part of the output, a reduce-scatter's output the rank's own part of the input.
//
// `validate` runs the schedule with symbols for data, each chunk a sum of ranks' inputs. Costs O(steps x chunks x ranks). It takes one
// order that the dependencies allow; that another order would give another result (a race, a dependency forgotten) it does not see. Leaves
// out: loops over long buffers, one run has all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/program.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

enum class ChunkBuffer : std::uint8_t { input, output, scratch };
struct ChunkPlace {
  ChunkBuffer buffer = ChunkBuffer::input;
  int offset = 0;  // chunks
  bool operator==(const ChunkPlace&) const = default;
};

/// In the words of MSCCL: s r rcs rrs rrc rrcs cpy re nop.
enum class StepAction : std::uint8_t {
  send,                      // the source
  receive,                   // to the target
  receive_copy_send,         // to the target, and sends it on
  receive_reduce_send,       // adds the source and sends the sum on, keeps nothing
  receive_reduce_copy,       // adds the source, to the target
  receive_reduce_copy_send,  // the same, and sends the sum on
  copy,                      // the source to the target
  reduce,                    // adds the source to the target
  nothing                    // waits for what it depends on
};
bool sends(StepAction action);
bool receives(StepAction action);
bool reduces(StepAction action);
bool reads_source(StepAction action);
bool writes_target(StepAction action);
/// "s", "rrcs".
std::string_view name_of(StepAction action);
std::optional<StepAction> step_action(std::string_view name);

/// A step of the same rank.
struct StepPlace {
  int block = 0;
  int step = 0;
  bool operator==(const StepPlace&) const = default;
};

struct CollectiveStep {
  StepAction action = StepAction::nothing;
  ChunkPlace source{};
  ChunkPlace target{};
  int count = 1;                     // chunks
  std::optional<StepPlace> after{};  // not before that step, and those before it in its block, are done
  bool operator==(const CollectiveStep&) const = default;
};

/// Its steps are done in order. On a channel, a rank sends to another by one block at most and receives by one at most.
struct StepBlock {
  std::optional<int> send_to{};
  std::optional<int> receive_from{};
  int channel = 0;
  std::vector<CollectiveStep> steps{};
  bool operator==(const StepBlock&) const = default;
};

struct StepRank {
  int scratch_chunks = 0;
  std::vector<StepBlock> blocks{};
  bool operator==(const StepRank&) const = default;
};

struct CollectiveSteps {
  enum class Buffers : std::uint8_t { in_place, apart };
  std::string name{};
  sim::CollectiveKind kind = sim::CollectiveKind::all_reduce;  // not gather, scatter, barrier
  int chunks = 1;                                              // of the longer buffer
  Buffers buffers = Buffers::in_place;
  Protocol protocol = Protocol::simple;
  std::vector<StepRank> ranks{};
  /// The whole schedule runs so many times at once, each time with an equal part of every chunk, on channels and thread blocks of its own
  /// (what msccl-tools calls instances). One that computes the collective does so with any number of them.
  int instances = 1;
  bool operator==(const CollectiveSteps&) const = default;

  int input_chunks() const;
  int output_chunks() const;
};

/// Channels that carry messages, the most thread blocks that a rank has, and messages: of all instances.
int channels_of(const CollectiveSteps& steps);
int thread_blocks_of(const CollectiveSteps& steps);
std::int64_t messages_of(const CollectiveSteps& steps);

// Bounds that no real schedule comes near.
inline constexpr int max_step_ranks = 1 << 14;
inline constexpr std::int64_t max_step_chunks =
    1 << 20;  // of all buffers of all ranks and of all steps, of which each has one at least, as each block

/// Throws sim::Error, placed "NAME, gpu 3, tb 1, step 2", for chunks outside buffers, peers and dependencies that do not exist, a
/// connection that two blocks use, a message that nobody receives or that is received as another length, blocks that wait for each other
/// for ever, a rank's data added twice, and a result that is not the collective's.
void validate(const CollectiveSteps& steps);

}  // namespace orrery::workloads
