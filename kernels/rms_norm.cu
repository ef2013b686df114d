#include "kernels/columns.cuh"
#include "kernels/reduction.cuh"
#include "kernels/rms_norm.cuh"
#include "kernels/rms_norm.h"
#include "kernels/row.cuh"
#include "kernels/stream_array.cuh"

namespace orrery::kernels {
namespace {

constexpr int forward_packs = 4;   // of a thread
constexpr int backward_packs = 2;  // fewer: a thread keeps two rows and a sum

template <class Number, int packs>
__device__ float inverse_root_of(const Row<Number, packs>& x, int columns) {
  float squares = 0;
  for (int pack = 0; pack < packs; ++pack) {
    if (x.column(pack) >= columns) continue;
    for (const Number value : x.at[pack].at) squares += as_float(value) * as_float(value);
  }
  return rsqrtf(block_sum(squares) / static_cast<float>(columns) + static_cast<float>(rms_norm_epsilon));
}

template <class Number>
__global__ void __launch_bounds__(1024)
    rms_norm_kernel(std::int64_t rows, int columns, const Number* __restrict__ x, const Number* __restrict__ gain, Number* __restrict__ y) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    Row<Number, forward_packs> values;
    values.load(x + row * columns, columns);
    const float inverse = inverse_root_of(values, columns);
    for (int pack = 0; pack < forward_packs; ++pack) {
      if (values.column(pack) >= columns) continue;
      const auto gains = load_pack<values.size>(gain + values.column(pack));
      for (int i = 0; i < values.size; ++i) {
        values.at[pack].at[i] = as_number<Number>(as_float(values.at[pack].at[i]) * inverse * as_float(gains.at[i]));
      }
    }
    values.store(y + row * columns, columns);
  }
}

/// A line of `d_gains` a block.
template <class Number>
__global__ void __launch_bounds__(1024)
    rms_norm_backward_kernel(std::int64_t rows, int columns, const Number* __restrict__ x, const Number* __restrict__ gain,
                             const Number* __restrict__ d_y, Number* __restrict__ d_x, float* __restrict__ d_gains) {
  constexpr int size = pack_size<Number>;
  float d_gain[backward_packs][size] = {};
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    Row<Number, backward_packs> values;
    Row<Number, backward_packs> gradients;
    values.load(x + row * columns, columns);
    gradients.load(d_y + row * columns, columns);
    const float inverse = inverse_root_of(values, columns);
    float moment = 0;
    for (int pack = 0; pack < backward_packs; ++pack) {
      if (values.column(pack) >= columns) continue;
      const auto gains = load_pack<size>(gain + values.column(pack));
      for (int i = 0; i < size; ++i) {
        const float normal = as_float(values.at[pack].at[i]) * inverse;
        const float gradient = as_float(gradients.at[pack].at[i]);
        moment += gradient * as_float(gains.at[i]) * normal;
        d_gain[pack][i] += gradient * normal;
      }
    }
    moment = block_sum(moment) / static_cast<float>(columns);
    for (int pack = 0; pack < backward_packs; ++pack) {
      if (values.column(pack) >= columns) continue;
      const auto gains = load_pack<size>(gain + values.column(pack));
      for (int i = 0; i < size; ++i) {
        const float normal = as_float(values.at[pack].at[i]) * inverse;
        const float weighted = as_float(gradients.at[pack].at[i]) * as_float(gains.at[i]);
        gradients.at[pack].at[i] = as_number<Number>(inverse * (weighted - normal * moment));
      }
    }
    gradients.store(d_x + row * columns, columns);
  }
  store_sums(d_gain, columns, d_gains + std::int64_t{blockIdx.x} * columns);
}

}  // namespace

template <class Number>
void rms_norm(const MatrixShape& shape, const Number* x, const Number* gain, Number* y, cudaStream_t stream) {
  const unsigned threads = row_threads<Number, forward_packs>(shape.columns);
  launch(rms_norm_kernel<Number>, grid_of_items(rms_norm_kernel<Number>, threads, shape.rows), stream, shape.rows,
         static_cast<int>(shape.columns), x, gain, y);
}

template <class Number>
void rms_norm_backward(const MatrixShape& shape, const Number* x, const Number* gain, const Number* d_y, Number* d_x, Number* d_gain,
                       cudaStream_t stream) {
  const unsigned threads = row_threads<Number, backward_packs>(shape.columns);
  const Grid grid = grid_of_items(rms_norm_backward_kernel<Number>, threads, shape.rows);
  const StreamArray<float> d_gains(grid.blocks.x * shape.columns, stream);
  launch(rms_norm_backward_kernel<Number>, grid, stream, shape.rows, static_cast<int>(shape.columns), x, gain, d_y, d_x, d_gains.data());
  sum_partials(grid.blocks.x, shape.columns, d_gains.data(), d_gain, stream);
}

template void rms_norm<float>(const MatrixShape&, const float*, const float*, float*, cudaStream_t);
template void rms_norm<__half>(const MatrixShape&, const __half*, const __half*, __half*, cudaStream_t);
template void rms_norm<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);
template void rms_norm_backward<float>(const MatrixShape&, const float*, const float*, const float*, float*, float*, cudaStream_t);
template void rms_norm_backward<__half>(const MatrixShape&, const __half*, const __half*, const __half*, __half*, __half*, cudaStream_t);
template void rms_norm_backward<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const __nv_bfloat16*, const __nv_bfloat16*,
                                               __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);

}  // namespace orrery::kernels
