// Sums and maxima over a warp and over a block, which all threads get. All threads of the block call them together; a block is whole warps.
// They cost five shuffles a warp, for a block ten and two barriers.
//
//     const float mean = block_sum(sum) / columns;
#pragma once

#include <cuda_runtime_api.h>

#include <cmath>

namespace orrery::kernels {

struct Sum {
  static constexpr float nothing = 0;
  static __device__ float of(float a, float b) { return a + b; }
};

struct Maximum {
  static constexpr float nothing = -INFINITY;
  static __device__ float of(float a, float b) { return fmaxf(a, b); }
};

/// Over each group of `lanes` neighbours, a power of two.
template <class Operation, int lanes = 32>
__device__ float warp_reduction(float value) {
  for (int distance = lanes / 2; distance > 0; distance /= 2) {
    value = Operation::of(value, __shfl_xor_sync(0xffffffffU, value, distance));
  }
  return value;
}

template <class Operation>
__device__ float block_reduction(float value) {
  __shared__ float of_warps[32];
  const unsigned lane = threadIdx.x % 32;
  value = warp_reduction<Operation>(value);
  __syncthreads();  // the last reduction has been read
  if (lane == 0) of_warps[threadIdx.x / 32] = value;
  __syncthreads();
  return warp_reduction<Operation>(lane < blockDim.x / 32 ? of_warps[lane] : Operation::nothing);
}

__device__ inline float block_sum(float value) { return block_reduction<Sum>(value); }
__device__ inline float block_maximum(float value) { return block_reduction<Maximum>(value); }

}  // namespace orrery::kernels
