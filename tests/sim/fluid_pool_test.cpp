#include "sim/fluid_pool.h"

#include <gtest/gtest.h>

#include <random>

namespace orrery::sim {
namespace {

// Fluids over the first resource, each once.
FluidPool::Fluid over_link(FluidPool& pool, double cap = 10) {
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
  for (const auto fluid : fluids) EXPECT_NEAR(pool.rate(fluid), 4.0 / 3, 1e-14);
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

TEST(FluidPool, AFluidThatIsLimitedLeavesTheRestToItsRivals) {
  // Two share 10; limited to 2, one leaves 8, and takes 5 again without; at rest, a limit is for the next time.
  const std::vector<Resource> resources{{10}};
  FluidPool pool(resources);
  const auto limited = over_link(pool);
  const auto other = over_link(pool);
  const auto alone = pool.declare({}, 3);
  for (const auto fluid : {limited, other, alone}) pool.begin(fluid, 1'000, Time{});
  pool.settle(Time{});
  pool.limit(limited, 2);
  pool.limit(alone, 4);
  pool.settle(Time{} + 1_us);
  EXPECT_EQ(pool.rate(limited), 2);
  EXPECT_EQ(pool.rate(other), 8);
  EXPECT_EQ(pool.rate(alone), 4);
  EXPECT_EQ(pool.retimed().size(), 3U);
  pool.limit(limited, 2);
  pool.settle(Time{} + 2_us);
  EXPECT_TRUE(pool.retimed().empty());
  pool.limit(limited, 10);
  pool.settle(Time{} + 3_us);
  EXPECT_EQ(pool.rate(limited), 5);
  EXPECT_EQ(pool.rate(other), 5);
  pool.end(limited);
  pool.limit(limited, 1);
  pool.begin(limited, 1'000, Time{} + 4_us);
  pool.settle(Time{} + 4_us);
  EXPECT_EQ(pool.rate(limited), 1);
  EXPECT_EQ(pool.rate(other), 9);
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
    const auto fluid = over_link(pool, static_cast<double>(rate));
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

TEST(FluidPool, OverAResourceThatLosesItsCapacityAFluidStandsStill) {
  // 100 units at 10 a second; at 2 s the resource dies, at 5 s it serves 4 a second: 80 are left, 20 s more.
  const std::vector<Resource> resources{{10}};
  FluidPool pool(resources);
  const auto fluid = over_link(pool);
  const auto second = [](std::int64_t n) { return Time{n * Picosecond::per_second}; };
  pool.begin(fluid, 100, second(0));
  pool.settle(second(0));
  const auto announced = pool.version(fluid);
  pool.set_capacity(ResourceId{0}, 0);
  pool.settle(second(2));
  EXPECT_TRUE(pool.retimed().empty());
  EXPECT_NE(pool.version(fluid), announced);
  EXPECT_EQ(pool.rate(fluid), 0);
  EXPECT_EQ(pool.standstill(), ResourceId{0});
  pool.set_capacity(ResourceId{0}, 4);
  pool.settle(second(5));
  ASSERT_EQ(pool.retimed().size(), 1U);
  EXPECT_EQ(pool.retimed()[0].end, second(25));
  EXPECT_EQ(pool.standstill(), std::nullopt);
}

TEST(FluidPool, ARedirectedFluidLeavesItsOldResourceToOthers) {
  // Two fluids share 10; at 1 s one of them, with 95 left, goes over a resource of 2 instead: 47.5 s more. The other's 95 take 9.5 s.
  const std::vector<Resource> resources{{10}, {2}};
  FluidPool pool(resources);
  const auto one = over_link(pool);
  const auto other = over_link(pool);
  pool.begin(one, 100, Time{});
  pool.begin(other, 100, Time{});
  pool.settle(Time{});
  const Time later{Picosecond::per_second};
  EXPECT_EQ(pool.remaining(one, later), 95);
  const Demand detour{ResourceId{1}, 1};
  pool.redirect(one, {&detour, 1});
  pool.settle(later);
  EXPECT_EQ(pool.rate(one), 2);
  EXPECT_EQ(pool.rate(other), 10);
}

// Ring A shares a link of 10 with B. Held up there both, they share it regularly; with a link of 2 of its own, A is held up elsewhere.
TEST(FluidPool, ARingThatIsHeldUpElsewhereSharesIrregularly) {
  const auto shares_irregularly = [](std::int64_t own_capacity, bool pipelined) {
    const std::vector<Resource> resources{{10}, {own_capacity}};
    FluidPool pool(resources);
    const std::vector<Demand> both{{ResourceId{0}, 1}, {ResourceId{1}, 1}};
    const auto a = pool.declare(both, 10);
    const auto b = over_link(pool);
    if (pipelined) pool.mark_pipelined(a);
    pool.begin(a, 100, Time{});
    pool.begin(b, 100, Time{});
    pool.settle(Time{});
    return pool.irregular();
  };
  EXPECT_FALSE(shares_irregularly(10, true));
  EXPECT_TRUE(shares_irregularly(2, true));
  EXPECT_FALSE(shares_irregularly(2, false));
}

// Rates after each of a thousand random changes, however much is solved again: the same to the last bit.
TEST(FluidPool, SolvingWhatIsTouchedGivesTheRatesOfSolvingEverything) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    const auto draw = [&](std::uint64_t bound) { return random() % bound; };
    std::vector<Resource> resources;
    for (std::uint64_t r = 0; r < 2 + draw(20); ++r) resources.push_back({static_cast<std::int64_t>(1 + draw(9)) * 1'000});
    resources.push_back({20'000});
    FluidPool touched(resources, Resolve::touched);
    FluidPool component(resources, Resolve::component);
    const auto demands = [&] {
      std::vector<Demand> drawn;
      for (std::uint32_t r = 0; r < resources.size(); ++r) {
        if (draw(resources.size()) < 3) drawn.push_back({ResourceId{r}, static_cast<std::uint32_t>(1 + draw(3))});
      }
      return drawn;
    };
    std::vector<FluidPool::Fluid> fluids;
    for (int f = 0; f < 30; ++f) {
      const auto drawn = demands();
      const double rate = 100.0 * static_cast<double>(1 + draw(100));
      fluids.push_back(touched.declare(drawn, rate));
      component.declare(drawn, rate);
    }
    for (std::int64_t step = 0; step < 100; ++step) {
      for (std::uint64_t change = 0; change <= draw(3); ++change) {
        const auto fluid = fluids[draw(fluids.size())];
        const ResourceId resource{static_cast<std::uint32_t>(draw(resources.size()))};
        const auto capacity = static_cast<std::int64_t>(draw(5) == 0 ? 0 : draw(20'000));
        const auto drawn = demands();
        const auto what = draw(10);
        for (FluidPool* pool : {&touched, &component}) {
          if (what == 0) {
            pool->set_capacity(resource, capacity);
          } else if (what == 1) {
            pool->redirect(fluid, drawn);
          } else if (pool->flows(fluid)) {
            pool->end(fluid);
          } else {
            pool->begin(fluid, 1'000'000, Time{step});
          }
        }
      }
      touched.settle(Time{step});
      component.settle(Time{step});
      for (const auto fluid : fluids) ASSERT_EQ(touched.rate(fluid), component.rate(fluid)) << "seed " << seed << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace orrery::sim
