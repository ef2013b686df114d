#include "topology/bisection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>

#include "tests/topology/assorted_fabrics.h"
#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

Bisection bisected(const Fabric& fabric, const BisectionLimits& limits = {}) {
  return bisection(fabric, SwitchGraph(fabric, test::hdr), test::hdr, limits).value();
}
sim::BytesPerSecond cables(double count) { return test::hdr * count; }

/// 4 nodes of 2 NICs on either side: nothing but these limits.
TEST(Bisection, OfOneSwitchIsWhatHalfTheNicsSend) {
  const Bisection found = bisected(test::hdr_fabric({.topology = Topology::single_switch}, 8, 2, 40));
  EXPECT_EQ(found.meaning, BisectionMeaning::minimum);
  EXPECT_EQ(found.halves, cables(8));
  EXPECT_EQ(found.least, cables(8));
}

/// Halves are two leaves of two uplinks each. With every other node on either side, nodes of one leaf send each other what they can.
TEST(Bisection, OfATaperedTreeIsWhatHalfTheLeavesSendUp) {
  const Fabric fabric = test::tapered_tree();
  const Bisection found = bisected(fabric);
  EXPECT_EQ(found.halves, cables(4));
  EXPECT_EQ(found.least, cables(4));
  const std::vector<bool> every_other = {true, false, true, false, true, false, true, false};
  EXPECT_EQ(bandwidth_between(SwitchGraph(fabric, test::hdr), every_other), cables(8));
}

TEST(Bisection, OfATreeIsItsClosedForm) {
  for (const double o : {1.0, 3.0}) {  // two units of 6 nodes; 24 NICs
    const Fabric fabric = test::hdr_fabric({.oversubscription = o}, o == 1 ? 16 : 12, 2, 8);
    const Bisection searched = bisected(fabric);
    const Bisection counted = bisected(fabric, {.most_arcs = 0});
    EXPECT_EQ(counted.meaning, BisectionMeaning::closed_form);
    EXPECT_EQ(counted.halves, cables(static_cast<double>(fabric.ports()) / (2 * o)));
    EXPECT_EQ(searched.halves, counted.halves);
    EXPECT_EQ(searched.least, counted.halves);
  }
  // 3 levels, 140 nodes: the top holds all that half the NICs send.
  const Fabric superpod = test::hdr_fabric({}, 140, 8, 40);
  EXPECT_EQ(bisected(superpod, {.random_partitions = 1}).least, cables(70 * 8));
  EXPECT_EQ(bisected(superpod, {.most_arcs = 0}).halves, cables(70 * 8));
}

/// 2 N / n_max cables: two rings are cut at two places each in every one of four rows.
TEST(Bisection, OfATorusIsItsClosedForm) {
  for (const int parallel : {1, 2}) {
    const Bisection found = bisected(test::square_torus(parallel));
    EXPECT_EQ(found.meaning, BisectionMeaning::upper_bound);
    EXPECT_EQ(found.halves, cables(2 * 16 / 4 * parallel));
    EXPECT_EQ(found.least, found.halves);
  }
}

/// 2 x 2 x 4 switches, the last coordinate counting fastest. Halves cut the first side, of 2, whose 8 pairs have two cables each; runs of
/// two nodes cut the side of 4: 2 x 16 / 4.
TEST(Bisection, FindsTheLongestSideOfATorusByRuns) {
  const Bisection found = bisected(test::hdr_fabric({.topology = Topology::torus, .dimensions = {2, 2, 4}}, 16, 4, 40));
  EXPECT_EQ(found.halves, cables(16));
  EXPECT_EQ(found.least, cables(8));
  EXPECT_EQ(found.least_partition, "runs of 2 nodes");
}

/// Two rows of four on either side: in each column every switch of a side is joined with two of the other.
TEST(Bisection, OfAHyperXIsThatOfItsMeshes) { EXPECT_EQ(bisected(test::square_hyperx()).least, cables(4 * 2 * 2)); }

/// Two groups on either side: 4 pairs of groups with 2 cables each.
TEST(Bisection, OfADragonflyIsWhatJoinsItsGroups) {
  const Bisection found = bisected(test::four_groups());
  EXPECT_EQ(found.meaning, BisectionMeaning::minimum);
  EXPECT_EQ(found.halves, cables(8));
}

/// The bisection width of Petersen's graph is 5, by a pentagon against a pentagram.
TEST(Bisection, OfPetersensGraphIsFive) {
  const Bisection found = bisected(test::petersen());
  EXPECT_EQ(found.meaning, BisectionMeaning::minimum);
  EXPECT_EQ(found.partitions, 1 + 126);
  EXPECT_EQ(found.least, cables(5));
}

TEST(Bisection, LeavesOutDeadLinks) {
  Fabric fabric = test::tapered_tree();
  fabric.set_alive(fabric.link("leaf0 -> spine1"), false);
  EXPECT_EQ(bisected(fabric).halves, cables(3));
  EXPECT_EQ(bisected(fabric, {.most_arcs = 0}).halves, cables(3.5)) << "half of what is left of the layer";
  fabric.set_alive(fabric.link("leaf0 -> spine0"), false);
  fabric.set_alive(fabric.link("leaf1 -> spine0"), false);
  fabric.set_alive(fabric.link("leaf1 -> spine1"), false);
  EXPECT_EQ(bisected(fabric).least, cables(0));
}

TEST(Bisection, HasNoMeaningForOneNode) {
  const Fabric fabric = test::hdr_fabric({.topology = Topology::single_switch}, 1, 8, 40);
  EXPECT_EQ(bisection(fabric, SwitchGraph(fabric, test::hdr), test::hdr), std::nullopt);
}

TEST(Bisection, IsLeftOutWhereNeitherSearchNorClosedFormAnswers) {
  const Fabric fabric = test::square_torus(1);
  EXPECT_EQ(bisection(fabric, SwitchGraph(fabric, test::hdr), test::hdr, {.most_arcs = 10}), std::nullopt);
}

/// Least over all sets of switches that could be on the side of the first nodes.
std::int64_t brute_force(const Fabric& fabric, const std::vector<bool>& is_first) {
  const std::int64_t switches = fabric.vertices() - fabric.ports();
  std::int64_t least = INT64_MAX;
  for (std::uint32_t set = 0; set < 1U << switches; ++set) {
    const auto is_on_first_side = [&](VertexId vertex) {
      if (fabric.shape().is_port(vertex)) return bool{is_first[static_cast<std::size_t>(fabric.shape().port(vertex).node)]};
      return (set >> (index(vertex) - fabric.ports()) & 1U) == 1;
    };
    std::int64_t cut = 0;
    for (std::uint32_t cable = 0; cable < fabric.shape().cables(); ++cable) {
      if (fabric.alive(LinkId{2 * cable}) &&
          is_on_first_side(fabric.shape().end(cable, 0)) != is_on_first_side(fabric.shape().end(cable, 1)))
        ++cut;
    }
    least = std::min(least, cut);
  }
  return least;
}

TEST(Bisection, IsTheLeastCutOfAllBalancedPartitions) {
  std::vector<Fabric> small;
  small.push_back(test::tapered_tree());
  small.push_back(test::tapered_tree());
  small.back().set_alive(small.back().link("leaf2 -> spine1"), false);
  small.back().set_alive(small.back().link("node0/nic1 -> leaf0"), false);
  small.push_back(test::hdr_fabric({.topology = Topology::hyperx, .dimensions = {2, 3}, .ports_per_switch = 2}, 6, 2, 8));
  small.push_back(test::hdr_fabric({.topology = Topology::torus, .dimensions = {7}, .ports_per_switch = 2}, 7, 2, 8));
  for (const Fabric& fabric : small) {
    const SwitchGraph live(fabric, test::hdr);
    const int nodes = fabric.nodes();
    std::int64_t least = INT64_MAX;
    for (std::uint32_t set = 0; set < 1U << static_cast<unsigned>(nodes); ++set) {
      if (std::popcount(set) != nodes / 2) continue;
      std::vector<bool> is_first;
      for (int node = 0; node < nodes; ++node) is_first.push_back((set >> static_cast<unsigned>(node) & 1U) == 1);
      const std::int64_t cut = brute_force(fabric, is_first);
      EXPECT_EQ(bandwidth_between(live, is_first), cables(static_cast<double>(cut)));
      least = std::min(least, cut);
    }
    EXPECT_EQ(bisected(fabric).least, cables(static_cast<double>(least)));
  }
}

/// 15 nodes: halves of 8 and 7; runs of 1 (8 and 7), of 2 (twice 4, and 3 left for 2 and 1: 8 and 7) and of 7 (7 and 7, and 1 left). Runs
/// of 4 leave 7 for 4 and 3: 8 and 7. Not so those of 3 (9 and 6), 5 (10 and 5) and 6 (9 and 6).
TEST(Bisection, TriesRunsThatBalanceToOneNode) {
  const Fabric fabric = test::hdr_fabric({.topology = Topology::single_switch}, 15, 2, 40);
  const Bisection found = bisected(fabric, {.random_partitions = 2});
  EXPECT_EQ(found.partitions, 1 + 4 + 2);
  EXPECT_EQ(found.least, cables(7 * 2)) << "the smaller side's NICs";
}

TEST(Bisection, IsTheSameForTheSameSeed) {
  const Fabric fabric = test::square_torus(1);
  const Bisection once = bisected(fabric, {.random_partitions = 3, .seed = 7});
  const Bisection again = bisected(fabric, {.random_partitions = 3, .seed = 7});
  EXPECT_EQ(once.least, again.least);
  EXPECT_EQ(once.partitions, 1 + 3 + 3) << "halves, runs of 1, 2 and 4, and those drawn";
}

}  // namespace
}  // namespace orrery::topology
