#include "kernels/gelu.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orrery::kernels {
namespace {

constexpr double cubic = 0.044715;  // arXiv 1606.08415, section 2

/// tanh of what the form says, for v.
template <class Real>
Real gelu_tanh(Real v) {
  const auto root = static_cast<Real>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);  // sqrt(2 / pi)
  return std::tanh(root * (v + static_cast<Real>(cubic) * v * v * v));
}

template <class Real>
Real gelu_slope(Real v) {
  const auto root = static_cast<Real>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  const Real t = gelu_tanh(v);
  return (1 + t) / 2 + v / 2 * (1 - t * t) * root * (1 + 3 * static_cast<Real>(cubic) * v * v);
}

}  // namespace

template <class Real>
void bias_gelu(const MatrixShape& shape, Input<Real> x, Input<Real> bias, Output<Real> y) {
  expect_size(x.size(), shape.rows * shape.columns, "x");
  expect_size(y.size(), shape.rows * shape.columns, "y");
  expect_size(bias.size(), shape.columns, "the bias");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(x, row, shape.columns);
    const Output<Real> to = row_of(y, row, shape.columns);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const Real v = from[j] + bias[j];
      to[j] = v / 2 * (1 + gelu_tanh(v));
    }
  }
}

template <class Real>
void bias_gelu_backward(const MatrixShape& shape, Input<Real> x, Input<Real> bias, Input<Real> d_y, Output<Real> d_x, Output<Real> d_bias) {
  for (const Input<Real> operand : {x, d_y, Input<Real>(d_x)}) expect_size(operand.size(), shape.rows * shape.columns, "x, d_y or d_x");
  for (const Input<Real> operand : {bias, Input<Real>(d_bias)}) expect_size(operand.size(), shape.columns, "the bias or its gradient");
  std::fill(d_bias.begin(), d_bias.end(), Real{0});
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(x, row, shape.columns);
    const Input<Real> gradient = row_of(d_y, row, shape.columns);
    const Output<Real> to = row_of(d_x, row, shape.columns);
    for (std::size_t j = 0; j < to.size(); ++j) {
      to[j] = gradient[j] * gelu_slope(from[j] + bias[j]);
      d_bias[j] += to[j];
    }
  }
}

template void bias_gelu<float>(const MatrixShape&, Input<float>, Input<float>, Output<float>);
template void bias_gelu<double>(const MatrixShape&, Input<double>, Input<double>, Output<double>);
template void bias_gelu_backward<float>(const MatrixShape&, Input<float>, Input<float>, Input<float>, Output<float>, Output<float>);
template void bias_gelu_backward<double>(const MatrixShape&, Input<double>, Input<double>, Input<double>, Output<double>, Output<double>);

}  // namespace orrery::kernels
