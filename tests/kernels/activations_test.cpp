#include <gtest/gtest.h>

#include <cmath>

#include "kernels/gelu.h"
#include "kernels/swiglu.h"
#include "tests/kernels/finite_differences.h"

namespace orrery::kernels {
namespace {

using test::drawn;
using test::weighted_sum;

// 0 stays 0; far out it is the identity or nothing; of 1 it is 0.8412 (the exact form has 0.8413).
TEST(Gelu, PassesWhatIsPositive) {
  std::vector<double> y(4);
  bias_gelu<double>({2, 2}, std::vector<double>{-1, 20, 0, -20}, std::vector<double>{1, 0}, y);
  EXPECT_DOUBLE_EQ(y[0], 0);
  EXPECT_NEAR(y[1], 20, 1e-12);
  EXPECT_NEAR(y[2], 0.8412, 5e-5);
  EXPECT_NEAR(y[3], 0, 1e-12);
}

TEST(Gelu, GradientsAreThoseOfDifferences) {
  const MatrixShape shape{4, 3};
  const std::vector<double> x = drawn(12, 1);
  const std::vector<double> bias = drawn(3, 2);
  const std::vector<double> weights = drawn(12, 3);
  std::vector<double> d_x(12);
  std::vector<double> d_bias(3);
  bias_gelu_backward<double>(shape, x, bias, weights, d_x, d_bias);
  const auto loss = [&](const std::vector<double>& at, const std::vector<double>& b) {
    std::vector<double> y(12);
    bias_gelu<double>(shape, at, b, y);
    return weighted_sum(y, weights);
  };
  test::expect_gradient([&](const std::vector<double>& at) { return loss(at, bias); }, x, d_x);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(x, at); }, bias, d_bias);
}

// sigmoid(ln 3) = 3/4: ln 3 * 3/4 * 4.
TEST(Swiglu, GatesWhatComesUp) {
  std::vector<double> y(2);
  swiglu<double>(std::vector<double>{std::log(3.0), 0}, std::vector<double>{4, 100}, y);
  EXPECT_NEAR(y[0], 3 * std::log(3.0), 1e-12);
  EXPECT_DOUBLE_EQ(y[1], 0);
}

TEST(Swiglu, GradientsAreThoseOfDifferences) {
  const std::vector<double> gate = drawn(7, 1);
  const std::vector<double> up = drawn(7, 2);
  const std::vector<double> weights = drawn(7, 3);
  std::vector<double> d_gate(7);
  std::vector<double> d_up(7);
  swiglu_backward<double>(gate, up, weights, d_gate, d_up);
  const auto loss = [&](const std::vector<double>& g, const std::vector<double>& u) {
    std::vector<double> y(7);
    swiglu<double>(g, u, y);
    return weighted_sum(y, weights);
  };
  test::expect_gradient([&](const std::vector<double>& at) { return loss(at, up); }, gate, d_gate);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(gate, at); }, up, d_up);
}

}  // namespace
}  // namespace orrery::kernels
