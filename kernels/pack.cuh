// What a thread moves at once: 16 bytes, as 4 floats or 8 numbers of 16 bits. Kernels compute in floats whatever the type in memory.
//
//     const auto x = load_pack<pack_size<Number>>(from + i);        // i a multiple of pack_size
//     float sum = 0;
//     for (const Number value : x.at) sum += as_float(value);
//
// Arrays start at multiples of 16 bytes, as cudaMalloc gives them, and rows are whole packs long: expect_packs() throws where they are not.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace orrery::kernels {

template <class Number>
inline constexpr int pack_size = 16 / static_cast<int>(sizeof(Number));

template <class Number, int count>
struct alignas(sizeof(Number) * count) Pack {
  Number at[count];
};

__host__ __device__ inline float as_float(float value) { return value; }
__host__ __device__ inline float as_float(__half value) { return __half2float(value); }
__host__ __device__ inline float as_float(__nv_bfloat16 value) { return __bfloat162float(value); }

/// Rounded to the nearest.
template <class Number>
__host__ __device__ Number as_number(float value) {
  if constexpr (sizeof(Number) == sizeof(float)) {
    return value;
  } else if constexpr (std::is_same_v<Number, __half>) {
    return __float2half_rn(value);
  } else {
    return __float2bfloat16_rn(value);
  }
}

template <int count, class Number>
__device__ Pack<Number, count> load_pack(const Number* from) {
  return *reinterpret_cast<const Pack<Number, count>*>(from);
}

template <int count, class Number>
__device__ void store_pack(Number* to, const Pack<Number, count>& pack) {
  *reinterpret_cast<Pack<Number, count>*>(to) = pack;
}

/// This thread among all of a grid of one dimension, and how many there are.
__device__ inline std::int64_t thread_of_grid() { return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ inline std::int64_t threads_of_grid() { return static_cast<std::int64_t>(gridDim.x) * blockDim.x; }

/// How many packs so many elements are. Throws std::invalid_argument where they are no whole packs.
template <class Number>
std::int64_t expect_packs(std::int64_t elements, const char* what) {
  if (elements > 0 && elements % pack_size<Number> == 0) return elements / pack_size<Number>;
  throw std::invalid_argument(std::to_string(elements) + " " + what + " are no whole packs of " + std::to_string(pack_size<Number>) +
                              ": pad them");
}

}  // namespace orrery::kernels
