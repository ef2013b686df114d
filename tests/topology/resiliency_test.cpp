#include "topology/resiliency.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

Fabric full_tree(Routing routing) { return Fabric({.nodes = 128, .rails = 1, .radix = 16, .routing = routing}); }

TEST(Resiliency, WithoutDeadCablesIsThroughput) {
  const Fabric fabric = full_tree(Routing::d_mod_k);
  const Traffic traffic = permutation_traffic(fabric.shape(), 1);
  const Throughput intact = throughput(fabric, traffic);
  const Resiliency result = resiliency(fabric, traffic, {.dead = 0, .seeds = 3});
  EXPECT_EQ(result.dead_cables, 0);
  EXPECT_EQ(result.mean.least, intact.mean);
  EXPECT_EQ(result.mean.most, intact.mean);
  EXPECT_EQ(result.minimum.least, intact.minimum);
  EXPECT_EQ(result.cut_off.most, 0);
}

// 16 leaves of 8 ports: without a spine each port reaches 7 of 127, and those at full rate.
TEST(Resiliency, WithAllCablesDeadIsThatOfLeaves) {
  const Fabric fabric = full_tree(Routing::ecmp);
  const Resiliency result = resiliency(fabric, uniform_traffic(fabric.shape()), {.dead = 1, .seeds = 2});
  EXPECT_EQ(result.dead_cables, 128);
  EXPECT_EQ(result.cut_off, (DrawSpread{120 / 127.0, 120 / 127.0, 120 / 127.0, 120 / 127.0, 120 / 127.0}));
  EXPECT_EQ(result.minimum, DrawSpread{});
  EXPECT_NEAR(result.mean.least, 7 / 127.0, 1e-12);  // a sum of 128
  EXPECT_NEAR(result.mean.most, 7 / 127.0, 1e-12);
}

// Every port sends to the next leaf. What leaves a leaf with some of its 8 uplinks dead, or comes to it, has only the others: all of them
// at most, so no draw is above the live part of cables, and the worst leaf's neighbours are at its own part or below.
TEST(Resiliency, OfAShiftIsAtMostTheLivePartOfCables) {
  const Fabric fabric = full_tree(Routing::adaptive);
  const Traffic traffic = shift_traffic(fabric.shape(), 8);
  double before = 1;
  for (const double dead : {0.0625, 0.125, 0.25}) {
    const Resiliency result = resiliency(fabric, traffic, {.dead = dead, .seeds = 10});
    EXPECT_EQ(result.dead_cables, static_cast<std::int64_t>(128 * dead));
    EXPECT_LE(result.mean.most, 1 - dead);
    EXPECT_LT(result.mean.mean, before);
    EXPECT_LE(result.minimum.most, result.mean.least);
    EXPECT_LT(result.mean.least, result.mean.most) << "draws differ";
    EXPECT_LE(result.mean.least, result.mean.mean);
    EXPECT_LE(result.mean.mean, result.mean.most);
    before = result.mean.mean;
  }
}

TEST(Resiliency, KillsAsManyCablesBetweenSwitchesAsItSays) {
  std::set<std::set<std::uint32_t>> draws;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Fabric fabric = full_tree(Routing::d_mod_k);
    fabric.set_alive(fabric.out_link(fabric.vertex("leaf0"), 0), false);
    kill_cables(fabric, 0.1, seed);  // of 127: 13
    std::set<std::uint32_t> dead;
    for (std::uint32_t link = 0; link < fabric.links(); link += 2) {
      if (!fabric.alive(LinkId{link})) dead.insert(link);
    }
    EXPECT_EQ(dead.size(), 14U);
    for (const std::uint32_t link : dead) EXPECT_EQ(fabric.layer_of(LinkId{link}), 1);
    draws.insert(dead);
  }
  EXPECT_EQ(draws.size(), 20U);
}

TEST(Resiliency, IsThatOfItsSeeds) {
  const Fabric fabric = full_tree(Routing::d_mod_k);
  const Traffic traffic = permutation_traffic(fabric.shape(), 1);
  const Resiliency first = resiliency(fabric, traffic, {.dead = 0.05, .seeds = 4});
  EXPECT_EQ(resiliency(fabric, traffic, {.dead = 0.05, .seeds = 4}), first);
  EXPECT_NE(resiliency(fabric, traffic, {.dead = 0.05, .seeds = 4, .first_seed = 4}), first);
  EXPECT_FALSE(fabric.any_dead());
}

TEST(Resiliency, RefusesWhatIsNoFraction) {
  const Fabric fabric = full_tree(Routing::d_mod_k);
  const Traffic traffic = shift_traffic(fabric.shape(), 1);
  EXPECT_EQ(test::refusal([&] { static_cast<void>(resiliency(fabric, traffic, {.dead = 1.5})); }),
            "1.5 of all cables dead; give a fraction of 0 to 1, e.g. 0.01");
  EXPECT_EQ(test::refusal([&] { static_cast<void>(resiliency(fabric, traffic, {.seeds = 0})); }), "0 seeds; give at least 1");
}

}  // namespace
}  // namespace orrery::topology
