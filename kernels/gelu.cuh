// kernels/gelu.h on a GPU, for float, __half and __nv_bfloat16; computed in floats.
//
//     bias_gelu<__half>({.rows = tokens, .columns = ffn}, x, bias, y, stream);
//
// Memory: forward reads x and writes y; backward reads x and d_y and writes d_x; the bias and its gradient are a row each.
// Columns are whole packs of 16 bytes.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Number>
void bias_gelu(const MatrixShape& shape, const Number* x, const Number* bias, Number* y, cudaStream_t stream);

template <class Number>
void bias_gelu_backward(const MatrixShape& shape, const Number* x, const Number* bias, const Number* d_y, Number* d_x, Number* d_bias,
                        cudaStream_t stream);

}  // namespace orrery::kernels
