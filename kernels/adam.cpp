#include "kernels/adam.h"

#include <cmath>

namespace orrery::kernels {

template <class Real>
void adam(const AdamStep& step, Input<Real> gradient, Output<Real> parameters, Output<Real> first_moment, Output<Real> second_moment) {
  for (const Output<Real> operand : {parameters, first_moment, second_moment}) {
    expect_size(operand.size(), std::ssize(gradient), "the parameters or a moment");
  }
  const auto count = static_cast<double>(step.step);
  const auto first_decay = static_cast<Real>(step.first_decay);
  const auto second_decay = static_cast<Real>(step.second_decay);
  const auto first_correction = static_cast<Real>(1 / (1 - std::pow(step.first_decay, count)));
  const auto second_correction = static_cast<Real>(1 / (1 - std::pow(step.second_decay, count)));
  const auto rate = static_cast<Real>(step.learning_rate);
  const auto epsilon = static_cast<Real>(step.epsilon);
  const auto weight_decay = static_cast<Real>(step.weight_decay);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    first_moment[i] = first_decay * first_moment[i] + (1 - first_decay) * gradient[i];
    second_moment[i] = second_decay * second_moment[i] + (1 - second_decay) * gradient[i] * gradient[i];
    const Real direction = first_correction * first_moment[i] / (std::sqrt(second_correction * second_moment[i]) + epsilon);
    parameters[i] -= rate * (direction + weight_decay * parameters[i]);
  }
}

template void adam<float>(const AdamStep&, Input<float>, Output<float>, Output<float>, Output<float>);
template void adam<double>(const AdamStep&, Input<double>, Output<double>, Output<double>, Output<double>);

}  // namespace orrery::kernels
