#include "kernels/adam.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace orrery::kernels {
namespace {

// At the first step the corrections undo the decays: the direction is the gradient's sign, whatever its size.
TEST(Adam, TheFirstStepGoesByTheSign) {
  std::vector<double> p = {1, 1};
  std::vector<double> m(2);
  std::vector<double> v(2);
  adam<double>({.learning_rate = 0.1}, std::vector<double>{4, -0.01}, p, m, v);
  EXPECT_NEAR(p[0], 0.9, 1e-6);
  EXPECT_NEAR(p[1], 1.1, 1e-6);
  EXPECT_NEAR(m[0], 0.4, 1e-12);
  EXPECT_NEAR(v[0], 0.016, 1e-12);
}

// Decays 1/2 and 3/4, gradients 2 then 0: m = 1 then 1/2, over 1 - 1/4; v = 1 then 3/4, over 1 - 9/16. Second step: 2/3 / sqrt(12/7).
// Weights decay by 0.1 * 0.5 of themselves.
TEST(Adam, MomentsDecay) {
  std::vector<double> p = {0};
  std::vector<double> m(1);
  std::vector<double> v(1);
  AdamStep step{.learning_rate = 0.1, .first_decay = 0.5, .second_decay = 0.75, .epsilon = 0, .weight_decay = 0.5, .step = 1};
  adam<double>(step, std::vector<double>{2}, p, m, v);
  EXPECT_NEAR(p[0], -0.1, 1e-12);
  step.step = 2;
  adam<double>(step, std::vector<double>{0}, p, m, v);
  EXPECT_NEAR(p[0], -0.1 - 0.1 * (2.0 / 3 / std::sqrt(12.0 / 7) - 0.05), 1e-12);
}

}  // namespace
}  // namespace orrery::kernels
