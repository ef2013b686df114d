#include "kernels/softmax.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/finite_differences.h"

namespace orrery::kernels {
namespace {

// Row 0 sees one column; row 1 has exp(2 * [0, ln 3 / 2]) = [1, 3] of 4.
TEST(Softmax, RowsSeeTheColumnsUpToTheirOwn) {
  std::vector<double> p(4);
  softmax<double>({2, 2}, 2.0, std::vector<double>{7, 8, 0, std::log(3.0) / 2}, p);
  EXPECT_DOUBLE_EQ(p[0], 1);
  EXPECT_DOUBLE_EQ(p[1], 0);
  EXPECT_DOUBLE_EQ(p[2], 0.25);
  EXPECT_DOUBLE_EQ(p[3], 0.75);
}

TEST(Softmax, GradientIsThatOfDifferences) {
  const MatrixShape shape{6, 3};  // two heads of three queries
  const std::vector<double> scores = test::drawn(18, 1);
  const std::vector<double> weights = test::drawn(18, 2);
  std::vector<double> p(18);
  std::vector<double> gradient(18);
  softmax<double>(shape, 0.7, scores, p);
  softmax_backward<double>(shape, 0.7, p, weights, gradient);
  const auto loss = [&](const std::vector<double>& at) {
    softmax<double>(shape, 0.7, at, p);
    return test::weighted_sum(p, weights);
  };
  test::expect_gradient(loss, scores, gradient);
}

}  // namespace
}  // namespace orrery::kernels
