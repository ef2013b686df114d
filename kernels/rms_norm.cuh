// kernels/rms_norm.h on a GPU, for float, __half and __nv_bfloat16; sums in floats.
//
//     rms_norm<__nv_bfloat16>({.rows = tokens, .columns = hidden}, x, gain, y, stream);
//
// Memory: forward reads x and writes y once; backward reads x and d_y and writes d_x once; the gain and its gradient are a row each.
// Columns are whole packs of 16 bytes; at most 32768 of 16 bits or 16384 floats forward, half of that backward.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Number>
void rms_norm(const MatrixShape& shape, const Number* x, const Number* gain, Number* y, cudaStream_t stream);

template <class Number>
void rms_norm_backward(const MatrixShape& shape, const Number* x, const Number* gain, const Number* d_y, Number* d_x, Number* d_gain,
                       cudaStream_t stream);

}  // namespace orrery::kernels
