#include "topology/traffic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/topology/assorted_fabrics.h"
#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

/// Of a fabric of one port a node: who sends to which node.
using Pairs = std::vector<std::pair<int, int>>;
Pairs pairs_of(const Traffic& traffic) {
  Pairs pairs;
  for (const Demand& demand : traffic) pairs.emplace_back(demand.from.node, demand.to.node);
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

Fabric tree_of(int nodes, int rails = 1) { return Fabric({.nodes = nodes, .rails = rails, .radix = 8}); }

/// Whether every port sends once and receives once, and never to itself.
bool is_matching(const Shape& shape, const Traffic& traffic) {
  std::set<std::uint32_t> from;
  std::set<std::uint32_t> to;
  for (const Demand& demand : traffic) {
    if (demand.from == demand.to) return false;
    from.insert(index(shape.vertex(demand.from)));
    to.insert(index(shape.vertex(demand.to)));
  }
  const auto ports = static_cast<std::size_t>(shape.ports());
  return traffic.size() == ports && from.size() == ports && to.size() == ports;
}

// Rail-optimised leaves hold a rail each, so leaf order is rail after rail; on a torus ports fill switch after switch.
TEST(Traffic, GoesByPlacesInLeafOrder) {
  const Fabric rails({.nodes = 4, .rails = 2, .radix = 8, .levels = 2});
  const auto tree = ports_in_leaf_order(rails.shape());
  ASSERT_EQ(tree.size(), 1U);
  EXPECT_EQ(tree[0], (std::vector<Port>{{0, 0}, {1, 0}, {2, 0}, {3, 0}, {0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  const FabricPorts ports{.nodes = 2, .rails = 2, .radix = 8, .link = {}};
  const Fabric ring = make_fabric({.topology = Topology::torus, .dimensions = {2}, .ports_per_switch = 2}, ports);
  EXPECT_EQ(ports_in_leaf_order(ring.shape())[0], (std::vector<Port>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
  const Fabric planes({.nodes = 2, .rails = 2, .radix = 8, .planes = true});
  const auto apart = ports_in_leaf_order(planes.shape());
  ASSERT_EQ(apart.size(), 2U);
  EXPECT_EQ(apart[1], (std::vector<Port>{{0, 1}, {1, 1}}));
}

TEST(Traffic, OfAShiftGoesRoundTheEnd) {
  const Fabric fabric = tree_of(4);
  EXPECT_EQ(pairs_of(shift_traffic(fabric.shape(), 1)), (Pairs{{0, 1}, {1, 2}, {2, 3}, {3, 0}}));
  EXPECT_EQ(pairs_of(shift_traffic(fabric.shape(), -1)), pairs_of(shift_traffic(fabric.shape(), 3)));
  EXPECT_EQ(pairs_of(shift_traffic(fabric.shape(), 5)), pairs_of(shift_traffic(fabric.shape(), 1)));
}

// 6 = 110 becomes 001, 011 becomes 110 under reversal: 1 and 4, 3 and 6 change places, 0, 2, 5, 7 are palindromes.
TEST(Traffic, OfBitPatternsIsThatOfTheirBits) {
  const Fabric eight = tree_of(8);
  EXPECT_EQ(pairs_of(complement_traffic(eight.shape())), (Pairs{{0, 7}, {1, 6}, {2, 5}, {3, 4}, {4, 3}, {5, 2}, {6, 1}, {7, 0}}));
  EXPECT_EQ(pairs_of(reversal_traffic(eight.shape())), (Pairs{{1, 4}, {3, 6}, {4, 1}, {6, 3}}));
  // 16 places: (row, column) = the two halves of the bits; 1 = (0, 1) goes to (1, 0) = 4.
  Pairs swapped;
  for (int place = 0; place < 16; ++place) {
    const int to = (place & 3) << 2 | place >> 2;
    if (to != place) swapped.emplace_back(place, to);
  }
  EXPECT_EQ(pairs_of(transpose_traffic(tree_of(16).shape())), swapped);
}

TEST(Traffic, OfBitPatternsLeavesOutWhatTheCountDoesNotAllow) {
  const Fabric seven = tree_of(7);
  EXPECT_EQ(pairs_of(complement_traffic(seven.shape())), (Pairs{{0, 6}, {1, 5}, {2, 4}, {4, 2}, {5, 1}, {6, 0}}));
  EXPECT_EQ(pairs_of(reversal_traffic(seven.shape())), (Pairs{{1, 2}, {2, 1}})) << "of 4";
  EXPECT_EQ(pairs_of(transpose_traffic(seven.shape())), (Pairs{{1, 2}, {2, 1}})) << "of 2 x 2";
}

TEST(Traffic, OfAPermutationIsAMatchingAndItsSeeds) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    const Traffic traffic = permutation_traffic(fabric.shape(), 5);
    EXPECT_TRUE(is_matching(fabric.shape(), traffic));
    EXPECT_EQ(traffic, permutation_traffic(fabric.shape(), 5));
    EXPECT_NE(traffic, permutation_traffic(fabric.shape(), 6));
    if (fabric.shape().joins_rails()) continue;
    for (const Demand& demand : traffic) EXPECT_EQ(demand.from.rail, demand.to.rail);
  }
}

// Of three there are two permutations without a fixed point: the shifts. 2,000 draws differ from half and half by a deviation of 22.
TEST(Traffic, OfPermutationsHasEachAsOften) {
  const Fabric fabric = tree_of(3);
  int first = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    if (pairs_of(permutation_traffic(fabric.shape(), seed)) == Pairs{{0, 1}, {1, 2}, {2, 0}}) ++first;
  }
  EXPECT_NEAR(first, 1000, 110);
}

TEST(Traffic, ThatIsUniformIsEveryPairOrASampleOfShifts) {
  const Fabric fabric = tree_of(5, 2);
  const Traffic all = uniform_traffic(fabric.shape());
  EXPECT_EQ(all.size(), 90U);
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const Demand& demand : all) pairs.emplace(index(fabric.vertex(demand.from)), index(fabric.vertex(demand.to)));
  EXPECT_EQ(pairs.size(), 90U);
  const Traffic some = uniform_traffic(fabric.shape(), {.most_demands = 39, .seed = 3});  // 3 shifts of 10
  EXPECT_EQ(some.size(), 30U);
  std::map<std::uint32_t, int> received;
  for (const Demand& demand : some) ++received[index(fabric.vertex(demand.to))];
  for (const auto& [port, times] : received) EXPECT_EQ(times, 3) << port;
  EXPECT_EQ(some, uniform_traffic(fabric.shape(), {.most_demands = 39, .seed = 3}));
  EXPECT_NE(some, uniform_traffic(fabric.shape(), {.most_demands = 39, .seed = 4}));
  EXPECT_EQ(uniform_traffic(fabric.shape(), {.most_demands = 0}).size(), 10U) << "one shift at least";
}

TEST(Traffic, OfAnAllToAllStaysOnItsRail) {
  const Fabric fabric = tree_of(5, 2);
  const Traffic traffic = all_to_all_traffic(fabric.shape());
  EXPECT_EQ(traffic.size(), 5U * 4 * 2);
  for (const Demand& demand : traffic) {
    EXPECT_EQ(demand.from.rail, demand.to.rail);
    EXPECT_NE(demand.from.node, demand.to.node);
  }
}

// 4 nodes, 25 percent: each of the others sends 3 * 25 = 75 to the hot one on top of 75 to each of three: a quarter of 300.
TEST(Traffic, OfAHotspotHasItsPercentage) {
  const Fabric fabric = tree_of(4);
  std::map<int, std::uint32_t> to_hot;
  std::map<int, std::uint32_t> in_all;
  for (const Demand& demand : hotspot_traffic(fabric.shape(), {.node = 2, .percent = 25})) {
    in_all[demand.from.node] += demand.weight;
    if (demand.to.node == 2) to_hot[demand.from.node] += demand.weight;
  }
  EXPECT_EQ(in_all, (std::map<int, std::uint32_t>{{0, 300}, {1, 300}, {2, 225}, {3, 300}}));
  EXPECT_EQ(to_hot, (std::map<int, std::uint32_t>{{0, 150}, {1, 150}, {3, 150}})) << "75 on top, 75 by the uniform rest";
  EXPECT_EQ(pairs_of(hotspot_traffic(fabric.shape(), {.node = 2, .percent = 100})), (Pairs{{0, 2}, {1, 2}, {3, 2}}));
}

TEST(Traffic, ThatIsNoneIsRefusedWithARemedy) {
  const Fabric fabric = tree_of(4);
  const Fabric lone = tree_of(1);
  using test::refusal;
  EXPECT_EQ(refusal([&] { static_cast<void>(shift_traffic(fabric.shape(), 8)); }),
            "a shift by 8 of 4 ports, by which each sends to itself; give 1 to 3");
  EXPECT_EQ(refusal([&] { static_cast<void>(uniform_traffic(lone.shape())); }),
            "traffic of a single port, which has nobody to send to; give at least 2 nodes");
  EXPECT_EQ(refusal([&] { static_cast<void>(all_to_all_traffic(lone.shape())); }),
            "an all-to-all of a single node, which has nobody to send to; give at least 2 nodes");
  EXPECT_EQ(refusal([&] { static_cast<void>(hotspot_traffic(fabric.shape(), {.node = 4})); }), "node 4 as hot spot; give 0 to 3");
  EXPECT_EQ(refusal([&] { static_cast<void>(hotspot_traffic(fabric.shape(), {.percent = 0})); }),
            "0 percent to the hot spot; give 1 to 100");
}

}  // namespace
}  // namespace orrery::topology
