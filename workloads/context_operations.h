// Attention of a sequence that several ranks share, each with 1/context of its tokens: what one rank does in one layer for one
// micro-batch. C ranks, b sequences of s tokens, q and k columns of queries and of keys on a rank of the tensor group (k less than q where
// heads are grouped). A rank has the halves i and 2C - 1 - i of 2C, so that under a causal mask all have as much to do: s^2 / 2C scores.
//
//     all_gather  keys and values come together, then one kernel (Llama 3, arXiv 2407.21783, section 3.3.2); again backward, where their
//                 gradients are summed and scattered. Received a layer: 3 (C-1)/C 2bsk elements.
//     ring        keys and values go round, each step's beside the kernel of the block that is there (Liu et al. 2023, arXiv 2310.01889;
//                 halves as in Transformer Engine); backward their gradients go round too, one step further, home. Sent a layer:
//                 (2 (C-1) + C) 2bsk/C elements.
//     ulysses     all-to-alls give each rank all tokens of 1/C of the heads, and back (Jacobs et al. 2023, arXiv 2309.14509). Sent a
//                 layer, forward and backward: 2 (C-1)/C bs/C (2q + 2k) elements.
//
// Ring steps are messages of streams of their own (ring_streams), which events join to the kernels.
// Leaves out: masks between documents, which leave blocks out; and rings of rings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/program.h"
#include "workloads/job_kernels.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

/// Of a rank whose attention goes in a ring; those of workloads/training_program.cpp come before.
inline constexpr std::int32_t first_ring_event = 14;
inline constexpr std::int32_t ring_event_count = 4;

inline bool is_ring(const TrainingJob& job) { return job.parallelism.context > 1 && job.context_method == ContextMethod::ring; }

/// Ranks of a stage that do the same: all, or those of one kind of place in their rings.
struct RingPlaces {
  std::string name{};
  int first = 0;  // of context ranks
  int count = 1;
};
std::vector<RingPlaces> ring_places(const TrainingJob& job);

class ContextAttention : JobKernels {
 public:
  /// Of a job with fused attention; `context` is the number of the communicator.
  ContextAttention(const TrainingJob& job, std::int32_t context);

  void forward(std::vector<sim::Operation>& to) const;
  void backward(std::vector<sim::Operation>& to) const;

 private:
  void collect(Operations& to, sim::CollectiveKind kind, std::int64_t count) const;
  void exchange_heads(Operations& to, std::int64_t columns) const;
  void ring_forward(Operations& to) const;
  void ring_backward(Operations& to) const;

  std::int32_t context_;
  std::int64_t ranks_;
  std::int64_t tokens_;      // this rank's
  std::int64_t heads_;       // of the batch, on this rank of the tensor group
  std::int64_t part_;        // of a sequence
  std::int64_t columns_;     // of queries
  std::int64_t key_values_;  // columns of keys and values together
};

/// Loops of ring messages: two blocks for each of the four streams, for ranks within the ring and for the one at the end where it closes.
std::vector<sim::Block> ring_blocks(const TrainingJob& job);

/// The messages of a rank that is at `position` of its ring, of all passes through `layers` layers; `first` is the number of the first of
/// ring_blocks in the Program.
std::vector<sim::Stream> ring_streams(const TrainingJob& job, int position, std::int64_t layers, std::int32_t first);

}  // namespace orrery::workloads
