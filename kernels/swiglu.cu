#include "kernels/launch.cuh"
#include "kernels/pack.cuh"
#include "kernels/swiglu.cuh"

namespace orrery::kernels {
namespace {

__device__ float sigmoid(float v) { return 1 / (1 + __expf(-v)); }

template <class Number>
__global__ void swiglu_kernel(std::int64_t packs, const Number* __restrict__ gate, const Number* __restrict__ up, Number* __restrict__ y) {
  constexpr int size = pack_size<Number>;
#pragma unroll 2
  for (std::int64_t at = thread_of_grid(); at < packs; at += threads_of_grid()) {
    auto gates = load_pack<size>(gate + at * size);
    const auto ups = load_pack<size>(up + at * size);
    for (int i = 0; i < size; ++i) {
      const float v = as_float(gates.at[i]);
      gates.at[i] = as_number<Number>(v * sigmoid(v) * as_float(ups.at[i]));
    }
    store_pack(y + at * size, gates);
  }
}

template <class Number>
__global__ void swiglu_backward_kernel(std::int64_t packs, const Number* __restrict__ gate, const Number* __restrict__ up,
                                       const Number* __restrict__ d_y, Number* __restrict__ d_gate, Number* __restrict__ d_up) {
  constexpr int size = pack_size<Number>;
  for (std::int64_t at = thread_of_grid(); at < packs; at += threads_of_grid()) {
    auto gates = load_pack<size>(gate + at * size);
    auto ups = load_pack<size>(up + at * size);
    const auto gradients = load_pack<size>(d_y + at * size);
    for (int i = 0; i < size; ++i) {
      const float v = as_float(gates.at[i]);
      const float s = sigmoid(v);
      const float gradient = as_float(gradients.at[i]);
      gates.at[i] = as_number<Number>(gradient * as_float(ups.at[i]) * (s + v * s * (1 - s)));
      ups.at[i] = as_number<Number>(gradient * v * s);
    }
    store_pack(d_gate + at * size, gates);
    store_pack(d_up + at * size, ups);
  }
}

}  // namespace

template <class Number>
void swiglu(std::int64_t count, const Number* gate, const Number* up, Number* y, cudaStream_t stream) {
  const std::int64_t packs = expect_packs<Number>(count, "elements");
  launch(swiglu_kernel<Number>, grid_of_threads(swiglu_kernel<Number>, packs), stream, packs, gate, up, y);
}

template <class Number>
void swiglu_backward(std::int64_t count, const Number* gate, const Number* up, const Number* d_y, Number* d_gate, Number* d_up,
                     cudaStream_t stream) {
  const std::int64_t packs = expect_packs<Number>(count, "elements");
  launch(swiglu_backward_kernel<Number>, grid_of_threads(swiglu_backward_kernel<Number>, packs), stream, packs, gate, up, d_y, d_gate,
         d_up);
}

template void swiglu<float>(std::int64_t, const float*, const float*, float*, cudaStream_t);
template void swiglu<__half>(std::int64_t, const __half*, const __half*, __half*, cudaStream_t);
template void swiglu<__nv_bfloat16>(std::int64_t, const __nv_bfloat16*, const __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);
template void swiglu_backward<float>(std::int64_t, const float*, const float*, const float*, float*, float*, cudaStream_t);
template void swiglu_backward<__half>(std::int64_t, const __half*, const __half*, const __half*, __half*, __half*, cudaStream_t);
template void swiglu_backward<__nv_bfloat16>(std::int64_t, const __nv_bfloat16*, const __nv_bfloat16*, const __nv_bfloat16*, __nv_bfloat16*,
                                             __nv_bfloat16*, cudaStream_t);

}  // namespace orrery::kernels
