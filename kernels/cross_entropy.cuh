// kernels/cross_entropy.h on a GPU, for logits of float, __half and __nv_bfloat16; sums and losses in floats. Targets are not checked: one
// outside the vocabulary is undefined.
//
//     cross_entropy<__half>({.rows = tokens, .columns = vocabulary}, logits, targets, losses, stream);
//
// Memory: forward reads the logits; backward reads them twice and writes their gradient: the second time they come from the second cache,
// as long as a row for each block that runs fits in. Columns are whole packs of 16 bytes; there is no limit to them.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Number>
void cross_entropy(const MatrixShape& shape, const Number* logits, const std::int32_t* targets, float* losses, cudaStream_t stream);

/// `d_loss` is what every row's loss is weighted with. `d_logits` may be `logits`.
template <class Number>
void cross_entropy_backward(const MatrixShape& shape, const Number* logits, const std::int32_t* targets, float d_loss, Number* d_logits,
                            cudaStream_t stream);

}  // namespace orrery::kernels
