// One step of AdamW (arXiv 1711.05101, algorithm 2) over all parameters, in place. The decay is
// multiplied by the learning rate, as PyTorch has it; the paper has a schedule of its own there.
//
//     adam<float>({.learning_rate = 1e-4, .step = 1}, gradient, parameters, first_moment, second_moment);
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

struct AdamStep {
  double learning_rate = 1e-3;
  double first_decay = 0.9;
  double second_decay = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  // decoupled
  std::int64_t step = 1;    // from 1
};

template <class Real>
void adam(const AdamStep& step, Input<Real> gradient, Output<Real> parameters, Output<Real> first_moment, Output<Real> second_moment);

}  // namespace orrery::kernels
