// kernels/dropout.h on a GPU, for float, __half and __nv_bfloat16: the same elements are dropped as by the reference.
//
//     bias_dropout_add<__half>({.rows = tokens, .columns = hidden}, {.rate = 0.1, .seed = 7}, x, bias, residual, y, mask, stream);
//
// Memory: forward reads x and the residual and writes y and a byte an element; backward reads d_y and the mask and writes d_x; the bias and
// its gradient are a row each. Columns are whole packs of 16 bytes.
// Leaves out dropout alone: attention has it inside, and a residual of zeros costs one more read.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/dropout.h"

namespace orrery::kernels {

/// y = residual + dropout(x + bias).
template <class Number>
void bias_dropout_add(const MatrixShape& shape, const Dropout& dropout, const Number* x, const Number* bias, const Number* residual,
                      Number* y, std::uint8_t* mask, cudaStream_t stream);

/// The residual's gradient is `d_y` itself.
template <class Number>
void bias_dropout_add_backward(const MatrixShape& shape, const Dropout& dropout, const Number* d_y, const std::uint8_t* mask, Number* d_x,
                               Number* d_bias, cudaStream_t stream);

}  // namespace orrery::kernels
