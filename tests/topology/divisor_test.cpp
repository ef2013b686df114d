#include "topology/divisor.h"

#include <gtest/gtest.h>

#include <climits>

#include "sim/random.h"

namespace orrery::topology {
namespace {

void expect_divides(int of, int by) {
  const Divisor divisor = by;
  ASSERT_EQ(of / divisor, of / by) << of << " / " << by;
  ASSERT_EQ(of % divisor, of % by) << of << " % " << by;
}

TEST(Divisor, DividesAsIntsDo) {
  static_assert(47 / Divisor(20) == 2 && 47 % Divisor(20) == 7);
  for (const int by : {1, 2, 3, 5, 7, 8, 20, 36, 40, 64, 641, 1 << 20, (1 << 30) - 1, 1 << 30, INT_MAX - 1, INT_MAX}) {
    for (const int of : {0, 1, by - 1, by, by == INT_MAX ? by : by + 1, INT_MAX / by * by, INT_MAX / by * by - 1, INT_MAX})
      expect_divides(of, by);
  }
  sim::Random random(1, 0);
  for (int i = 0; i < 100'000; ++i) {
    const auto by = static_cast<int>(1 + random.below(std::uint64_t{1} << (1 + i % 31)) % INT_MAX);
    expect_divides(static_cast<int>(random.below(INT_MAX)), by);
  }
}

}  // namespace
}  // namespace orrery::topology
