#include "kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>

namespace orrery::kernels {
namespace {

void check_targets(const MatrixShape& shape, std::span<const std::int32_t> targets) {
  expect_size(targets.size(), shape.rows, "the targets");
  for (const std::int32_t target : targets) {
    if (target < 0 || target >= shape.columns) {
      throw std::invalid_argument("target " + std::to_string(target) + " is not in the vocabulary");
    }
  }
}

/// log(sum exp(row)), without overflow.
template <class Real>
Real log_sum(Input<Real> row) {
  const Real highest = *std::max_element(row.begin(), row.end());
  Real sum = 0;
  for (const Real value : row) sum += std::exp(value - highest);
  return highest + std::log(sum);
}

}  // namespace

template <class Real>
void cross_entropy(const MatrixShape& shape, Input<Real> logits, std::span<const std::int32_t> targets, Output<Real> losses) {
  check_targets(shape, targets);
  expect_size(logits.size(), shape.rows * shape.columns, "the logits");
  expect_size(losses.size(), shape.rows, "the losses");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> values = row_of(logits, row, shape.columns);
    const auto at = static_cast<std::size_t>(row);
    losses[at] = log_sum(values) - values[static_cast<std::size_t>(targets[at])];
  }
}

template <class Real>
void cross_entropy_backward(const MatrixShape& shape, Input<Real> logits, std::span<const std::int32_t> targets, Real d_loss,
                            Output<Real> d_logits) {
  check_targets(shape, targets);
  expect_size(logits.size(), shape.rows * shape.columns, "the logits");
  expect_size(d_logits.size(), shape.rows * shape.columns, "the logits' gradient");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> values = row_of(logits, row, shape.columns);
    const Output<Real> to = row_of(d_logits, row, shape.columns);
    const Real sum = log_sum(values);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = d_loss * std::exp(values[j] - sum);
    to[static_cast<std::size_t>(targets[static_cast<std::size_t>(row)])] -= d_loss;
  }
}

template void cross_entropy<float>(const MatrixShape&, Input<float>, std::span<const std::int32_t>, Output<float>);
template void cross_entropy<double>(const MatrixShape&, Input<double>, std::span<const std::int32_t>, Output<double>);
template void cross_entropy_backward<float>(const MatrixShape&, Input<float>, std::span<const std::int32_t>, float, Output<float>);
template void cross_entropy_backward<double>(const MatrixShape&, Input<double>, std::span<const std::int32_t>, double, Output<double>);

}  // namespace orrery::kernels
