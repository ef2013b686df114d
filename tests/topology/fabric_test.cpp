#include "topology/fabric.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/topology/assorted_fat_trees.h"

namespace orrery::topology {
namespace {

std::vector<std::int64_t> switch_counts(const Fabric& fabric) {
  std::vector<std::int64_t> counts;
  for (int level = 1; level <= fabric.levels(); ++level) counts.push_back(fabric.switches(level));
  return counts;
}

std::vector<std::int64_t> cable_counts(const Fabric& fabric) {
  std::vector<std::int64_t> counts;
  for (int level = 0; level < fabric.levels(); ++level) counts.push_back(fabric.cables(level));
  return counts;
}

using Counts = std::vector<std::int64_t>;

std::string error_of(const FatTreeSpec& spec) {
  try {
    const Fabric fabric(spec);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "";
}

// SuperPOD A100, RA-09950-001: nodes -> leaves, spines, cores; cables of the nodes, leaf to spine, spine to core.
TEST(Fabric, HasTheSwitchesAndCablesOfTheA100SuperPods) {
  struct Row {
    int nodes;
    Counts switches, cables;
  };
  const std::vector<Row> rows = {{20, {8, 4}, {160, 160}},
                                 {40, {16, 10}, {320, 320}},
                                 {80, {32, 20}, {640, 640}},
                                 {140, {56, 80, 28}, {1120, 1120, 1120}},
                                 {2000, {800, 800, 400}, {16000, 16000, 16000}}};  // Meta's RSC
  for (const Row& row : rows) {
    const Fabric fabric({.nodes = row.nodes, .rails = 8, .radix = 40});
    EXPECT_EQ(switch_counts(fabric), row.switches) << row.nodes;
    EXPECT_EQ(cable_counts(fabric), row.cables) << row.nodes;
  }
}

// SuperPOD H100 and B200 reference architectures (docs.nvidia.com/dgx-superpod); the slot of the fabric manager counts as a node.
TEST(Fabric, HasTheSwitchesOfTheH100AndB200SuperPods) {
  struct Row {
    int nodes;
    Counts switches;
  };
  const std::vector<Row> rows = {{32, {8, 4}},    {64, {16, 8}},         {96, {24, 16}},          {128, {32, 16}},
                                 {256, {64, 32}}, {512, {128, 128, 64}}, {1024, {256, 256, 128}}, {2048, {512, 512, 256}}};
  for (const Row& row : rows) {
    const Fabric fabric({.nodes = row.nodes, .rails = 8, .radix = 64});
    EXPECT_EQ(switch_counts(fabric), row.switches) << row.nodes;
    for (const std::int64_t cables : cable_counts(fabric)) EXPECT_EQ(cables, row.nodes * 8) << row.nodes;
  }
}

// Full trees of one rail: 2 levels hold k^2/2 hosts on k leaves and k/2 spines; 3 levels k^3/4 on k^2/2, k^2/2 and k^2/4.
TEST(Fabric, HoldsWhatFullTreesOfTwoAndThreeLevelsHold) {
  for (const int k : {36, 40, 64, 144}) {
    const Fabric two({.nodes = k * k / 2, .rails = 1, .radix = k});
    EXPECT_EQ(switch_counts(two), (Counts{k, k / 2})) << k;
    EXPECT_EQ(cable_counts(two), (Counts{k * k / 2, k * k / 2})) << k;
    const Fabric three({.nodes = k * k * k / 4, .rails = 1, .radix = k});
    EXPECT_EQ(switch_counts(three), (Counts{k * k / 2, k * k / 2, k * k / 4})) << k;
    EXPECT_EQ(cable_counts(three), (Counts{k * k * k / 4, k * k * k / 4, k * k * k / 4})) << k;
  }
}

TEST(Fabric, TakesOneMoreLevelForOneMoreNode) {
  EXPECT_EQ(Fabric({.nodes = 5, .rails = 8, .radix = 40}).levels(), 1);
  EXPECT_EQ(Fabric({.nodes = 6, .rails = 8, .radix = 40}).levels(), 2);
  EXPECT_EQ(Fabric({.nodes = 100, .rails = 8, .radix = 40}).levels(), 2);
  EXPECT_EQ(Fabric({.nodes = 101, .rails = 8, .radix = 40}).levels(), 3);
  EXPECT_EQ(Fabric({.nodes = 2000, .rails = 8, .radix = 40}).levels(), 3);
  EXPECT_EQ(Fabric({.nodes = 2001, .rails = 8, .radix = 40}).levels(), 4);
  EXPECT_EQ(Fabric({.nodes = 40000, .rails = 8, .radix = 40}).levels(), 4);
  EXPECT_NE(error_of({.nodes = 40001, .rails = 8, .radix = 40}), "");
}

// With planes a rail needs only itself: 40 NICs on one switch, 800 on 40 leaves.
TEST(Fabric, GivesEachRailATreeOfItsOwnWithPlanes) {
  const Fabric one({.nodes = 40, .rails = 8, .radix = 40, .planes = true});
  EXPECT_EQ(switch_counts(one), (Counts{8}));
  const Fabric two({.nodes = 800, .rails = 8, .radix = 40, .planes = true});
  EXPECT_EQ(switch_counts(two), (Counts{320, 160}));
  // Rail-only saves the core of the 140-node SuperPOD: 7 leaves a rail share k = 40 ports of spines, so 7 * 5 <= 40 and 4 spines a rail do.
  const Fabric pod({.nodes = 140, .rails = 8, .radix = 40, .planes = true});
  EXPECT_EQ(switch_counts(pod), (Counts{56, 32}));
}

// o = 3 on 40 ports: 30 down, 10 up. 90 nodes: 3 units of 8 leaves; 24 leaves on spines of 40 ports: one cable each (24 * 2 > 40), 10
// spines.
TEST(Fabric, OversubscribesTheLeaf) {
  const Fabric fabric({.nodes = 90, .rails = 8, .radix = 40, .oversubscription = 3});
  EXPECT_EQ(switch_counts(fabric), (Counts{24, 10}));
  EXPECT_EQ(cable_counts(fabric), (Counts{720, 240}));
}

// 41 units need 3 pods of at most 20 leaves: 14, 14 and 13. The largest counts: 14 * w <= 20 gives w = 1, so 20 spines a pod with 14 ports
// up. The top: 3 pods of 20 spines with 14 uplinks on 40 ports: 3 * 20 / 2 = 30 <= 40, so 2 groups; w = 1; 14 cores a group.
TEST(Fabric, SpreadsLeavesEvenlyOverThePods) {
  const Fabric fabric({.nodes = 817, .rails = 1, .radix = 40});
  EXPECT_EQ(switch_counts(fabric), (Counts{41, 60, 28}));
  EXPECT_EQ(cable_counts(fabric), (Counts{817, 820, 840}));
  const FatTree tree = sized({.nodes = 817, .rails = 1, .radix = 40});
  const FatTreeLevel& pods = tree.at[2];
  EXPECT_EQ((Counts{pods.children(0), pods.children(1), pods.children(2)}), (Counts{14, 14, 13}));
  // The last leaf has the 17 nodes that 40 full ones leave.
  EXPECT_EQ(tree.at[1].children(39), 20);
  EXPECT_EQ(tree.at[1].children(40), 17);
}

TEST(Fabric, HonoursLevelsThatWereAskedFor) {
  EXPECT_EQ(Fabric({.nodes = 4, .rails = 8, .radix = 40, .levels = 2}).levels(), 2);
  EXPECT_EQ(Fabric({.nodes = 20, .rails = 8, .radix = 40, .levels = 3}).levels(), 3);
  EXPECT_EQ(Fabric({.nodes = 20, .rails = 8, .radix = 40, .levels = 4}).levels(), 4);
}

TEST(Fabric, RefusesWhatDoesNotFitAndSaysWhatWould) {
  EXPECT_EQ(error_of({.nodes = 140, .rails = 8, .radix = 40, .levels = 2}),
            "/fabric/levels: 140 nodes with 8 NICs each do not fit into a fat-tree of 2 levels of 40-port switches, which holds 100 nodes; "
            "leave the levels open "
            "or ask for 3");
  // 4 levels of k ports: k*(k/2)/8 pods a rail of (k/2)^2 nodes; k = 42: 110 * 441 = 48,510.
  EXPECT_EQ(error_of({.nodes = 48'000, .rails = 8, .radix = 40}),
            "/nodes: 48000 nodes with 8 NICs each do not fit into a fat-tree of 4 levels of 40-port switches, which holds 40000 nodes; "
            "take at most "
            "40000 nodes, "
            "or switches of at least 42 ports");
}

TEST(Fabric, RefusesSizesThatAreNoSizesAllAtOnce) {
  const FatTreeSpec wrong = {.nodes = 0, .rails = 0, .radix = 1, .oversubscription = 0.5, .levels = 5};
  try {
    const Fabric fabric(wrong);
    FAIL() << "accepted";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.faults().size(), 5U);
  }
  EXPECT_NE(error_of({.nodes = 2'000'000'000, .rails = 8, .radix = 1024}), "");
}

// 131,072 nodes of 8 rails on 64 ports: 32 a leaf, 32 leaves a pod, 1,024 pods: too many for 64-port cores, so 32 blocks of 32 pods and a
// top.
TEST(Fabric, OfAMillionGpusIsBuiltOfArithmetic) {
  static_assert(std::is_trivially_copyable_v<FatTree>, "no storage that grows");
  static_assert(sizeof(Fabric) < 1024, "nothing a vertex or link");
  const Fabric fabric({.nodes = 131'072, .rails = 8, .radix = 64});
  EXPECT_EQ(switch_counts(fabric), (Counts{32768, 32768, 32768, 16384}));
  EXPECT_EQ(cable_counts(fabric), (Counts{1048576, 1048576, 1048576, 1048576}));
  EXPECT_EQ(fabric.vertices(), 1048576 + 3 * 32768 + 16384);
  EXPECT_EQ(fabric.links(), 8 * 1048576);
}

// Every link is an out-link of its source exactly once, and no switch has more cables than ports.
TEST(Fabric, AgreesWithItselfOnWhoIsJoinedToWhom) {
  for (const FatTreeSpec& spec : test::assorted_fat_trees()) {
    const Fabric fabric(spec);
    std::set<LinkId> seen;
    for (std::uint32_t v = 0; v < fabric.vertices(); ++v) {
      const VertexId vertex{v};
      ASSERT_LE(fabric.out_degree(vertex), fabric.level_of(vertex) == 0 ? 1 : spec.radix) << fabric.name(vertex);
      for (int port = 0; port < fabric.out_degree(vertex); ++port) {
        const LinkId link = fabric.out_link(vertex, port);
        ASSERT_EQ(fabric.source(link), vertex) << fabric.name(vertex) << " port " << port;
        ASSERT_EQ(fabric.target(reverse(link)), vertex);
        ASSERT_EQ(std::abs(fabric.level_of(fabric.target(link)) - fabric.level_of(vertex)), 1);
        ASSERT_TRUE(seen.insert(link).second) << fabric.name(link);
      }
    }
    ASSERT_EQ(static_cast<std::int64_t>(seen.size()), fabric.links());
  }
}

// 5 of the 10 spines of each of the 8 rail pods lead to cores 0-13, the other 5 to cores 14-27.
TEST(Fabric, JoinsAllRailsInEitherGroupOfCores) {
  const Fabric fabric({.nodes = 140, .rails = 8, .radix = 40});
  const std::uint32_t first_spine = 1120 + 56;
  const std::uint32_t first_core = first_spine + 80;
  for (std::uint32_t spine = 0; spine < 80; ++spine) {
    for (int port = 0; port < 14; ++port) {
      const std::uint32_t core = index(fabric.target(fabric.out_link(VertexId{first_spine + spine}, port))) - first_core;
      EXPECT_EQ(core / 14, spine % 10 / 5) << spine;
    }
  }
}

TEST(Fabric, KillsAndRevivesBothDirectionsOfACable) {
  Fabric fabric({.nodes = 20, .rails = 8, .radix = 40});
  EXPECT_TRUE(fabric.alive(LinkId{401}));
  fabric.set_alive(LinkId{400}, false);
  EXPECT_FALSE(fabric.alive(LinkId{400}));
  EXPECT_FALSE(fabric.alive(LinkId{401}));
  EXPECT_TRUE(fabric.alive(LinkId{402}));
  fabric.set_alive(LinkId{401}, true);
  EXPECT_TRUE(fabric.alive(LinkId{400}));
}

TEST(Fabric, KnowsWhereRoutesTurn) {
  const Fabric fabric({.nodes = 140, .rails = 8, .radix = 40});
  EXPECT_EQ(fabric.hops({0, 3}, {0, 3}), 0);
  EXPECT_EQ(fabric.hops({0, 3}, {19, 3}), 2);
  EXPECT_EQ(fabric.hops({0, 3}, {20, 3}), 4);
  EXPECT_EQ(fabric.hops({0, 3}, {0, 4}), 6);
}

}  // namespace
}  // namespace orrery::topology
