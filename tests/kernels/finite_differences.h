// Checks a gradient against differences of the function that it is of.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace orrery::kernels::test {

/// Numbers from -1 to 1 without a pattern.
inline std::vector<double> drawn(std::size_t count, unsigned seed) {
  std::vector<double> numbers;
  unsigned state = seed;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    numbers.push_back(static_cast<double>(state >> 8U) / (1 << 23U) - 1);
  }
  return numbers;
}

/// What a loss weighs the outputs with, so that no two count alike.
inline double weighted_sum(const std::vector<double>& outputs, const std::vector<double>& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) sum += outputs[i] * weights[i];
  return sum;
}

/// Central differences err by the third derivative times 1e-10 / 6 and by rounding over 1e-5.
inline void expect_gradient(const std::function<double(const std::vector<double>&)>& loss, const std::vector<double>& at,
                            const std::vector<double>& gradient) {
  constexpr double step = 1e-5;
  ASSERT_EQ(at.size(), gradient.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::vector<double> changed = at;
    changed[i] = at[i] + step;
    const double above = loss(changed);
    changed[i] = at[i] - step;
    EXPECT_NEAR((above - loss(changed)) / (2 * step), gradient[i], 1e-8) << "element " << i;
  }
}

}  // namespace orrery::kernels::test
