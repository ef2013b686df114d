#include "kernels/columns.cuh"
#include "kernels/layer_norm.cuh"
#include "kernels/layer_norm.h"
#include "kernels/reduction.cuh"
#include "kernels/row.cuh"
#include "kernels/stream_array.cuh"

namespace orrery::kernels {
namespace {

constexpr int forward_packs = 4;                 // of a thread
constexpr int backward_packs = 2;                // fewer: a thread keeps two rows and two sums
constexpr unsigned most_backward_threads = 768;  // of a block: with 1024, each has 64 registers and some of the sums go to memory

struct Moments {
  float mean;
  float inverse_deviation;
};

template <class Number, int packs>
__device__ Moments moments_of(const Row<Number, packs>& x, int columns) {
  float sum = 0;
  for (int pack = 0; pack < packs; ++pack) {
    if (x.column(pack) >= columns) continue;
    for (const Number value : x.at[pack].at) sum += as_float(value);
  }
  const float mean = block_sum(sum) / static_cast<float>(columns);
  float squares = 0;
  for (int pack = 0; pack < packs; ++pack) {
    if (x.column(pack) >= columns) continue;
    for (const Number value : x.at[pack].at) squares += (as_float(value) - mean) * (as_float(value) - mean);
  }
  return {mean, rsqrtf(block_sum(squares) / static_cast<float>(columns) + static_cast<float>(layer_norm_epsilon))};
}

template <class Number>
__global__ void __launch_bounds__(1024)
    layer_norm_kernel(std::int64_t rows, int columns, const Number* __restrict__ x, const Number* __restrict__ gain,
                      const Number* __restrict__ shift, Number* __restrict__ y) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    Row<Number, forward_packs> values;
    values.load(x + row * columns, columns);
    const Moments moments = moments_of(values, columns);
    for (int pack = 0; pack < forward_packs; ++pack) {
      if (values.column(pack) >= columns) continue;
      const auto gains = load_pack<values.size>(gain + values.column(pack));
      const auto shifts = load_pack<values.size>(shift + values.column(pack));
      for (int i = 0; i < values.size; ++i) {
        const float normal = (as_float(values.at[pack].at[i]) - moments.mean) * moments.inverse_deviation;
        values.at[pack].at[i] = as_number<Number>(normal * as_float(gains.at[i]) + as_float(shifts.at[i]));
      }
    }
    values.store(y + row * columns, columns);
  }
}

/// A line of `d_gains` and `d_shifts` a block.
template <class Number>
__global__ void __launch_bounds__(most_backward_threads)
    layer_norm_backward_kernel(std::int64_t rows, int columns, const Number* __restrict__ x, const Number* __restrict__ gain,
                               const Number* __restrict__ d_y, Number* __restrict__ d_x, float* __restrict__ d_gains,
                               float* __restrict__ d_shifts) {
  constexpr int size = pack_size<Number>;
  float d_gain[backward_packs][size] = {};
  float d_shift[backward_packs][size] = {};
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    Row<Number, backward_packs> values;
    Row<Number, backward_packs> gradients;
    values.load(x + row * columns, columns);
    gradients.load(d_y + row * columns, columns);
    const Moments moments = moments_of(values, columns);
    float sum = 0;
    float moment = 0;
    for (int pack = 0; pack < backward_packs; ++pack) {
      if (values.column(pack) >= columns) continue;
      const auto gains = load_pack<size>(gain + values.column(pack));
      for (int i = 0; i < size; ++i) {
        const float normal = (as_float(values.at[pack].at[i]) - moments.mean) * moments.inverse_deviation;
        const float gradient = as_float(gradients.at[pack].at[i]);
        sum += gradient * as_float(gains.at[i]);
        moment += gradient * as_float(gains.at[i]) * normal;
        d_gain[pack][i] += gradient * normal;
        d_shift[pack][i] += gradient;
      }
    }
    sum = block_sum(sum) / static_cast<float>(columns);
    moment = block_sum(moment) / static_cast<float>(columns);
    for (int pack = 0; pack < backward_packs; ++pack) {
      if (values.column(pack) >= columns) continue;
      const auto gains = load_pack<size>(gain + values.column(pack));
      for (int i = 0; i < size; ++i) {
        const float normal = (as_float(values.at[pack].at[i]) - moments.mean) * moments.inverse_deviation;
        const float weighted = as_float(gradients.at[pack].at[i]) * as_float(gains.at[i]);
        gradients.at[pack].at[i] = as_number<Number>(moments.inverse_deviation * (weighted - sum - normal * moment));
      }
    }
    gradients.store(d_x + row * columns, columns);
  }
  store_sums(d_gain, columns, d_gains + std::int64_t{blockIdx.x} * columns);
  store_sums(d_shift, columns, d_shifts + std::int64_t{blockIdx.x} * columns);
}

}  // namespace

template <class Number>
void layer_norm(const MatrixShape& shape, const Number* x, const Number* gain, const Number* shift, Number* y, cudaStream_t stream) {
  const unsigned threads = row_threads<Number, forward_packs>(shape.columns);
  launch(layer_norm_kernel<Number>, grid_of_items(layer_norm_kernel<Number>, threads, shape.rows), stream, shape.rows,
         static_cast<int>(shape.columns), x, gain, shift, y);
}

template <class Number>
void layer_norm_backward(const MatrixShape& shape, const Number* x, const Number* gain, const Number* d_y, Number* d_x, Number* d_gain,
                         Number* d_shift, cudaStream_t stream) {
  const unsigned threads = row_threads<Number, backward_packs>(shape.columns, most_backward_threads);
  const Grid grid = grid_of_items(layer_norm_backward_kernel<Number>, threads, shape.rows);
  const StreamArray<float> d_gains(grid.blocks.x * shape.columns, stream);
  const StreamArray<float> d_shifts(grid.blocks.x * shape.columns, stream);
  launch(layer_norm_backward_kernel<Number>, grid, stream, shape.rows, static_cast<int>(shape.columns), x, gain, d_y, d_x, d_gains.data(),
         d_shifts.data());
  sum_partials(grid.blocks.x, shape.columns, d_gains.data(), d_gain, stream);
  sum_partials(grid.blocks.x, shape.columns, d_shifts.data(), d_shift, stream);
}

template void layer_norm<float>(const MatrixShape&, const float*, const float*, const float*, float*, cudaStream_t);
template void layer_norm<__half>(const MatrixShape&, const __half*, const __half*, const __half*, __half*, cudaStream_t);
template void layer_norm<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const __nv_bfloat16*, const __nv_bfloat16*,
                                        __nv_bfloat16*, cudaStream_t);
template void layer_norm_backward<float>(const MatrixShape&, const float*, const float*, const float*, float*, float*, float*,
                                         cudaStream_t);
template void layer_norm_backward<__half>(const MatrixShape&, const __half*, const __half*, const __half*, __half*, __half*, __half*,
                                          cudaStream_t);
template void layer_norm_backward<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const __nv_bfloat16*, const __nv_bfloat16*,
                                                 __nv_bfloat16*, __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);

}  // namespace orrery::kernels
