#include "sim/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace orrery::sim {
namespace {

// Random123's known-answer file, philox4x32 10: counter 0, key 0 gives 6627e8d5 e169c58d bc57ac4c 9b00dbd8. Low words come first.
TEST(Random, GivesThePublishedAnswer) {
  Random random(0, 0);
  EXPECT_EQ(random.bits(), 0xe169c58d6627e8d5u);
  EXPECT_EQ(random.bits(), 0x9b00dbd8bc57ac4cu);
}

// The key and the upper half of the counter are those of Random123's third known answer (digits of pi), the block is 3. The words are from
// a separate ten-line Philox in Python that gives the published answers.
TEST(Random, SeedIsTheKeyAndStreamTheUpperCounter) {
  Random random(0x299f31d0a4093822u, 0x0370734413198a2eu);
  for (int draw = 0; draw < 6; ++draw) random.bits();
  EXPECT_EQ(random.bits(), 0x0b7c9c707e697560u);
  EXPECT_EQ(random.bits(), 0x03de4390a6a7103fu);
}

TEST(Random, SameSeedAndStreamGiveTheSameDraws) {
  Random one(7, 9);
  Random two(7, 9);
  for (int draw = 0; draw < 100; ++draw) EXPECT_EQ(one.bits(), two.bits());
}

// 64 x 1,000 pairs of independent bits agree in half of them: 32,000 with a standard deviation of 126.
TEST(Random, StreamsAndSeedsAreIndependent) {
  for (const auto& [seed, stream] :
       {std::pair<std::uint64_t, std::uint64_t>{1, 1}, {2, 0}, {1, std::uint64_t{1} << 32}, {std::uint64_t{1} << 40, 0}}) {
    Random one(1, 0);
    Random two(seed, stream);
    int equal = 0;
    for (int draw = 0; draw < 1000; ++draw) equal += __builtin_popcountll(~(one.bits() ^ two.bits()));
    EXPECT_NEAR(equal, 32'000, 600) << seed << " " << stream;
  }
}

// A uniform variable has mean 1/2 and variance 1/12; over 100,000 draws the mean's standard deviation is 0.0009.
TEST(Random, UniformFillsTheUnitInterval) {
  Random random(3, 0);
  double sum = 0;
  double squares = 0;
  double least = 1;
  double most = 0;
  for (int draw = 0; draw < 100'000; ++draw) {
    const double x = random.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
    squares += x * x;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  EXPECT_NEAR(sum / 1e5, 0.5, 0.005);
  EXPECT_NEAR(squares / 1e5, 1.0 / 3, 0.005);
  EXPECT_LT(least, 1e-3);
  EXPECT_GT(most, 1 - 1e-3);
}

// 60,000 draws below 6: 10,000 each with a standard deviation of 91.
TEST(Random, BelowIsEven) {
  Random random(4, 0);
  std::vector<int> counts(6);
  for (int draw = 0; draw < 60'000; ++draw) ++counts.at(random.below(6));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

// Below 3 * 2^62 a plain remainder would give the lowest 2^62 twice as often as the others: half of the draws instead of a third.
TEST(Random, BelowIsEvenForBoundsThatDoNotDivideTheRange) {
  Random random(5, 0);
  const std::uint64_t quarter = std::uint64_t{1} << 62;
  int low = 0;
  for (int draw = 0; draw < 30'000; ++draw) {
    const std::uint64_t x = random.below(3 * quarter);
    ASSERT_LT(x, 3 * quarter);
    if (x < quarter) ++low;
  }
  EXPECT_NEAR(low, 10'000, 500);
}

TEST(Random, BelowOneIsZeroAndBelowZeroIsABug) {
  Random random(6, 0);
  EXPECT_EQ(random.below(1), 0u);
  EXPECT_THROW(random.below(0), std::logic_error);
}

// An exponential variable has its mean as standard deviation; P(x > mean) = 1/e.
TEST(Random, ExponentialHasItsMeanAndTail) {
  Random random(7, 0);
  double sum = 0;
  int late = 0;
  for (int draw = 0; draw < 100'000; ++draw) {
    const double x = random.exponential(20);
    ASSERT_GE(x, 0.0);
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    if (x > 20) ++late;
  }
  EXPECT_NEAR(sum / 1e5, 20, 0.3);
  EXPECT_NEAR(late / 1e5, std::exp(-1.0), 0.01);
  EXPECT_THROW(random.exponential(0), std::logic_error);
}

}  // namespace
}  // namespace orrery::sim
