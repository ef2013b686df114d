// Root-mean-square normalisation (arXiv 1910.07467): y = x / sqrt(mean(x^2) + epsilon) * gain, over each row. What Llama has in place of
// layer normalisation; programs write both as layer_norm.
//
//     rms_norm<float>({.rows = tokens, .columns = hidden}, x, gain, y);
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

/// As in Llama 2.
inline constexpr double rms_norm_epsilon = 1e-5;

template <class Real>
void rms_norm(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Output<Real> y);

template <class Real>
void rms_norm_backward(const MatrixShape& shape, Input<Real> x, Input<Real> gain, Input<Real> d_y, Output<Real> d_x, Output<Real> d_gain);

}  // namespace orrery::kernels
