#include "kernels/layer_norm.h"

#include <algorithm>
#include <cmath>

namespace orrery::kernels {
namespace {

template <class Real>
struct RowMoments {
  Real mean = 0;
  Real inverse_deviation = 0;
};

template <class Real>
RowMoments<Real> row_moments(Input<Real> row) {
  Real sum = 0;
  for (const Real value : row) sum += value;
  const Real mean = sum / static_cast<Real>(row.size());
  Real squares = 0;
  for (const Real value : row) squares += (value - mean) * (value - mean);
  return {mean, 1 / std::sqrt(squares / static_cast<Real>(row.size()) + static_cast<Real>(layer_norm_epsilon))};
}

}  // namespace

template <class Real>
void layer_norm(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Input<Real> shift, Output<Real> y) {
  expect_size(x.size(), shape.rows * shape.columns, "x");
  expect_size(y.size(), shape.rows * shape.columns, "y");
  expect_size(gain.size(), shape.columns, "the gain");
  expect_size(shift.size(), shape.columns, "the shift");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(x, row, shape.columns);
    const Output<Real> to = row_of(y, row, shape.columns);
    const RowMoments<Real> moments = row_moments(from);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = (from[j] - moments.mean) * moments.inverse_deviation * gain[j] + shift[j];
  }
}

// With n = (x - mean) / deviation and g = d_y * gain: d_x = (g - mean(g) - n mean(g n)) / deviation.
template <class Real>
void layer_norm_backward(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Input<Real> d_y, Output<Real> d_x, Output<Real> d_gain,
                         Output<Real> d_shift) {
  for (const Input<Real> operand : {x, d_y, Input<Real>(d_x)}) expect_size(operand.size(), shape.rows * shape.columns, "x, d_y or d_x");
  for (const Input<Real> operand : {gain, Input<Real>(d_gain), Input<Real>(d_shift)}) {
    expect_size(operand.size(), shape.columns, "the gain or a parameter's gradient");
  }
  std::fill(d_gain.begin(), d_gain.end(), Real{0});
  std::fill(d_shift.begin(), d_shift.end(), Real{0});
  const auto columns = static_cast<Real>(shape.columns);
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(x, row, shape.columns);
    const Input<Real> gradient = row_of(d_y, row, shape.columns);
    const Output<Real> to = row_of(d_x, row, shape.columns);
    const auto [mean, inverse] = row_moments(from);
    Real sum = 0;
    Real moment = 0;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const Real normal = (from[j] - mean) * inverse;
      sum += gradient[j] * gain[j];
      moment += gradient[j] * gain[j] * normal;
      d_gain[j] += gradient[j] * normal;
      d_shift[j] += gradient[j];
    }
    for (std::size_t j = 0; j < to.size(); ++j) {
      const Real normal = (from[j] - mean) * inverse;
      to[j] = inverse * (gradient[j] * gain[j] - sum / columns - normal * moment / columns);
    }
  }
}

template void layer_norm<float>(const MatrixShape&, Input<float>, Input<float>, Input<float>, Output<float>);
template void layer_norm<double>(const MatrixShape&, Input<double>, Input<double>, Input<double>, Output<double>);
template void layer_norm_backward<float>(const MatrixShape&, Input<float>, Input<float>, Input<float>, Output<float>, Output<float>,
                                         Output<float>);
template void layer_norm_backward<double>(const MatrixShape&, Input<double>, Input<double>, Input<double>, Output<double>, Output<double>,
                                          Output<double>);

}  // namespace orrery::kernels
