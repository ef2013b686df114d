#include <gtest/gtest.h>

#include <cmath>

#include "kernels/layer_norm.h"
#include "kernels/rms_norm.h"
#include "tests/kernels/finite_differences.h"

namespace orrery::kernels {
namespace {

using test::drawn;
using test::weighted_sum;

// Mean 3, variance 4, but for epsilon: -1 and 1; gain 2 and 3, shift 10 and 20: 8 and 23.
TEST(LayerNorm, ARowOfTwo) {
  std::vector<double> y(2);
  layer_norm<double>({1, 2}, std::vector<double>{1, 5}, std::vector<double>{2, 3}, std::vector<double>{10, 20}, y);
  EXPECT_NEAR(y[0], 8, 1e-5);
  EXPECT_NEAR(y[1], 23, 1e-5);
}

TEST(LayerNorm, GradientsAreThoseOfDifferences) {
  const MatrixShape shape{3, 5};
  const std::vector<double> x = drawn(15, 1);
  const std::vector<double> gain = drawn(5, 2);
  const std::vector<double> shift = drawn(5, 3);
  const std::vector<double> weights = drawn(15, 4);
  std::vector<double> d_x(15);
  std::vector<double> d_gain(5);
  std::vector<double> d_shift(5);
  layer_norm_backward<double>(shape, x, gain, weights, d_x, d_gain, d_shift);
  const auto loss = [&](const std::vector<double>& rows, const std::vector<double>& gains, const std::vector<double>& shifts) {
    std::vector<double> y(15);
    layer_norm<double>(shape, rows, gains, shifts, y);
    return weighted_sum(y, weights);
  };
  test::expect_gradient([&](const std::vector<double>& at) { return loss(at, gain, shift); }, x, d_x);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(x, at, shift); }, gain, d_gain);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(x, gain, at); }, shift, d_shift);
}

// The mean square of 1 and 7 is 25, but for epsilon: 0.2 and 1.4, times 10 and 100.
TEST(RmsNorm, ARowOfTwo) {
  std::vector<double> y(2);
  rms_norm<double>({1, 2}, std::vector<double>{1, 7}, std::vector<double>{10, 100}, y);
  EXPECT_NEAR(y[0], 2, 1e-4);
  EXPECT_NEAR(y[1], 140, 1e-4);
}

TEST(RmsNorm, GradientsAreThoseOfDifferences) {
  const MatrixShape shape{3, 5};
  const std::vector<double> x = drawn(15, 1);
  const std::vector<double> gain = drawn(5, 2);
  const std::vector<double> weights = drawn(15, 4);
  std::vector<double> d_x(15);
  std::vector<double> d_gain(5);
  rms_norm_backward<double>(shape, x, gain, weights, d_x, d_gain);
  const auto loss = [&](const std::vector<double>& rows, const std::vector<double>& gains) {
    std::vector<double> y(15);
    rms_norm<double>(shape, rows, gains, y);
    return weighted_sum(y, weights);
  };
  test::expect_gradient([&](const std::vector<double>& at) { return loss(at, gain); }, x, d_x);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(x, at); }, gain, d_gain);
}

}  // namespace
}  // namespace orrery::kernels
