#include "kernels/reduction.cuh"
#include "kernels/row.cuh"
#include "kernels/softmax.cuh"

namespace orrery::kernels {
namespace {

constexpr int forward_packs = 4;   // of a thread
constexpr int backward_packs = 2;  // fewer: a thread keeps two rows

template <class Number>
__global__ void __launch_bounds__(1024)
    softmax_kernel(std::int64_t rows, int columns, float scale, const Number* __restrict__ scores, Number* __restrict__ probabilities) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const int visible = static_cast<int>(row % columns) + 1;
    Row<Number, forward_packs> values;
    values.load(scores + row * columns, visible);
    float highest = Maximum::nothing;
    for (int pack = 0; pack < forward_packs; ++pack) {
      for (int i = 0; i < values.size; ++i) {
        if (values.column(pack) + i < visible) highest = fmaxf(highest, as_float(values.at[pack].at[i]));
      }
    }
    highest = block_maximum(highest);
    float exponentials[forward_packs][values.size] = {};
    float sum = 0;
    for (int pack = 0; pack < forward_packs; ++pack) {
      for (int i = 0; i < values.size; ++i) {
        if (values.column(pack) + i >= visible) continue;
        exponentials[pack][i] = __expf(scale * (as_float(values.at[pack].at[i]) - highest));
        sum += exponentials[pack][i];
      }
    }
    const float inverse = 1 / block_sum(sum);
    for (int pack = 0; pack < forward_packs; ++pack) {
      for (int i = 0; i < values.size; ++i) values.at[pack].at[i] = as_number<Number>(exponentials[pack][i] * inverse);
    }
    values.store(probabilities + row * columns, columns);
  }
}

// Probabilities that are not seen are zero, and so are the gradients of their scores.
template <class Number>
__global__ void __launch_bounds__(1024)
    softmax_backward_kernel(std::int64_t rows, int columns, float scale, const Number* __restrict__ probabilities,
                            const Number* __restrict__ d_probabilities, Number* __restrict__ d_scores) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const int visible = static_cast<int>(row % columns) + 1;
    Row<Number, backward_packs> values;
    Row<Number, backward_packs> gradients;
    values.load(probabilities + row * columns, visible);
    gradients.load(d_probabilities + row * columns, visible);
    float mean = 0;
    for (int pack = 0; pack < backward_packs; ++pack) {
      for (int i = 0; i < values.size; ++i) {
        if (values.column(pack) + i < visible) mean += as_float(values.at[pack].at[i]) * as_float(gradients.at[pack].at[i]);
      }
    }
    mean = block_sum(mean);
    for (int pack = 0; pack < backward_packs; ++pack) {
      for (int i = 0; i < values.size; ++i) {
        const bool is_visible = values.column(pack) + i < visible;
        const float d_score = scale * as_float(values.at[pack].at[i]) * (as_float(gradients.at[pack].at[i]) - mean);
        gradients.at[pack].at[i] = as_number<Number>(is_visible ? d_score : 0);
      }
    }
    gradients.store(d_scores + row * columns, columns);
  }
}

}  // namespace

template <class Number>
void softmax(const MatrixShape& shape, float scale, const Number* scores, Number* probabilities, cudaStream_t stream) {
  const unsigned threads = row_threads<Number, forward_packs>(shape.columns);
  launch(softmax_kernel<Number>, grid_of_items(softmax_kernel<Number>, threads, shape.rows), stream, shape.rows,
         static_cast<int>(shape.columns), scale, scores, probabilities);
}

template <class Number>
void softmax_backward(const MatrixShape& shape, float scale, const Number* probabilities, const Number* d_probabilities, Number* d_scores,
                      cudaStream_t stream) {
  const unsigned threads = row_threads<Number, backward_packs>(shape.columns);
  launch(softmax_backward_kernel<Number>, grid_of_items(softmax_backward_kernel<Number>, threads, shape.rows), stream, shape.rows,
         static_cast<int>(shape.columns), scale, probabilities, d_probabilities, d_scores);
}

template void softmax<float>(const MatrixShape&, float, const float*, float*, cudaStream_t);
template void softmax<__half>(const MatrixShape&, float, const __half*, __half*, cudaStream_t);
template void softmax<__nv_bfloat16>(const MatrixShape&, float, const __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);
template void softmax_backward<float>(const MatrixShape&, float, const float*, const float*, float*, cudaStream_t);
template void softmax_backward<__half>(const MatrixShape&, float, const __half*, const __half*, __half*, cudaStream_t);
template void softmax_backward<__nv_bfloat16>(const MatrixShape&, float, const __nv_bfloat16*, const __nv_bfloat16*, __nv_bfloat16*,
                                              cudaStream_t);

}  // namespace orrery::kernels
