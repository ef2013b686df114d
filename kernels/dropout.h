// Dropout: each element is kept with probability 1 - rate and then divided by that, else zero; and the same of a sum with a bias, added to
// a residual. Masks are bytes, 1 where kept.
//
//     dropout<float>({.rate = 0.1, .seed = 7}, x, y, mask);
//     bias_dropout_add<float>({.rows = tokens, .columns = hidden}, {.rate = 0.1, .seed = 7}, x, bias, residual, y, mask);
//
// Whether element i is kept is a function of the seed and i alone (splitmix64), so that every device and order of work drops the same.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

struct Dropout {
  double rate = 0;  // 0 <= rate < 1
  std::uint64_t seed = 0;
};

using Mask = std::span<const std::uint8_t>;
using MaskOutput = std::span<std::uint8_t>;

/// Whether element `index` is kept.
bool is_kept(const Dropout& dropout, std::uint64_t index);

template <class Real>
void dropout(const Dropout& dropout, Input<Real> x, Output<Real> y, MaskOutput mask);

template <class Real>
void dropout_backward(const Dropout& dropout, Input<Real> d_y, Mask mask, Output<Real> d_x);

/// y = residual + dropout(x + bias); the bias has one value a column.
template <class Real>
void bias_dropout_add(const MatrixShape& shape, const Dropout& dropout, Input<Real> x, Input<Real> bias, Input<Real> residual,
                      Output<Real> y, MaskOutput mask);

/// The residual's gradient is `d_y` itself.
template <class Real>
void bias_dropout_add_backward(const MatrixShape& shape, const Dropout& dropout, Input<Real> d_y, Mask mask, Output<Real> d_x,
                               Output<Real> d_bias);

}  // namespace orrery::kernels
