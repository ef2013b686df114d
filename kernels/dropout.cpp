#include "kernels/dropout.h"

#include <algorithm>

namespace orrery::kernels {
namespace {

template <class Real>
Real kept_scale(const Dropout& dropout) {
  if (!(dropout.rate >= 0 && dropout.rate < 1)) throw std::invalid_argument("a rate of dropout is from 0 to below 1");
  return static_cast<Real>(1 / (1 - dropout.rate));
}

}  // namespace

// splitmix64 (Steele, Lea and Flood, OOPSLA 2014): its top 53 bits are a number from 0 to 1.
bool is_kept(const Dropout& dropout, std::uint64_t index) {
  std::uint64_t bits = dropout.seed + (index + 1) * 0x9e3779b97f4a7c15U;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
  bits ^= bits >> 31U;
  return static_cast<double>(bits >> 11U) * 0x1p-53 >= dropout.rate;
}

template <class Real>
void dropout(const Dropout& dropout, Input<Real> x, Output<Real> y, MaskOutput mask) {
  expect_size(y.size(), std::ssize(x), "y");
  expect_size(mask.size(), std::ssize(x), "the mask");
  const Real scale = kept_scale<Real>(dropout);
  for (std::size_t i = 0; i < x.size(); ++i) {
    mask[i] = is_kept(dropout, i) ? 1 : 0;
    y[i] = mask[i] != 0 ? scale * x[i] : Real{0};
  }
}

template <class Real>
void dropout_backward(const Dropout& dropout, Input<Real> d_y, Mask mask, Output<Real> d_x) {
  expect_size(d_x.size(), std::ssize(d_y), "d_x");
  expect_size(mask.size(), std::ssize(d_y), "the mask");
  const Real scale = kept_scale<Real>(dropout);
  for (std::size_t i = 0; i < d_y.size(); ++i) d_x[i] = mask[i] != 0 ? scale * d_y[i] : Real{0};
}

template <class Real>
void bias_dropout_add(const MatrixShape& shape, const Dropout& dropout, Input<Real> x, Input<Real> bias, Input<Real> residual,
                      Output<Real> y, MaskOutput mask) {
  for (const Input<Real> operand : {x, residual, Input<Real>(y)}) {
    expect_size(operand.size(), shape.rows * shape.columns, "x, the residual or y");
  }
  expect_size(mask.size(), shape.rows * shape.columns, "the mask");
  expect_size(bias.size(), shape.columns, "the bias");
  const Real scale = kept_scale<Real>(dropout);
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const auto first = static_cast<std::size_t>(row * shape.columns);
    for (std::size_t j = 0; j < bias.size(); ++j) {
      const std::size_t i = first + j;
      mask[i] = is_kept(dropout, i) ? 1 : 0;
      y[i] = residual[i] + (mask[i] != 0 ? scale * (x[i] + bias[j]) : Real{0});
    }
  }
}

template <class Real>
void bias_dropout_add_backward(const MatrixShape& shape, const Dropout& dropout, Input<Real> d_y, Mask mask, Output<Real> d_x,
                               Output<Real> d_bias) {
  for (const Input<Real> operand : {d_y, Input<Real>(d_x)}) expect_size(operand.size(), shape.rows * shape.columns, "d_y or d_x");
  expect_size(mask.size(), shape.rows * shape.columns, "the mask");
  expect_size(d_bias.size(), shape.columns, "the bias' gradient");
  std::fill(d_bias.begin(), d_bias.end(), Real{0});
  const Real scale = kept_scale<Real>(dropout);
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const auto first = static_cast<std::size_t>(row * shape.columns);
    for (std::size_t j = 0; j < d_bias.size(); ++j) {
      d_x[first + j] = mask[first + j] != 0 ? scale * d_y[first + j] : Real{0};
      d_bias[j] += d_x[first + j];
    }
  }
}

template void dropout<float>(const Dropout&, Input<float>, Output<float>, MaskOutput);
template void dropout<double>(const Dropout&, Input<double>, Output<double>, MaskOutput);
template void dropout_backward<float>(const Dropout&, Input<float>, Mask, Output<float>);
template void dropout_backward<double>(const Dropout&, Input<double>, Mask, Output<double>);
template void bias_dropout_add<float>(const MatrixShape&, const Dropout&, Input<float>, Input<float>, Input<float>, Output<float>,
                                      MaskOutput);
template void bias_dropout_add<double>(const MatrixShape&, const Dropout&, Input<double>, Input<double>, Input<double>, Output<double>,
                                       MaskOutput);
template void bias_dropout_add_backward<float>(const MatrixShape&, const Dropout&, Input<float>, Mask, Output<float>, Output<float>);
template void bias_dropout_add_backward<double>(const MatrixShape&, const Dropout&, Input<double>, Mask, Output<double>, Output<double>);

}  // namespace orrery::kernels
