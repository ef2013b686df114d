// The projections of attention whose keys and values come out of a latent vector, as one rank performs them for one micro-batch
// (DeepSeek-AI 2024, arXiv 2405.04434, section 2.1): down to the ranks of queries, and of keys and values with what carries positions;
// norms; up to the heads that the rank of the tensor group has. Every rank does the way down whole.
//
// A kernel of attention whose queries and keys are `rope_dimension` wider than its values counts as one that is half of it wider
// throughout, which has as many operations.
//
// Leaves out: keys and values kept as latent vectors, which is for serving.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

class LatentProjections {
 public:
  /// Of a model that has latent attention; gradients of weights are left out where `weights` says so.
  enum class Weights : std::uint8_t { with, without };
  LatentProjections(const TrainingJob& job, Weights weights);

  void forward(std::vector<sim::Operation>& to) const;
  void backward(std::vector<sim::Operation>& to) const;

 private:
  void kernel(std::vector<sim::Operation>& to, sim::KernelKind kind, std::int64_t a, std::int64_t b = 1, std::int64_t c = 1) const;
  void product(std::vector<sim::Operation>& to, std::int64_t rows, std::int64_t columns, std::int64_t inner) const;
  void product_backward(std::vector<sim::Operation>& to, std::int64_t inputs, std::int64_t outputs) const;

  const TrainingJob& job_;
  Weights weights_;
  std::int64_t tokens_;
  std::int64_t queries_;     // columns on this rank
  std::int64_t key_values_;  // out of the latent vector
  std::int64_t down_;        // columns of all that comes out of the residual stream at once
};

}  // namespace orrery::workloads
