#include "kernels/columns.cuh"
#include "kernels/embedding.cuh"

namespace orrery::kernels {
namespace {

template <class Number>
__global__ void embedding_kernel(std::int64_t rows, std::int64_t columns, const Number* __restrict__ table,
                                 const std::int32_t* __restrict__ tokens, Number* __restrict__ out) {
  constexpr int size = pack_size<Number>;
  const std::int64_t column = thread_of_grid() * size;
  if (column >= columns) return;
#pragma unroll 4
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    store_pack(out + row * columns + column, load_pack<size>(table + tokens[row] * columns + column));
  }
}

template <class Number>
__global__ void embedding_backward_kernel(std::int64_t rows, std::int64_t columns, const std::int32_t* __restrict__ tokens,
                                          const Number* __restrict__ d_out, float* __restrict__ d_table) {
  constexpr int size = pack_size<Number>;
  const std::int64_t column = thread_of_grid() * size;
  if (column >= columns) return;
#pragma unroll 2
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    const auto pack = load_pack<size>(d_out + row * columns + column);
    for (int i = 0; i < size; ++i) atomicAdd(d_table + tokens[row] * columns + column + i, as_float(pack.at[i]));
  }
}

}  // namespace

template <class Number>
void embedding(const MatrixShape& shape, const Number* table, const std::int32_t* tokens, Number* out, cudaStream_t stream) {
  launch(embedding_kernel<Number>, grid_of_columns<Number>(embedding_kernel<Number>, shape), stream, shape.rows, shape.columns, table,
         tokens, out);
}

template <class Number>
void embedding_backward(const MatrixShape& shape, const std::int32_t* tokens, const Number* d_out, float* d_table, cudaStream_t stream) {
  launch(embedding_backward_kernel<Number>, grid_of_columns<Number>(embedding_backward_kernel<Number>, shape), stream, shape.rows,
         shape.columns, tokens, d_out, d_table);
}

template void embedding<float>(const MatrixShape&, const float*, const std::int32_t*, float*, cudaStream_t);
template void embedding<__half>(const MatrixShape&, const __half*, const std::int32_t*, __half*, cudaStream_t);
template void embedding<__nv_bfloat16>(const MatrixShape&, const __nv_bfloat16*, const std::int32_t*, __nv_bfloat16*, cudaStream_t);
template void embedding_backward<float>(const MatrixShape&, const std::int32_t*, const float*, float*, cudaStream_t);
template void embedding_backward<__half>(const MatrixShape&, const std::int32_t*, const __half*, float*, cudaStream_t);
template void embedding_backward<__nv_bfloat16>(const MatrixShape&, const std::int32_t*, const __nv_bfloat16*, float*, cudaStream_t);

}  // namespace orrery::kernels
