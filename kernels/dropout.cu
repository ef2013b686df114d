#include <cmath>

#include "kernels/columns.cuh"
#include "kernels/dropout.cuh"
#include "kernels/stream_array.cuh"

namespace orrery::kernels {
namespace {

struct Draw {
  std::uint64_t seed;
  std::uint64_t threshold;  // of 2^53, from which on an element is kept
  float scale;              // of what is kept
};

Draw draw_of(const Dropout& dropout) {
  if (!(dropout.rate >= 0 && dropout.rate < 1)) throw std::invalid_argument("a rate of dropout is from 0 to below 1");
  return {dropout.seed, static_cast<std::uint64_t>(std::ceil(dropout.rate * 0x1p53)), static_cast<float>(1 / (1 - dropout.rate))};
}

/// is_kept() of the reference, bit by bit.
__device__ bool keeps(const Draw& draw, std::uint64_t index) {
  std::uint64_t bits = draw.seed + (index + 1) * 0x9e3779b97f4a7c15U;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
  bits ^= bits >> 31U;
  return (bits >> 11U) >= draw.threshold;
}

template <class Number>
__global__ void bias_dropout_add_kernel(std::int64_t rows, std::int64_t columns, Draw draw, const Number* __restrict__ x,
                                        const Number* __restrict__ bias, const Number* __restrict__ residual, Number* __restrict__ y,
                                        std::uint8_t* __restrict__ mask) {
  constexpr int size = pack_size<Number>;
  const std::int64_t column = thread_of_grid() * size;
  if (column >= columns) return;
  const auto biases = load_pack<size>(bias + column);
#pragma unroll 2
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    const std::int64_t first = row * columns + column;
    const auto pack = load_pack<size>(x + first);
    auto sums = load_pack<size>(residual + first);
    Pack<std::uint8_t, size> kept;
    for (int i = 0; i < size; ++i) {
      kept.at[i] = keeps(draw, static_cast<std::uint64_t>(first + i)) ? 1 : 0;
      const float added = kept.at[i] != 0 ? draw.scale * (as_float(pack.at[i]) + as_float(biases.at[i])) : 0;
      sums.at[i] = as_number<Number>(as_float(sums.at[i]) + added);
    }
    store_pack(y + first, sums);
    store_pack(mask + first, kept);
  }
}

template <class Number>
__global__ void bias_dropout_add_backward_kernel(std::int64_t rows, std::int64_t columns, float scale, const Number* __restrict__ d_y,
                                                 const std::uint8_t* __restrict__ mask, Number* __restrict__ d_x,
                                                 float* __restrict__ d_biases) {
  constexpr int size = pack_size<Number>;
  const std::int64_t column = thread_of_grid() * size;
  if (column >= columns) return;
  float d_bias[size] = {};
#pragma unroll 2
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    auto gradient = load_pack<size>(d_y + row * columns + column);
    const auto kept = load_pack<size>(mask + row * columns + column);
    for (int i = 0; i < size; ++i) {
      const float d_v = kept.at[i] != 0 ? scale * as_float(gradient.at[i]) : 0;
      d_bias[i] += d_v;
      gradient.at[i] = as_number<Number>(d_v);
    }
    store_pack(d_x + row * columns + column, gradient);
  }
  for (int i = 0; i < size; ++i) d_biases[blockIdx.y * columns + column + i] = d_bias[i];
}

}  // namespace

template <class Number>
void bias_dropout_add(const MatrixShape& shape, const Dropout& dropout, const Number* x, const Number* bias, const Number* residual,
                      Number* y, std::uint8_t* mask, cudaStream_t stream) {
  launch(bias_dropout_add_kernel<Number>, grid_of_columns<Number>(bias_dropout_add_kernel<Number>, shape), stream, shape.rows,
         shape.columns, draw_of(dropout), x, bias, residual, y, mask);
}

template <class Number>
void bias_dropout_add_backward(const MatrixShape& shape, const Dropout& dropout, const Number* d_y, const std::uint8_t* mask, Number* d_x,
                               Number* d_bias, cudaStream_t stream) {
  const Grid grid = grid_of_columns<Number>(bias_dropout_add_backward_kernel<Number>, shape);
  const StreamArray<float> d_biases(grid.blocks.y * shape.columns, stream);
  launch(bias_dropout_add_backward_kernel<Number>, grid, stream, shape.rows, shape.columns, draw_of(dropout).scale, d_y, mask, d_x,
         d_biases.data());
  sum_partials(grid.blocks.y, shape.columns, d_biases.data(), d_bias, stream);
}

template void bias_dropout_add<float>(const MatrixShape&, const Dropout&, const float*, const float*, const float*, float*, std::uint8_t*,
                                      cudaStream_t);
template void bias_dropout_add<__half>(const MatrixShape&, const Dropout&, const __half*, const __half*, const __half*, __half*,
                                       std::uint8_t*, cudaStream_t);
template void bias_dropout_add<__nv_bfloat16>(const MatrixShape&, const Dropout&, const __nv_bfloat16*, const __nv_bfloat16*,
                                              const __nv_bfloat16*, __nv_bfloat16*, std::uint8_t*, cudaStream_t);
template void bias_dropout_add_backward<float>(const MatrixShape&, const Dropout&, const float*, const std::uint8_t*, float*, float*,
                                               cudaStream_t);
template void bias_dropout_add_backward<__half>(const MatrixShape&, const Dropout&, const __half*, const std::uint8_t*, __half*, __half*,
                                                cudaStream_t);
template void bias_dropout_add_backward<__nv_bfloat16>(const MatrixShape&, const Dropout&, const __nv_bfloat16*, const std::uint8_t*,
                                                       __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);

}  // namespace orrery::kernels
