#include "kernels/columns.cuh"
#include "kernels/gelu.cuh"
#include "kernels/stream_array.cuh"

namespace orrery::kernels {
namespace {

constexpr float cubic = 0.044715F;                 // arXiv 1606.08415, section 2
constexpr float root_2_by_pi = 0.79788456080286F;  // sqrt(2 / pi)

/// (1 + tanh u) / 2, which is sigmoid(2 u), and what it changes with u, for the u of the form. Of one exponential that cannot overflow, and
/// without 1 - tanh^2, which would cancel out where tanh is nearly 1.
struct Gate {
  float value;
  float slope;
};

__device__ Gate gate_of(float v) {
  const float u = root_2_by_pi * (v + cubic * v * v * v);
  const float exponential = __expf(-2 * fabsf(u));
  const float larger = 1 / (1 + exponential);
  return {u >= 0 ? larger : exponential * larger, 2 * exponential * larger * larger};
}

__device__ float gelu_slope(float v) {
  const Gate gate = gate_of(v);
  return gate.value + v * gate.slope * root_2_by_pi * (1 + 3 * cubic * v * v);
}

template <class Number>
__global__ void bias_gelu_kernel(std::int64_t rows, std::int64_t columns, const Number* __restrict__ x, const Number* __restrict__ bias,
                                 Number* __restrict__ y) {
  constexpr int size = pack_size<Number>;
  const std::int64_t column = thread_of_grid() * size;
  if (column >= columns) return;
  const auto biases = load_pack<size>(bias + column);
#pragma unroll 2
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    auto pack = load_pack<size>(x + row * columns + column);
    for (int i = 0; i < size; ++i) {
      const float v = as_float(pack.at[i]) + as_float(biases.at[i]);
      pack.at[i] = as_number<Number>(v * gate_of(v).value);
    }
    store_pack(y + row * columns + column, pack);
  }
}

template <class Number>
__global__ void bias_gelu_backward_kernel(std::int64_t rows, std::int64_t columns, const Number* __restrict__ x,
                                          const Number* __restrict__ bias, const Number* __restrict__ d_y, Number* __restrict__ d_x,
                                          float* __restrict__ d_biases) {
  constexpr int size = pack_size<Number>;
  const std::int64_t column = thread_of_grid() * size;
  if (column >= columns) return;
  const auto biases = load_pack<size>(bias + column);
  float d_bias[size] = {};
#pragma unroll 2
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    const auto pack = load_pack<size>(x + row * columns + column);
    auto gradient = load_pack<size>(d_y + row * columns + column);
    for (int i = 0; i < size; ++i) {
      const float d_v = as_float(gradient.at[i]) * gelu_slope(as_float(pack.at[i]) + as_float(biases.at[i]));
      d_bias[i] += d_v;
      gradient.at[i] = as_number<Number>(d_v);
    }
    store_pack(d_x + row * columns + column, gradient);
  }
  for (int i = 0; i < size; ++i) d_biases[blockIdx.y * columns + column + i] = d_bias[i];
}

}  // namespace

template <class Number>
void bias_gelu(const MatrixShape& shape, const Number* x, const Number* bias, Number* y, cudaStream_t stream) {
  launch(bias_gelu_kernel<Number>, grid_of_columns<Number>(bias_gelu_kernel<Number>, shape), stream, shape.rows, shape.columns, x, bias, y);
}

template <class Number>
void bias_gelu_backward(const MatrixShape& shape, const Number* x, const Number* bias, const Number* d_y, Number* d_x, Number* d_bias,
                        cudaStream_t stream) {
  const Grid grid = grid_of_columns<Number>(bias_gelu_backward_kernel<Number>, shape);
  const StreamArray<float> d_biases(grid.blocks.y * shape.columns, stream);
  launch(bias_gelu_backward_kernel<Number>, grid, stream, shape.rows, shape.columns, x, bias, d_y, d_x, d_biases.data());
  sum_partials(grid.blocks.y, shape.columns, d_biases.data(), d_bias, stream);
}

template void bias_gelu<float>(const MatrixShape&, const float*, const float*, float*, cudaStream_t);
template void bias_gelu<__half>(const MatrixShape&, const __half*, const __half*, __half*, cudaStream_t);
template void bias_gelu<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);
template void bias_gelu_backward<float>(const MatrixShape&, const float*, const float*, const float*, float*, float*, cudaStream_t);
template void bias_gelu_backward<__half>(const MatrixShape&, const __half*, const __half*, const __half*, __half*, __half*, cudaStream_t);
template void bias_gelu_backward<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const __nv_bfloat16*, const __nv_bfloat16*,
                                                __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);

}  // namespace orrery::kernels
