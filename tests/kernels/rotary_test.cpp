#include "kernels/rotary.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/finite_differences.h"

namespace orrery::kernels {
namespace {

// Dimension 2: one pair, turned by the position itself. Token 0 stays; (1, 0) of token 1 becomes (cos 1, sin 1).
TEST(Rotary, TurnsPairsByPosition) {
  std::vector<double> y(4);
  rotary<double>({.tokens = 2, .heads = 1, .dimension = 2}, Turn::forward, std::vector<double>{3, 4, 1, 0}, y);
  EXPECT_EQ(y[0], 3);
  EXPECT_EQ(y[1], 4);
  EXPECT_DOUBLE_EQ(y[2], std::cos(1.0));
  EXPECT_DOUBLE_EQ(y[3], std::sin(1.0));
}

// Dimension 4, base 16: the second pair turns by position / 4.
TEST(Rotary, LaterPairsTurnSlower) {
  std::vector<double> y(8);
  rotary<double>({.tokens = 2, .heads = 1, .dimension = 4, .base = 16}, Turn::forward, std::vector<double>{0, 0, 0, 0, 0, 1, 0, 0}, y);
  EXPECT_DOUBLE_EQ(y[5], std::cos(0.25));
  EXPECT_DOUBLE_EQ(y[7], std::sin(0.25));
}

TEST(Rotary, TurningBackUndoesIt) {
  const std::vector<double> x = test::drawn(24, 1);
  std::vector<double> y = x;
  const RotaryShape shape{.tokens = 3, .heads = 2, .dimension = 4};
  rotary<double>(shape, Turn::forward, y, y);
  EXPECT_NE(y, x);
  rotary<double>(shape, Turn::back, y, y);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i], 1e-12);
}

TEST(Rotary, GradientIsThatOfDifferences) {
  const RotaryShape shape{.tokens = 3, .heads = 2, .dimension = 4};
  const std::vector<double> weights = test::drawn(24, 2);
  std::vector<double> gradient(24);
  rotary<double>(shape, Turn::back, weights, gradient);
  const auto loss = [&](const std::vector<double>& at) {
    std::vector<double> y(24);
    rotary<double>(shape, Turn::forward, at, y);
    return test::weighted_sum(y, weights);
  };
  test::expect_gradient(loss, test::drawn(24, 1), gradient);
}

}  // namespace
}  // namespace orrery::kernels
