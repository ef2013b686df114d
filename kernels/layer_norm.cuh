// kernels/layer_norm.h on a GPU, for float, __half and __nv_bfloat16; moments and sums in floats.
//
//     layer_norm<__half>({.rows = tokens, .columns = hidden}, x, gain, shift, y, stream);
//
// Memory: forward reads x and writes y once; backward reads x and d_y and writes d_x once; gain, shift and their gradients are a row each.
// Columns are whole packs of 16 bytes; at most 32768 of 16 bits or 16384 floats forward, 12288 or 6144 backward.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Number>
void layer_norm(const MatrixShape& shape, const Number* x, const Number* gain, const Number* shift, Number* y, cudaStream_t stream);

template <class Number>
void layer_norm_backward(const MatrixShape& shape, const Number* x, const Number* gain, const Number* d_y, Number* d_x, Number* d_gain,
                         Number* d_shift, cudaStream_t stream);

}  // namespace orrery::kernels
