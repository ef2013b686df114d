// kernels/softmax.h on a GPU, for float, __half and __nv_bfloat16; exponentials and sums in floats.
//
//     softmax<__half>({.rows = heads * 2048, .columns = 2048}, 1 / std::sqrt(128.0F), scores, probabilities, stream);
//
// Memory: forward reads the scores that are seen, (columns + 1) / 2 of a row on average, and writes all probabilities; backward reads the
// seen ones of both inputs and writes all. Columns are whole packs of 16 bytes; at most 32768 of 16 bits or 16384 floats forward, half of
// that backward.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Number>
void softmax(const MatrixShape& shape, float scale, const Number* scores, Number* probabilities, cudaStream_t stream);

template <class Number>
void softmax_backward(const MatrixShape& shape, float scale, const Number* probabilities, const Number* d_probabilities, Number* d_scores,
                      cudaStream_t stream);

}  // namespace orrery::kernels
