#include "sim/fluid_pool.h"

#include <gtest/gtest.h>

namespace orrery::sim {
namespace {

constexpr double uncapped = std::numeric_limits<double>::infinity();

// Fluids over the first resource, each once.
FluidPool::Fluid over_link(FluidPool& pool, double cap = uncapped) {
  const Demand link{ResourceId{0}, 1};
  return pool.declare({&link, 1}, cap);
}

TEST(FluidPool, FractionalCapsThatOverloadALinkTogetherShareIt) {
  // Three fluids of at most 1.4 a second want 4.2 of 4: a third of 4 each. Each cap rounded down would promise 3, and no contention.
  const std::vector<Resource> resources{{4}};
  FluidPool pool(resources);
  std::vector<FluidPool::Fluid> fluids;
  for (int i = 0; i < 3; ++i) fluids.push_back(over_link(pool, 1.4));
  for (const auto fluid : fluids) pool.begin(fluid, 100, Time{});
  pool.settle(Time{});
  for (const auto fluid : fluids) EXPECT_DOUBLE_EQ(pool.rate(fluid), 4.0 / 3);
}

TEST(FluidPool, AFluidWhoseRateStaysKeepsItsAnnouncedEnd) {
  // The capped fluid has 1 of 10 whatever the others do: when one of them ends, it is not announced again.
  const std::vector<Resource> resources{{10}};
  FluidPool pool(resources);
  const auto capped = over_link(pool, 1);
  const auto first = over_link(pool);
  const auto second = over_link(pool);
  for (const auto fluid : {capped, first, second}) pool.begin(fluid, 1'000, Time{});
  pool.settle(Time{});
  EXPECT_EQ(pool.retimed().size(), 3U);
  const auto version = pool.version(capped);
  const Time later{Picosecond::per_second};
  pool.end(first);
  pool.settle(later);
  ASSERT_EQ(pool.retimed().size(), 1U);
  EXPECT_EQ(pool.retimed()[0].fluid, second);
  EXPECT_EQ(pool.version(capped), version);
  // 1,000 less 4.5 in the first second, at 9 a second from then on.
  EXPECT_DOUBLE_EQ(pool.rate(second), 9);
  EXPECT_NEAR((pool.retimed()[0].end - later).seconds(), (1'000 - 4.5) / 9, 1e-9);
}

TEST(FluidPool, NothingIsSolvedWhereNothingCanBind) {
  const std::vector<Resource> resources{{10}};
  FluidPool pool(resources);
  const auto one = over_link(pool, 4);
  const auto other = over_link(pool, 5);
  pool.begin(one, 100, Time{});
  pool.settle(Time{});
  pool.begin(other, 100, Time{});
  pool.settle(Time{});
  ASSERT_EQ(pool.retimed().size(), 1U);  // its neighbour is left alone
  EXPECT_EQ(pool.retimed()[0].fluid, other);
  EXPECT_EQ(pool.rate(one), 4);
  EXPECT_EQ(pool.rate(other), 5);
}

TEST(FluidPool, WholeQuotientsEndOnTheExactPicosecond) {
  // 1 byte at 1 GB/s: 1,000 ps. 3 at 3 GB/s as well; 1 at 3 GB/s is 333.3 ps, rounded up.
  using Case = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  for (const auto& [bytes, rate, ticks] : {Case{1, 1'000'000'000, 1'000}, {3, 3'000'000'000, 1'000}, {1, 3'000'000'000, 334}}) {
    const std::vector<Resource> resources{{rate}};
    FluidPool pool(resources);
    const auto fluid = over_link(pool);
    pool.begin(fluid, bytes, Time{});
    pool.settle(Time{});
    EXPECT_EQ(pool.retimed()[0].end, Time{ticks});
  }
}

TEST(FluidPool, AForgottenFluidsNumberIsUsedAgainWithNewVersions) {
  const std::vector<Resource> resources{{10}};
  FluidPool pool(resources);
  const auto first = over_link(pool);
  pool.begin(first, 10, Time{});
  pool.settle(Time{});
  const auto announced = pool.version(first);
  pool.end(first);
  pool.forget(first);
  const auto second = over_link(pool, 2);
  EXPECT_EQ(second, first);
  EXPECT_NE(pool.version(second), announced);
  pool.begin(second, 10, Time{});
  pool.settle(Time{});
  EXPECT_EQ(pool.rate(second), 2);
}

}  // namespace
}  // namespace orrery::sim
