// A decoder layer's attention to what the encoder made of the input (Vaswani et al. 2017, section 3.2.3), as one rank of the tensor group
// performs it for one micro-batch: norm, queries of the decoder's tokens, keys and values of the encoder's, scores that nobody masks,
// projection, residual. Backward each decoder layer adds its gradient of the encoder's output to those of the layers behind it.
//
//     CrossAttention(job, software, groups.tensor, BackwardPart::whole).forward(operations);
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/job_kernels.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

class CrossAttention : JobKernels {
 public:
  /// Of a job whose model has an encoder; `group` is the number of the tensor group's communicator.
  CrossAttention(const TrainingJob& job, const Software& software, std::int32_t group, BackwardPart part);

  void forward(std::vector<sim::Operation>& to) const;
  /// Without the accumulation of gradients.
  void backward(std::vector<sim::Operation>& to) const;

 private:
  /// Of so many tokens: shares become whole, or partial sums.
  void gather(Operations& to, std::int64_t tokens) const;
  void sum(Operations& to, std::int64_t tokens) const;
  void core_forward(Operations& to) const;
  void core_backward(Operations& to) const;
  /// Of them, those that this rank's norms see.
  std::int64_t own(std::int64_t tokens) const;

  const Software& software_;
  std::int32_t group_;
  std::int64_t queries_;     // tokens of a target
  std::int64_t keys_;        // of an input
  std::int64_t width_;       // columns of this rank's heads
  std::int64_t key_values_;  // of keys and values together
  std::int64_t heads_;       // of the micro-batch, on this rank
};

}  // namespace orrery::workloads
