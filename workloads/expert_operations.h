// The MLP part of a layer with a mixture of experts, as one rank performs it for one micro-batch: router, dispatch, experts, combination
// (Lepikhin et al. 2020, arXiv 2006.16668; as Megatron Core's token dispatcher by all-to-all does it).
//
// Where a group of ranks shares the experts, each sends its tokens' copies to the ranks of their experts and has them back in two
// all-to-alls, and in two more backwards. A tensor group splits every expert by columns: the ranks of it send each a share of the tokens
// (sequence parallelism) and gather what came in. Products of a rank's experts are one grouped kernel, each with as many rows.
// Who has how much: workloads/expert_routing.h.
//
//     ExpertOperations(job, {.tensor = 0, .expert = 4}).forward(operations);        // from norm to residual
//
// Leaves out: communication beside products (DeepSeek's DualPipe, chunks of the all-to-all), and shared experts beside either.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/job_kernels.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

/// Numbers of communicators in the Program.
struct LayerGroups {
  std::int32_t tensor = 0;
  std::int32_t expert = -1;
  std::int32_t context = -1;
};

class ExpertOperations : JobKernels {
 public:
  /// Of a model that has experts.
  ExpertOperations(const TrainingJob& job, const LayerGroups& groups, BackwardPart part = BackwardPart::whole);

  void forward(std::vector<sim::Operation>& to) const;
  void backward(std::vector<sim::Operation>& to) const;

 private:
  enum class Move : std::uint8_t { dispatch, give_back };

  void activation(Operations& to, std::int64_t rows, std::int64_t width) const;
  void activation_backward(Operations& to, std::int64_t rows, std::int64_t width) const;
  void collect(Operations& to, sim::CollectiveKind kind, std::int64_t count) const;
  void gather_tokens(Operations& to) const;
  void sum_tokens(Operations& to) const;
  void move(Operations& to, Move move) const;
  void all_to_all(Operations& to) const;

  LayerGroups groups_;
  bool spread_;  // over several ranks
  std::int64_t hidden_;
  std::int64_t tokens_;       // of the micro-batch
  std::int64_t norm_tokens_;  // this rank's of them
  std::int64_t routed_;       // tokens that this rank finds experts for
  std::int64_t copies_;       // of tokens that this rank's experts have, over the tensor group
  std::int64_t sent_;         // copies that this rank receives, or sends back
  std::int64_t experts_;      // of this rank
  std::int64_t rows_;         // of each
  std::int64_t width_;        // of an expert, this rank's columns
  std::int64_t shared_width_;
};

}  // namespace orrery::workloads
