// Kernels of a training job, as operations: what all parts of a layer are written with.
//
//     class LatentProjections : JobKernels { ... };
//     kernel(to, sim::KernelKind::layer_norm, tokens, hidden);      // in the precision of the pass
//     product(to, tokens, columns, hidden);                         // with weights, in the type that those have
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

/// Of a backward pass: all, or all but the weights' gradients.
enum class BackwardPart : std::uint8_t { whole, inputs };

class JobKernels {
 protected:
  using Operations = std::vector<sim::Operation>;

  /// The job must outlive it.
  JobKernels(const TrainingJob& job, BackwardPart part) : job_(job), backward_part_(part) {}

  void kernel(Operations& to, sim::KernelKind kind, std::int64_t a, std::int64_t b = 1, std::int64_t c = 1, std::int64_t d = 1) const;
  void product(Operations& to, std::int64_t rows, std::int64_t columns, std::int64_t inner, std::int64_t batch = 1) const;
  /// Of a product of rows x inputs with weights of inputs x outputs: the gradient of its input, then of the weights where they are asked
  /// for.
  void product_backward(Operations& to, std::int64_t rows, std::int64_t inputs, std::int64_t outputs, std::int64_t batch = 1) const;

  const TrainingJob& job() const { return job_; }
  BackwardPart backward_part() const { return backward_part_; }

 private:
  const TrainingJob& job_;
  BackwardPart backward_part_;
};

}  // namespace orrery::workloads
