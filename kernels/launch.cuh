// Launches of kernels, without the syntax that only nvcc reads, and how many blocks to launch.
//
//     launch(scale<float>, grid_of_threads(scale<float>, packs), stream, x, y, packs);
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/cuda_error.cuh"

namespace orrery::kernels {

struct Grid {
  dim3 blocks;
  unsigned threads = 256;  // of a block: whole warps, all in one dimension
};

/// As many blocks as the current device holds at once: a kernel that loops over its work with so many has no last, half-empty wave.
template <class... Parameters>
std::int64_t resident_blocks(void (*kernel)(Parameters...), unsigned threads) {
  int device = 0;
  int multiprocessors = 0;
  int blocks = 0;
  CUDA_CHECK(cudaGetDevice(&device));
  CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, reinterpret_cast<const void*>(kernel), static_cast<int>(threads), 0));
  return std::int64_t{1} * multiprocessors * blocks;
}

template <class... Parameters>
void launch(void (*kernel)(Parameters...), const Grid& grid, cudaStream_t stream, std::type_identity_t<Parameters>... arguments) {
  void* pointers[] = {&arguments...};
  CUDA_CHECK(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid.blocks, dim3(grid.threads), pointers, 0, stream));
}

/// One item a block, where blocks loop over items.
template <class... Parameters>
Grid grid_of_items(void (*kernel)(Parameters...), unsigned threads, std::int64_t items) {
  return {dim3(static_cast<unsigned>(std::clamp<std::int64_t>(items, 1, resident_blocks(kernel, threads)))), threads};
}

/// One item a thread, where threads loop over items.
template <class... Parameters>
Grid grid_of_threads(void (*kernel)(Parameters...), std::int64_t items) {
  constexpr unsigned threads = 256;
  return grid_of_items(kernel, threads, (items + threads - 1) / threads);
}

}  // namespace orrery::kernels
