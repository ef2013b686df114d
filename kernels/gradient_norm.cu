#include "kernels/gradient_norm.cuh"
#include "kernels/launch.cuh"
#include "kernels/pack.cuh"
#include "kernels/stream_array.cuh"

namespace orrery::kernels {
namespace {

constexpr unsigned norm_threads = 256;

/// Thread 0 gets the sum over the block.
__device__ double double_sum(double value) {
  __shared__ double values[norm_threads];
  values[threadIdx.x] = value;
  __syncthreads();
  for (unsigned distance = norm_threads / 2; distance > 0; distance /= 2) {
    if (threadIdx.x < distance) values[threadIdx.x] += values[threadIdx.x + distance];
    __syncthreads();
  }
  return values[0];
}

template <class Number>
__global__ void squares_kernel(std::int64_t packs, const Number* __restrict__ gradients, double* __restrict__ of_blocks) {
  constexpr int size = pack_size<Number>;
  double sum = 0;
#pragma unroll 4
  for (std::int64_t at = thread_of_grid(); at < packs; at += threads_of_grid()) {
    const auto pack = load_pack<size>(gradients + at * size);
    float squares = 0;
    for (const Number value : pack.at) squares += as_float(value) * as_float(value);
    sum += squares;
  }
  sum = double_sum(sum);
  if (threadIdx.x == 0) of_blocks[blockIdx.x] = sum;
}

/// One block.
__global__ void root_kernel(std::int64_t blocks, const double* __restrict__ of_blocks, double* __restrict__ norm) {
  double sum = 0;
  for (std::int64_t block = threadIdx.x; block < blocks; block += norm_threads) sum += of_blocks[block];
  sum = double_sum(sum);
  if (threadIdx.x == 0) *norm = sqrt(sum);
}

}  // namespace

template <class Number>
void gradient_norm(std::int64_t count, const Number* gradients, double* norm, cudaStream_t stream) {
  const std::int64_t packs = expect_packs<Number>(count, "gradients");
  const Grid grid = grid_of_items(squares_kernel<Number>, norm_threads, (packs + norm_threads - 1) / norm_threads);
  const StreamArray<double> of_blocks(grid.blocks.x, stream);
  launch(squares_kernel<Number>, grid, stream, packs, gradients, of_blocks.data());
  launch(root_kernel, {dim3(1), norm_threads}, stream, std::int64_t{grid.blocks.x}, of_blocks.data(), norm);
}

template void gradient_norm<float>(std::int64_t, const float*, double*, cudaStream_t);
template void gradient_norm<__half>(std::int64_t, const __half*, double*, cudaStream_t);
template void gradient_norm<__nv_bfloat16>(std::int64_t, const __nv_bfloat16*, double*, cudaStream_t);

}  // namespace orrery::kernels
