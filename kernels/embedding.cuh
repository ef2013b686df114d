// kernels/embedding.h on a GPU, for float, __half and __nv_bfloat16. Tokens are not checked: one outside the table is undefined.
//
//     embedding<__half>({.rows = tokens, .columns = hidden}, table, tokens, out, stream);
//
// Memory: forward reads and writes rows * columns; backward reads d_out and adds to the table's gradient, which is in floats, by atomics:
// sums over equal tokens come in any order, so the last bits differ from run to run, and it is bound by the atomics of the second cache
// rather than by memory. Columns are whole packs of 16 bytes.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Number>
void embedding(const MatrixShape& shape, const Number* table, const std::int32_t* tokens, Number* out, cudaStream_t stream);

/// Adds to `d_table`, which keeps what it had.
template <class Number>
void embedding_backward(const MatrixShape& shape, const std::int32_t* tokens, const Number* d_out, float* d_table, cudaStream_t stream);

}  // namespace orrery::kernels
