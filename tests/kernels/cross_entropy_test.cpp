#include "kernels/cross_entropy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/finite_differences.h"

namespace orrery::kernels {
namespace {

// Two alike: ln 2. exp gives 1 and 3, the target is the 3: ln 4/3. A logit of 1000 must not overflow.
TEST(CrossEntropy, IsTheLogarithmOfTheTargetsShare) {
  std::vector<double> losses(3);
  const std::vector<std::int32_t> targets = {1, 1, 0};
  cross_entropy<double>({3, 2}, std::vector<double>{5, 5, 0, std::log(3.0), 1000, 0}, targets, losses);
  EXPECT_NEAR(losses[0], std::log(2.0), 1e-12);
  EXPECT_NEAR(losses[1], std::log(4.0 / 3), 1e-12);
  EXPECT_NEAR(losses[2], 0, 1e-12);
}

TEST(CrossEntropy, GradientIsThatOfDifferences) {
  const MatrixShape shape{3, 4};
  const std::vector<std::int32_t> targets = {3, 0, 2};
  const std::vector<double> logits = test::drawn(12, 1);
  std::vector<double> gradient(12);
  cross_entropy_backward<double>(shape, logits, targets, 0.5, gradient);
  const auto loss = [&](const std::vector<double>& at) {
    std::vector<double> losses(3);
    cross_entropy<double>(shape, at, targets, losses);
    return 0.5 * (losses[0] + losses[1] + losses[2]);
  };
  test::expect_gradient(loss, logits, gradient);
}

TEST(CrossEntropy, ATargetOutsideTheVocabularyIsRefused) {
  std::vector<double> losses(1);
  EXPECT_THROW(cross_entropy<double>({1, 2}, std::vector<double>(2), std::vector<std::int32_t>{2}, losses), std::invalid_argument);
}

}  // namespace
}  // namespace orrery::kernels
