#include "kernels/rms_norm.h"

#include <algorithm>
#include <cmath>

namespace orrery::kernels {
namespace {

template <class Real>
Real inverse_root_mean_square(Input<Real> row) {
  Real squares = 0;
  for (const Real value : row) squares += value * value;
  return 1 / std::sqrt(squares / static_cast<Real>(row.size()) + static_cast<Real>(rms_norm_epsilon));
}

}  // namespace

template <class Real>
void rms_norm(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Output<Real> y) {
  expect_size(x.size(), shape.rows * shape.columns, "x");
  expect_size(y.size(), shape.rows * shape.columns, "y");
  expect_size(gain.size(), shape.columns, "the gain");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(x, row, shape.columns);
    const Output<Real> to = row_of(y, row, shape.columns);
    const Real inverse = inverse_root_mean_square(from);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = from[j] * inverse * gain[j];
  }
}

// With n = x / rms and g = d_y * gain: d_x = (g - n mean(g n)) / rms.
template <class Real>
void rms_norm_backward(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Input<Real> d_y, Output<Real> d_x, Output<Real> d_gain) {
  for (const Input<Real> operand : {x, d_y, Input<Real>(d_x)}) expect_size(operand.size(), shape.rows * shape.columns, "x, d_y or d_x");
  for (const Input<Real> operand : {gain, Input<Real>(d_gain)}) expect_size(operand.size(), shape.columns, "the gain or its gradient");
  std::fill(d_gain.begin(), d_gain.end(), Real{0});
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(x, row, shape.columns);
    const Input<Real> gradient = row_of(d_y, row, shape.columns);
    const Output<Real> to = row_of(d_x, row, shape.columns);
    const Real inverse = inverse_root_mean_square(from);
    Real moment = 0;
    for (std::size_t j = 0; j < to.size(); ++j) {
      moment += gradient[j] * gain[j] * from[j] * inverse;
      d_gain[j] += gradient[j] * from[j] * inverse;
    }
    moment /= static_cast<Real>(shape.columns);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = inverse * (gradient[j] * gain[j] - from[j] * inverse * moment);
  }
}

template void rms_norm<float>(const MatrixShape&, Input<float>, Input<float>, Output<float>);
template void rms_norm<double>(const MatrixShape&, Input<double>, Input<double>, Output<double>);
template void rms_norm_backward<float>(const MatrixShape&, Input<float>, Input<float>, Input<float>, Output<float>, Output<float>);
template void rms_norm_backward<double>(const MatrixShape&, Input<double>, Input<double>, Input<double>, Output<double>, Output<double>);

}  // namespace orrery::kernels
