#include "kernels/dropout.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace orrery::kernels {
namespace {

// The first two numbers of splitmix64 seeded with 0, as its authors print them: e220a8397b1dcdaf and 6e789e6aa1b965f4, 0.883 and 0.432.
TEST(Dropout, DrawsBySplitmix64) {
  EXPECT_TRUE(is_kept({.rate = 0.88, .seed = 0}, 0));
  EXPECT_FALSE(is_kept({.rate = 0.89, .seed = 0}, 0));
  EXPECT_TRUE(is_kept({.rate = 0.43, .seed = 0}, 1));
  EXPECT_FALSE(is_kept({.rate = 0.44, .seed = 0}, 1));
}

// Of 10,000 a quarter, give or take four standard deviations of sqrt(10,000 * 1/4 * 3/4) = 43; what is kept grows by 4/3.
TEST(Dropout, KeepsItsShareAndItsSum) {
  const Dropout quarter{.rate = 0.25, .seed = 7};
  const std::vector<float> x(10000, 3);
  std::vector<float> y(x.size());
  std::vector<std::uint8_t> mask(x.size());
  dropout<float>(quarter, x, y, mask);
  EXPECT_NEAR(std::accumulate(mask.begin(), mask.end(), 0), 7500, 173);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], mask[i] == 1 ? 4.0F : 0.0F);
  std::vector<float> d_x(x.size());
  dropout_backward<float>(quarter, x, mask, d_x);
  EXPECT_EQ(d_x, y);  // linear: the same mask and scale
}

// Nothing is dropped: the residual and (1 + 10) or (2 + 20); the bias' gradient sums up its column.
TEST(Dropout, BiasAndResidualAreAdded) {
  const std::vector<float> x = {1, 2, 1, 2};
  const std::vector<float> bias = {10, 20};
  const std::vector<float> residual = {100, 200, 300, 400};
  std::vector<float> y(4);
  std::vector<std::uint8_t> mask(4);
  bias_dropout_add<float>({2, 2}, {.rate = 0}, x, bias, residual, y, mask);
  EXPECT_EQ(y, (std::vector<float>{111, 222, 311, 422}));
  std::vector<float> d_x(4);
  std::vector<float> d_bias(2);
  bias_dropout_add_backward<float>({2, 2}, {.rate = 0}, std::vector<float>{1, 2, 3, 4}, mask, d_x, d_bias);
  EXPECT_EQ(d_x, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(d_bias, (std::vector<float>{4, 6}));
}

// Half is dropped, so what is kept doubles; a dropped element passes no gradient.
TEST(Dropout, WhatIsDroppedHasNoGradient) {
  std::vector<float> d_x(4);
  std::vector<float> d_bias(2);
  const std::vector<std::uint8_t> mask = {1, 0, 1, 1};
  bias_dropout_add_backward<float>({2, 2}, {.rate = 0.5}, std::vector<float>{1, 2, 3, 4}, mask, d_x, d_bias);
  EXPECT_EQ(d_x, (std::vector<float>{2, 0, 6, 8}));
  EXPECT_EQ(d_bias, (std::vector<float>{8, 8}));
}

TEST(Dropout, EverythingCannotBeDropped) {
  std::vector<float> y(1);
  std::vector<std::uint8_t> mask(1);
  EXPECT_THROW(dropout<float>({.rate = 1}, std::vector<float>(1), y, mask), std::invalid_argument);
}

}  // namespace
}  // namespace orrery::kernels
