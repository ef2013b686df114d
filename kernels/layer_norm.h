// Layer normalisation (arXiv 1607.06450): y = (x - mean) / sqrt(variance + epsilon) * gain + shift, over each row.
//
//     layer_norm<float>({.rows = tokens, .columns = hidden}, x, gain, shift, y);
//
// Gain and shift have one value a column. Means and variances are computed anew in the backward pass.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

/// As in PyTorch and Megatron-LM.
inline constexpr double layer_norm_epsilon = 1e-5;

template <class Real>
void layer_norm(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Input<Real> shift, Output<Real> y);

template <class Real>
void layer_norm_backward(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Input<Real> d_y, Output<Real> d_x, Output<Real> d_gain,
                         Output<Real> d_shift);

}  // namespace orrery::kernels
