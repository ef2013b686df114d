// A decoder layer's attention to what the encoder made of the input (Vaswani et al. 2017, section 3.2.3), as one rank of the tensor group
// performs it for one micro-batch: norm, queries of the decoder's tokens, keys and values of the encoder's, scores that nobody masks,
// projection, residual. Backward each decoder layer adds its gradient of the encoder's output to those of the layers behind it.
//
//     CrossAttention(job, software, groups.tensor, BackwardPart::whole).forward(operations);
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/expert_operations.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

class CrossAttention {
 public:
  /// Of a job whose model has an encoder; `group` is the number of the tensor group's communicator.
  CrossAttention(const TrainingJob& job, const Software& software, std::int32_t group, BackwardPart part);

  void forward(std::vector<sim::Operation>& to) const;
  /// Without the accumulation of gradients.
  void backward(std::vector<sim::Operation>& to) const;

 private:
  using Operations = std::vector<sim::Operation>;

  void kernel(Operations& to, sim::KernelKind kind, std::int64_t a, std::int64_t b = 1, std::int64_t c = 1, std::int64_t d = 1) const;
  /// With weights, in the type of products.
  void product(Operations& to, std::int64_t rows, std::int64_t columns, std::int64_t inner) const;
  /// Of so many tokens: shares become whole, or partial sums.
  void gather(Operations& to, std::int64_t tokens) const;
  void sum(Operations& to, std::int64_t tokens) const;
  void product_backward(Operations& to, std::int64_t rows, std::int64_t inputs, std::int64_t outputs) const;
  void core_forward(Operations& to) const;
  void core_backward(Operations& to) const;
  /// Of them, those that this rank's norms see.
  std::int64_t own(std::int64_t tokens) const;

  const TrainingJob& job_;
  const Software& software_;
  std::int32_t group_;
  BackwardPart part_;
  std::int64_t queries_;     // tokens of a target
  std::int64_t keys_;        // of an input
  std::int64_t width_;       // columns of this rank's heads
  std::int64_t key_values_;  // of keys and values together
  std::int64_t heads_;       // of the micro-batch, on this rank
};

}  // namespace orrery::workloads
