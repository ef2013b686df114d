#include "topology/path_diversity.h"

#include <gtest/gtest.h>

#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

PathDiversity diversity_of(const Fabric& fabric, const DiversityLimits& limits = {}) {
  return path_diversity(SwitchGraph(fabric, test::hdr), limits);
}

/// As many ways as a leaf has cables to switches, where the rest is no thinner.
TEST(PathDiversity, IsTheDegreeOfWellJoinedSwitches) {
  struct Case {
    Fabric fabric;
    std::int64_t pairs;
    std::int64_t ways;
  };
  std::vector<Case> cases;
  cases.push_back({test::tapered_tree(), 6, 2});
  cases.push_back({test::square_torus(1), 120, 4});
  cases.push_back({test::square_torus(2), 120, 8});
  cases.push_back({test::square_hyperx(), 120, 6});
  cases.push_back({test::petersen(), 45, 3});
  cases.push_back({test::hdr_fabric({}, 20, 8, 40), 28, 20});
  for (const Case& one : cases) {
    const PathDiversity found = diversity_of(one.fabric);
    EXPECT_EQ(found.all_pairs, one.pairs);
    EXPECT_EQ(found.pairs, one.pairs);
    EXPECT_EQ(found.least, one.ways);
    EXPECT_EQ(found.mean, static_cast<double>(one.ways));
    EXPECT_EQ(found.cut_off, 0);
  }
}

/// The last switch of each group has its three local cables alone, the others two global ones besides. 4 of 16 are such: of 120 pairs 66
/// have neither of them and 5 ways, 54 have 3.
TEST(PathDiversity, IsThatOfTheWorseEnd) {
  const PathDiversity found = diversity_of(test::four_groups());
  EXPECT_EQ(found.least, 3);
  EXPECT_EQ(found.mean, (66 * 5 + 54 * 3) / 120.0);
}

TEST(PathDiversity, LeavesOutDeadLinks) {
  Fabric fabric = test::tapered_tree();
  fabric.set_alive(fabric.link("leaf0 -> spine0"), false);
  PathDiversity found = diversity_of(fabric);
  EXPECT_EQ(found.least, 1);
  EXPECT_EQ(found.mean, 1.5) << "three of six pairs have leaf 0";
  fabric.set_alive(fabric.link("leaf0 -> spine1"), false);
  found = diversity_of(fabric);
  EXPECT_EQ(found.cut_off, 3);
  EXPECT_EQ(found.least, 2) << "of the pairs that are left";
}

/// 3 rails of 2 leaves each: of 15 pairs the 3 of one rail are joined.
TEST(PathDiversity, CountsPairsOfDifferentPlanesApart) {
  const PathDiversity found = diversity_of(test::hdr_fabric({.topology = Topology::rail_only, .levels = 2}, 8, 3, 8));
  EXPECT_EQ(found.all_pairs, 15);
  EXPECT_EQ(found.cut_off, 12);
  EXPECT_EQ(found.least, 4);
  EXPECT_EQ(found.mean, 4);
}

TEST(PathDiversity, OfOneSwitchHasNoPairs) {
  const PathDiversity found = diversity_of(test::hdr_fabric({.topology = Topology::single_switch}, 8, 2, 40));
  EXPECT_EQ(found.leaves, 1);
  EXPECT_EQ(found.pairs, 0);
  EXPECT_EQ(found.least, 0);
}

TEST(PathDiversity, IsSampledWherePairsAreMany) {
  const PathDiversity few = diversity_of(test::square_torus(1), {.most_pairs = 7});
  EXPECT_EQ(few.pairs, 7);
  EXPECT_EQ(few.all_pairs, 120);
  EXPECT_EQ(few.mean, 4);
  EXPECT_EQ(diversity_of(test::square_torus(1), {.most_steps = 1}).pairs, 1);
  EXPECT_EQ(diversity_of(test::square_torus(1), {.most_arcs = 1}).pairs, 0);
}

}  // namespace
}  // namespace orrery::topology
