// kernels/rotary.h on a GPU, for float, __half and __nv_bfloat16. Angles are made in doubles, once for all heads of a token.
//
//     rotary<__half>({.tokens = 2048, .heads = 32, .dimension = 128}, Turn::forward, x, y, stream);
//
// Memory: reads x and writes y. With fewer than some 8 heads the angles take longer than that (an estimate). Half a dimension is whole
// packs of 16 bytes. `y` may be `x`.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/rotary.h"

namespace orrery::kernels {

template <class Number>
void rotary(const RotaryShape& shape, Turn turn, const Number* x, Number* y, cudaStream_t stream);

}  // namespace orrery::kernels
