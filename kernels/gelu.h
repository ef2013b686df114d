// GeLU of a sum with a bias of one value a column, in the form with tanh (arXiv 1606.08415, section 2) that Megatron-LM fuses:
// y = v / 2 * (1 + tanh(sqrt(2 / pi) * (v + 0.044715 v^3))) with v = x + bias.
//
//     bias_gelu<float>({.rows = tokens, .columns = ffn}, x, bias, y);
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Real>
void bias_gelu(const MatrixShape& shape, Input<Real> x, Input<Real> bias, Output<Real> y);

template <class Real>
void bias_gelu_backward(const MatrixShape& shape, Input<Real> x, Input<Real> bias, Input<Real> d_y, Output<Real> d_x, Output<Real> d_bias);

}  // namespace orrery::kernels
