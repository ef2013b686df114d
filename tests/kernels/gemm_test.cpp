#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <vector>

namespace orrery::kernels {
namespace {

// [1 2 3; 4 5 6] * [1 0; 0 1; 1 1] = [1+3 2+3; 4+6 5+6].
TEST(Gemm, TwoByThreeTimesThreeByTwo) {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};
  const std::vector<float> b = {1, 0, 0, 1, 1, 1};
  std::vector<float> c(4, 99);
  gemm<float>({.m = 2, .n = 2, .k = 3}, a, b, c);
  EXPECT_EQ(c, (std::vector<float>{4, 5, 10, 11}));
}

// 2 * 3 and [1 1] * [4 5] transposed, apart: a batch does not mix.
TEST(Gemm, ProductsOfABatchAreApart) {
  std::vector<double> c(2);
  gemm<double>({.m = 1, .n = 1, .k = 2, .batch = 2}, std::vector<double>{2, 0, 1, 1}, std::vector<double>{3, 7, 4, 5}, c);
  EXPECT_EQ(c, (std::vector<double>{6, 9}));
}

TEST(Gemm, AnOperandOfAnotherSizeIsRefused) {
  std::vector<double> c(2);
  EXPECT_THROW(gemm<double>({.m = 1, .n = 2, .k = 2}, std::vector<double>(2), std::vector<double>(3), c), std::invalid_argument);
}

}  // namespace
}  // namespace orrery::kernels
