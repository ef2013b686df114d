#include <cmath>

#include "kernels/adam.cuh"
#include "kernels/launch.cuh"
#include "kernels/pack.cuh"

namespace orrery::kernels {
namespace {

struct Factors {
  float first_decay;
  float first_growth;  // 1 - first_decay, rounded once
  float second_decay;
  float second_growth;
  float first_correction;
  float second_correction;
  float rate;
  float epsilon;
  float weight_decay;
};

Factors factors_of(const AdamStep& step) {
  const auto count = static_cast<double>(step.step);
  return {.first_decay = static_cast<float>(step.first_decay),
          .first_growth = static_cast<float>(1 - step.first_decay),
          .second_decay = static_cast<float>(step.second_decay),
          .second_growth = static_cast<float>(1 - step.second_decay),
          .first_correction = static_cast<float>(1 / (1 - std::pow(step.first_decay, count))),
          .second_correction = static_cast<float>(1 / (1 - std::pow(step.second_decay, count))),
          .rate = static_cast<float>(step.learning_rate),
          .epsilon = static_cast<float>(step.epsilon),
          .weight_decay = static_cast<float>(step.weight_decay)};
}

constexpr int size = 4;  // elements of a thread at once: 16 bytes of each array of floats

template <class Number>
__global__ void adam_kernel(Factors by, std::int64_t packs, const Number* __restrict__ gradient, float* __restrict__ parameters,
                            float* __restrict__ first_moment, float* __restrict__ second_moment, Number* __restrict__ working) {
  for (std::int64_t at = thread_of_grid(); at < packs; at += threads_of_grid()) {
    const auto gradients = load_pack<size>(gradient + at * size);
    auto values = load_pack<size>(parameters + at * size);
    auto firsts = load_pack<size>(first_moment + at * size);
    auto seconds = load_pack<size>(second_moment + at * size);
    Pack<Number, size> copies;
    for (int i = 0; i < size; ++i) {
      const float g = as_float(gradients.at[i]);
      firsts.at[i] = by.first_decay * firsts.at[i] + by.first_growth * g;
      seconds.at[i] = by.second_decay * seconds.at[i] + by.second_growth * g * g;
      const float direction = by.first_correction * firsts.at[i] / (sqrtf(by.second_correction * seconds.at[i]) + by.epsilon);
      values.at[i] -= by.rate * (direction + by.weight_decay * values.at[i]);
      copies.at[i] = as_number<Number>(values.at[i]);
    }
    store_pack(parameters + at * size, values);
    store_pack(first_moment + at * size, firsts);
    store_pack(second_moment + at * size, seconds);
    if (working != nullptr) store_pack(working + at * size, copies);
  }
}

}  // namespace

template <class Number>
void adam(const AdamStep& step, std::int64_t count, const Number* gradient, float* parameters, float* first_moment, float* second_moment,
          Number* working, cudaStream_t stream) {
  const std::int64_t packs = expect_packs<float>(count, "parameters");
  launch(adam_kernel<Number>, grid_of_threads(adam_kernel<Number>, packs), stream, factors_of(step), packs, gradient, parameters,
         first_moment, second_moment, working);
}

template void adam<float>(const AdamStep&, std::int64_t, const float*, float*, float*, float*, float*, cudaStream_t);
template void adam<__half>(const AdamStep&, std::int64_t, const __half*, float*, float*, float*, __half*, cudaStream_t);
template void adam<__nv_bfloat16>(const AdamStep&, std::int64_t, const __nv_bfloat16*, float*, float*, float*, __nv_bfloat16*,
                                  cudaStream_t);

}  // namespace orrery::kernels
