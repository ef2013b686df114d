#include "kernels/elementwise.cuh"
#include "kernels/launch.cuh"
#include "kernels/pack.cuh"

namespace orrery::kernels {
namespace {

template <class Number>
__global__ void fill_kernel(std::int64_t packs, Number value, Number* __restrict__ y) {
  constexpr int size = pack_size<Number>;
  Pack<Number, size> pack;
  for (Number& element : pack.at) element = value;
  for (std::int64_t i = thread_of_grid(); i < packs; i += threads_of_grid()) store_pack(y + i * size, pack);
}

template <class Number>
__global__ void copy_kernel(std::int64_t packs, const Number* __restrict__ x, Number* __restrict__ y) {
  constexpr int size = pack_size<Number>;
#pragma unroll 4
  for (std::int64_t i = thread_of_grid(); i < packs; i += threads_of_grid()) store_pack(y + i * size, load_pack<size>(x + i * size));
}

template <class Number>
__global__ void reduce_kernel(std::int64_t parts, std::int64_t packs, const Number* __restrict__ x, Number* __restrict__ y) {
  constexpr int size = pack_size<Number>;
  for (std::int64_t i = thread_of_grid(); i < packs; i += threads_of_grid()) {
    float sums[size] = {};
#pragma unroll 4
    for (std::int64_t part = 0; part < parts; ++part) {
      const auto pack = load_pack<size>(x + (part * packs + i) * size);
      for (int j = 0; j < size; ++j) sums[j] += as_float(pack.at[j]);
    }
    Pack<Number, size> pack;
    for (int j = 0; j < size; ++j) pack.at[j] = as_number<Number>(sums[j]);
    store_pack(y + i * size, pack);
  }
}

template <class... Parameters>
Grid grid_of_blocks(void (*kernel)(Parameters...), std::int64_t blocks, std::int64_t packs) {
  Grid grid = grid_of_threads(kernel, packs);
  if (blocks != all_blocks) grid.blocks = dim3(static_cast<unsigned>(blocks));
  return grid;
}

}  // namespace

template <class Number>
void fill(std::int64_t count, Number value, Number* y, std::int64_t blocks, cudaStream_t stream) {
  const std::int64_t packs = expect_packs<Number>(count, "elements");
  launch(fill_kernel<Number>, grid_of_blocks(fill_kernel<Number>, blocks, packs), stream, packs, value, y);
}

template <class Number>
void copy(std::int64_t count, const Number* x, Number* y, std::int64_t blocks, cudaStream_t stream) {
  const std::int64_t packs = expect_packs<Number>(count, "elements");
  launch(copy_kernel<Number>, grid_of_blocks(copy_kernel<Number>, blocks, packs), stream, packs, x, y);
}

template <class Number>
void reduce(std::int64_t parts, std::int64_t count, const Number* x, Number* y, std::int64_t blocks, cudaStream_t stream) {
  const std::int64_t packs = expect_packs<Number>(count, "elements");
  launch(reduce_kernel<Number>, grid_of_blocks(reduce_kernel<Number>, blocks, packs), stream, parts, packs, x, y);
}

template void fill<float>(std::int64_t, float, float*, std::int64_t, cudaStream_t);
template void fill<__half>(std::int64_t, __half, __half*, std::int64_t, cudaStream_t);
template void fill<__nv_bfloat16>(std::int64_t, __nv_bfloat16, __nv_bfloat16*, std::int64_t, cudaStream_t);
template void copy<float>(std::int64_t, const float*, float*, std::int64_t, cudaStream_t);
template void copy<__half>(std::int64_t, const __half*, __half*, std::int64_t, cudaStream_t);
template void copy<__nv_bfloat16>(std::int64_t, const __nv_bfloat16*, __nv_bfloat16*, std::int64_t, cudaStream_t);
template void reduce<float>(std::int64_t, std::int64_t, const float*, float*, std::int64_t, cudaStream_t);
template void reduce<__half>(std::int64_t, std::int64_t, const __half*, __half*, std::int64_t, cudaStream_t);
template void reduce<__nv_bfloat16>(std::int64_t, std::int64_t, const __nv_bfloat16*, __nv_bfloat16*, std::int64_t, cudaStream_t);

}  // namespace orrery::kernels
