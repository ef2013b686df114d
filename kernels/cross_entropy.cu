#include "kernels/cross_entropy.cuh"
#include "kernels/launch.cuh"
#include "kernels/pack.cuh"
#include "kernels/reduction.cuh"

namespace orrery::kernels {
namespace {

constexpr unsigned row_threads_of_logits = 512;

/// log(sum exp(row)) in one pass: a thread scales its sum down when a pack has a higher logit.
template <class Number>
__device__ float log_sum_of(const Number* row, std::int64_t columns) {
  constexpr int size = pack_size<Number>;
  float highest = Maximum::nothing;
  float sum = 0;
#pragma unroll 2
  for (std::int64_t column = threadIdx.x * size; column < columns; column += blockDim.x * size) {
    const auto pack = load_pack<size>(row + column);
    float now_highest = highest;
    for (const Number value : pack.at) now_highest = fmaxf(now_highest, as_float(value));
    sum *= __expf(highest - now_highest);
    for (const Number value : pack.at) sum += __expf(as_float(value) - now_highest);
    highest = now_highest;
  }
  const float highest_of_all = block_maximum(highest);
  // A thread without any logit has -infinity and 0.
  return highest_of_all + logf(block_sum(sum * __expf(highest - highest_of_all)));
}

template <class Number>
__global__ void __launch_bounds__(row_threads_of_logits)
    cross_entropy_kernel(std::int64_t rows, std::int64_t columns, const Number* __restrict__ logits,
                         const std::int32_t* __restrict__ targets, float* __restrict__ losses) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const float log_sum = log_sum_of(logits + row * columns, columns);
    if (threadIdx.x == 0) losses[row] = log_sum - as_float(logits[row * columns + targets[row]]);
  }
}

template <class Number>
__global__ void __launch_bounds__(row_threads_of_logits)
    cross_entropy_backward_kernel(std::int64_t rows, std::int64_t columns, const Number* logits, const std::int32_t* __restrict__ targets,
                                  float d_loss, Number* d_logits) {
  constexpr int size = pack_size<Number>;
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const float log_sum = log_sum_of(logits + row * columns, columns);
    const int target = targets[row];
    for (std::int64_t column = threadIdx.x * size; column < columns; column += blockDim.x * size) {
      auto pack = load_pack<size>(logits + row * columns + column);
      for (int i = 0; i < size; ++i) {
        const float probability = __expf(as_float(pack.at[i]) - log_sum);
        pack.at[i] = as_number<Number>(d_loss * (probability - (column + i == target ? 1.0F : 0.0F)));
      }
      store_pack(d_logits + row * columns + column, pack);
    }
  }
}

}  // namespace

template <class Number>
void cross_entropy(const MatrixShape& shape, const Number* logits, const std::int32_t* targets, float* losses, cudaStream_t stream) {
  expect_packs<Number>(shape.columns, "logits of a row");
  launch(cross_entropy_kernel<Number>, grid_of_items(cross_entropy_kernel<Number>, row_threads_of_logits, shape.rows), stream, shape.rows,
         shape.columns, logits, targets, losses);
}

template <class Number>
void cross_entropy_backward(const MatrixShape& shape, const Number* logits, const std::int32_t* targets, float d_loss, Number* d_logits,
                            cudaStream_t stream) {
  expect_packs<Number>(shape.columns, "logits of a row");
  launch(cross_entropy_backward_kernel<Number>, grid_of_items(cross_entropy_backward_kernel<Number>, row_threads_of_logits, shape.rows),
         stream, shape.rows, shape.columns, logits, targets, d_loss, d_logits);
}

template void cross_entropy<float>(const MatrixShape&, const float*, const std::int32_t*, float*, cudaStream_t);
template void cross_entropy<__half>(const MatrixShape&, const __half*, const std::int32_t*, float*, cudaStream_t);
template void cross_entropy<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const std::int32_t*, float*, cudaStream_t);
template void cross_entropy_backward<float>(const MatrixShape&, const float*, const std::int32_t*, float, float*, cudaStream_t);
template void cross_entropy_backward<__half>(const MatrixShape&, const __half*, const std::int32_t*, float, __half*, cudaStream_t);
template void cross_entropy_backward<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const std::int32_t*, float, __nv_bfloat16*,
                                                    cudaStream_t);

}  // namespace orrery::kernels
