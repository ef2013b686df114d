#include <cmath>
#include <numbers>

#include "kernels/launch.cuh"
#include "kernels/pack.cuh"
#include "kernels/rotary.cuh"

namespace orrery::kernels {
namespace {

struct TurnRate {
  double log2_base;
  double sign;
};

/// A thread turns one pack of pairs of one token, in all heads.
template <class Number>
__global__ void rotary_kernel(std::int64_t tokens, std::int64_t heads, std::int64_t dimension, TurnRate rate, const Number* x, Number* y) {
  constexpr int size = pack_size<Number>;
  const std::int64_t half = dimension / 2;
  for (std::int64_t at = thread_of_grid(); at < tokens * half / size; at += threads_of_grid()) {
    const std::int64_t token = at / (half / size);
    const std::int64_t first = at % (half / size) * size;
    float cosine[size];
    float sine[size];
    for (int i = 0; i < size; ++i) {
      const double frequency = exp2(-2.0 * static_cast<double>(first + i) / static_cast<double>(dimension) * rate.log2_base);
      const double half_turns = rate.sign * static_cast<double>(token) * frequency * std::numbers::inv_pi;
      sincospif(static_cast<float>(half_turns - 2 * rint(half_turns / 2)), &sine[i], &cosine[i]);
    }
#pragma unroll 2
    for (std::int64_t head = token * heads; head < (token + 1) * heads; ++head) {
      auto a = load_pack<size>(x + head * dimension + first);
      auto b = load_pack<size>(x + head * dimension + half + first);
      for (int i = 0; i < size; ++i) {
        const float left = as_float(a.at[i]);
        const float right = as_float(b.at[i]);
        a.at[i] = as_number<Number>(left * cosine[i] - right * sine[i]);
        b.at[i] = as_number<Number>(right * cosine[i] + left * sine[i]);
      }
      store_pack(y + head * dimension + first, a);
      store_pack(y + head * dimension + half + first, b);
    }
  }
}

}  // namespace

template <class Number>
void rotary(const RotaryShape& shape, Turn turn, const Number* x, Number* y, cudaStream_t stream) {
  if (shape.dimension % 2 != 0) throw std::invalid_argument("a head that turns has an even dimension");
  const std::int64_t packs = expect_packs<Number>(shape.dimension / 2, "pairs of a head");
  const TurnRate rate{std::log2(shape.base), turn == Turn::forward ? 1.0 : -1.0};
  launch(rotary_kernel<Number>, grid_of_threads(rotary_kernel<Number>, shape.tokens * packs), stream, shape.tokens, shape.heads,
         shape.dimension, rate, x, y);
}

template void rotary<float>(const RotaryShape&, Turn, const float*, float*, cudaStream_t);
template void rotary<__half>(const RotaryShape&, Turn, const __half*, __half*, cudaStream_t);
template void rotary<__nv_bfloat16>(const RotaryShape&, Turn, const __nv_bfloat16*, __nv_bfloat16*, cudaStream_t);

}  // namespace orrery::kernels
