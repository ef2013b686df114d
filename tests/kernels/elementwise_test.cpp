#include "kernels/elementwise.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/gradient_norm.h"

namespace orrery::kernels {
namespace {

TEST(Elementwise, FillsAndCopies) {
  std::vector<float> y(3);
  fill<float>(2, y);
  EXPECT_EQ(y, (std::vector<float>{2, 2, 2}));
  copy<float>(std::vector<float>{1, 2, 3}, y);
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3}));
}

TEST(Elementwise, ReducesPartsThatLieBehindEachOther) {
  std::vector<float> y(2);
  reduce<float>(std::vector<float>{1, 2, 10, 20, 100, 200}, y);
  EXPECT_EQ(y, (std::vector<float>{111, 222}));
  EXPECT_THROW(reduce<float>(std::vector<float>(3), y), std::invalid_argument);
}

// Two reads, two writes, over more than one strip: element i becomes i + 1.
TEST(Elementwise, EveryOutputIsTheSumOfAllInputs) {
  constexpr std::int64_t n = 2500;
  std::vector<float> inputs(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    inputs[i] = static_cast<float>(i);
    inputs[n + i] = 1;
  }
  std::vector<float> outputs(2 * n, -1);
  EXPECT_EQ(elementwise<float>({n, 2, 2}, inputs, outputs), 0);
  for (std::size_t i = 0; i < 2 * n; ++i) ASSERT_EQ(outputs[i], static_cast<float>(i % n + 1));
}

TEST(Elementwise, WhatWritesNothingSumsUp) { EXPECT_EQ(elementwise<float>({3, 1, 0}, std::vector<float>{1, 2, 3}, {}), 6); }

TEST(Elementwise, WhatReadsNothingWritesZero) {
  std::vector<float> outputs(4, 9);
  elementwise<float>({2, 0, 2}, {}, outputs);
  EXPECT_EQ(outputs, (std::vector<float>(4)));
}

// 3-4-12-84: sqrt(9 + 16 + 144 + 7056) = 85.
TEST(GradientNorm, IsEuclidean) { EXPECT_DOUBLE_EQ(gradient_norm<float>(std::vector<float>{3, -4, 12, -84}), 85); }

}  // namespace
}  // namespace orrery::kernels
