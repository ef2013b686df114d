#include "topology/inventory.h"

#include <gtest/gtest.h>

#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

struct Design {
  int nodes;
  int radix;
  std::vector<std::int64_t> switches;  // by level
  std::vector<std::int64_t> cables;    // by layer
};

/// Tables of NVIDIA's reference architectures: DGX SuperPOD A100 (RA-09950-001), H100 and B200 (docs.nvidia.com/dgx-superpod), less the one
/// cable a leaf group that H100's count for UFM has more. The last but two: Meta's RSC of 2,000 nodes, a full tree of radix 40; then full
/// trees of two levels.
TEST(Inventory, CountsTheSwitchesAndCablesOfPublishedDesigns) {
  const std::vector<Design> designs = {{20, 40, {8, 4}, {160, 160}},
                                       {40, 40, {16, 10}, {320, 320}},
                                       {80, 40, {32, 20}, {640, 640}},
                                       {140, 40, {56, 80, 28}, {1120, 1120, 1120}},
                                       {31, 64, {8, 4}, {248, 256}},
                                       {63, 64, {16, 8}, {504, 512}},
                                       {95, 64, {24, 16}, {760, 768}},
                                       {127, 64, {32, 16}, {1016, 1024}},
                                       {512, 64, {128, 128, 64}, {4096, 4096, 4096}},
                                       {2000, 40, {800, 800, 400}, {16'000, 16'000, 16'000}},
                                       {100, 40, {40, 20}, {800, 800}},
                                       {256, 64, {64, 32}, {2048, 2048}}};
  for (const Design& design : designs) {
    SCOPED_TRACE(design.nodes);
    const Inventory found = inventory(test::hdr_fabric({}, design.nodes, 8, design.radix), {.radix = design.radix, .link = test::hdr});
    std::vector<std::int64_t> switches;
    std::vector<std::int64_t> cables;
    for (const SwitchCount& count : found.switches) switches.push_back(count.switches);
    for (const CableCount& count : found.cables) cables.push_back(count.cables);
    EXPECT_EQ(switches, design.switches);
    EXPECT_EQ(cables, design.cables);
    EXPECT_EQ(found.nic_ports, 8 * design.nodes);
  }
}

/// 140 nodes: a leaf has 20 ports down and 20 up, a spine 14 and 14, a core all 40.
TEST(Inventory, SaysHowManyPortsAreUsedAndSpare) {
  const Inventory found = inventory(test::hdr_fabric({}, 140, 8, 40), {.radix = 40, .link = test::hdr});
  ASSERT_EQ(found.switches.size(), 3U);
  EXPECT_EQ(found.switches[0].ports_spare, 0);
  EXPECT_EQ(found.switches[1].most_ports, 28);
  EXPECT_EQ(found.switches[1].ports_used, 80 * 28);
  EXPECT_EQ(found.switches[1].ports_spare, 80 * 12);
  EXPECT_EQ(found.switches[2].ports_spare, 0);
  EXPECT_EQ(found.all_switches(), 164);
  EXPECT_EQ(found.all_cables(), 3360);
}

TEST(Inventory, AnIdealSwitchHasNoneSpare) {
  const Fabric fabric = test::hdr_fabric({.topology = Topology::single_switch}, 100, 8, 1024);
  EXPECT_EQ(inventory(fabric, {.radix = 40, .link = test::hdr}).switches[0].ports_spare, std::nullopt);
  EXPECT_EQ(inventory(fabric, {.radix = 1000, .link = test::hdr}).switches[0].ports_spare, 200);
  EXPECT_EQ(inventory(fabric, {.radix = 0, .link = test::hdr}).switches[0].ports_spare, std::nullopt);
}

TEST(Inventory, ReachesNodesByCopperAndSwitchesByLight) {
  const Inventory found = inventory(test::tapered_tree(), {.radix = 8, .link = test::hdr});
  ASSERT_EQ(found.cables.size(), 2U);
  EXPECT_EQ(found.cables[0].name, "NIC to leaf");
  EXPECT_EQ(found.cables[0].metres, 5);
  EXPECT_EQ(found.cables[0].kind, CableKind::copper);
  EXPECT_EQ(found.cables[0].bandwidth, test::hdr);
  EXPECT_EQ(found.cables[1].metres, 20);
  EXPECT_EQ(found.cables[1].kind, CableKind::optical);
}

TEST(Inventory, CountsDeadCablesAmongTheOthers) {
  Fabric fabric = test::tapered_tree();
  fabric.set_alive(fabric.link("leaf0 -> spine1"), false);
  const Inventory found = inventory(fabric, {.radix = 8, .link = test::hdr});
  EXPECT_EQ(found.cables[0].dead, 0);
  EXPECT_EQ(found.cables[1].cables, 8);
  EXPECT_EQ(found.cables[1].dead, 1);
}

/// 8 nodes in 2 segments of 4 have 2 rails: a leaf takes 4 NICs by half a port each, and has 2 uplinks.
TEST(Inventory, TwoCablesOfOneNicShareAPort) {
  const Fabric fabric = test::hdr_fabric({.topology = Topology::dual_plane, .segment_nodes = 4}, 8, 2, 8);
  const Inventory found = inventory(fabric, {.radix = 8, .link = test::hdr});
  ASSERT_EQ(found.cables.size(), 2U);
  EXPECT_EQ(found.cables[0].cables, 32);
  EXPECT_EQ(found.cables[0].bandwidth, test::hdr * 0.5);
  EXPECT_EQ(found.cables[1].bandwidth, test::hdr);
  EXPECT_EQ(found.switches[0].switches, 8);
  EXPECT_EQ(found.switches[0].most_ports, 4);
}

}  // namespace
}  // namespace orrery::topology
