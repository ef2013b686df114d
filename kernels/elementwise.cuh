// Fill, copy and reduce on a GPU, on as many blocks as one says: few of them stand in for a collective, whose channels are blocks too.
//
//     copy<float>(n, x, y, all_blocks, stream);      // the yardstick of what memory can do
//     reduce<__half>(2, n, parts, y, 24, stream);    // 24 blocks: what a reduction of 24 channels takes from the kernels beside it
//
// Memory: fill writes n; copy reads and writes n; reduce reads parts * n and writes n.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace orrery::kernels {

inline constexpr std::int64_t all_blocks = 0;  // as many as the device holds

/// `count` is a multiple of 16 bytes, here and below.
template <class Number>
void fill(std::int64_t count, Number value, Number* y, std::int64_t blocks, cudaStream_t stream);

template <class Number>
void copy(std::int64_t count, const Number* x, Number* y, std::int64_t blocks, cudaStream_t stream);

/// y is the sum of so many parts of `count` elements, which lie one after the other; summed in floats.
template <class Number>
void reduce(std::int64_t parts, std::int64_t count, const Number* x, Number* y, std::int64_t blocks, cudaStream_t stream);

}  // namespace orrery::kernels
