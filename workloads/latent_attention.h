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
#include "workloads/job_kernels.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

class LatentProjections : JobKernels {
 public:
  /// Of a model that has latent attention; `part` is what `backward` does.
  LatentProjections(const TrainingJob& job, BackwardPart part);

  void forward(std::vector<sim::Operation>& to) const;
  void backward(std::vector<sim::Operation>& to) const;

 private:
  std::int64_t tokens_;
  std::int64_t queries_;     // columns on this rank
  std::int64_t key_values_;  // out of the latent vector
  std::int64_t down_;        // columns of all that comes out of the residual stream at once
};

}  // namespace orrery::workloads
