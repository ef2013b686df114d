#include "topology/switch_graph.h"

#include <gtest/gtest.h>

#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

/// One unit of a SuperPOD: 5 parallel cables from each of 8 leaves to each of 4 spines, of which one is dead.
TEST(SwitchGraph, MergesParallelCablesAndLeavesOutDeadOnes) {
  Fabric fabric = test::hdr_fabric({}, 20, 8, 40);
  fabric.set_alive(fabric.link("leaf0.0 -> spine2 [1]"), false);
  const SwitchGraph live(fabric, test::hdr);
  EXPECT_EQ(live.switches(), 12U);
  EXPECT_EQ(live.arcs(), 2U * 8 * 4);
  EXPECT_EQ(live.leaves().size(), 8U);
  EXPECT_EQ(live.groups().size(), 8U);
  const auto [first, last] = out_edges(0U, live.network());
  for (auto arc = first; arc != last; ++arc) {
    const int cables = target(*arc, live.network()) == 8 + 2 ? 4 : 5;
    EXPECT_EQ(live.network()[*arc].cables, cables);
    EXPECT_EQ(live.network()[*arc].capacity, cables * 25'000'000'000);
  }
}

/// Dual planes: a NIC hangs by half its rate on a leaf of each; 4 nodes of a rail and segment are alike.
TEST(SwitchGraph, CountsNicsThatHangOnTheSameSwitchesTogether) {
  const Fabric fabric = test::hdr_fabric({.topology = Topology::dual_plane, .segment_nodes = 4}, 8, 2, 8);
  const SwitchGraph live(fabric, test::hdr);
  ASSERT_EQ(live.groups().size(), 4U);
  for (const NicGroup& group : live.groups()) {
    EXPECT_EQ(group.ports.size(), 4U);
    ASSERT_EQ(group.cables.size(), 2U);
    EXPECT_EQ(group.cables[0].capacity, 12'500'000'000);
  }
}

}  // namespace
}  // namespace orrery::topology
