#include "topology/table_walk.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "tests/topology/fabric_samples.h"
#include "topology/import_forwarding.h"
#include "topology/import_ibnetdiscover.h"

namespace orrery::topology {
namespace {

constexpr auto nowhere = ForwardingTable::nowhere;

/// The small fabric (two leaves, LIDs 1 and 2; a spine, 3; adapters 4 and 5) with the out ports of its switches by LID, from 1.
Survey routed(const std::vector<std::uint8_t>& leaf0, const std::vector<std::uint8_t>& leaf1, const std::vector<std::uint8_t>& spine) {
  Survey survey = read_ibnetdiscover(samples::small, "x");
  const auto table = [&](std::uint64_t guid, std::vector<std::uint8_t> out) {
    out.insert(out.begin(), nowhere);
    survey.tables.push_back({.switch_guid = guid, .switch_lid = 0, .out_port = std::move(out)});
  };
  table(0xb1, leaf0);
  table(0xb2, leaf1);
  table(0xc1, spine);
  return survey;
}

std::string walk_faults(const Survey& survey) {
  return samples::faults([&](std::string_view, std::string_view) { walk_tables(survey); }, "");
}

// Cables in order of appearance: n1 mlx5_0 - leaf 0; leaf 0 - spine twice; leaf 1 - n1 mlx5_1; leaf 1 - spine twice. From each leaf there
// are two routes: to its own adapter over one switch, to the other over three. Leaf 0 climbs by its port 22, leaf 1 by its port 21; down
// the spine takes its ports 1 (leaf 0) and 4 (leaf 1).
TEST(TableWalk, RoutesAreCountedByTheirSwitchesAndOnTheirCables) {
  const TableWalk walk = walk_tables(routed({0, 21, 21, 1, 22}, {21, 0, 21, 21, 1}, {1, 3, 0, 1, 4}));
  EXPECT_EQ(walk.routes_by_switches, (std::map<int, std::int64_t>{{1, 2}, {3, 2}}));
  EXPECT_EQ(walk.unreachable, 0);
  using Load = std::array<std::int64_t, 2>;
  ASSERT_EQ(walk.load.size(), 6U);
  EXPECT_EQ(walk.load[0], (Load{2, 0}));  // leaf 0 -> its adapter, from both leaves
  EXPECT_EQ(walk.load[1], (Load{0, 1}));  // spine port 1 -> leaf 0
  EXPECT_EQ(walk.load[2], (Load{1, 0}));  // leaf 0 port 22 -> spine
  EXPECT_EQ(walk.load[3], (Load{2, 0}));
  EXPECT_EQ(walk.load[4], (Load{1, 0}));  // leaf 1 port 21 -> spine
  EXPECT_EQ(walk.load[5], (Load{0, 1}));  // spine port 4 -> leaf 1
}

TEST(TableWalk, AnAddressSentNowhereIsUnreachable) {
  const TableWalk walk = walk_tables(routed({0, 21, 21, 1, 22}, {21, 0, 21, nowhere, 1}, {1, 3, 0, 1, nowhere}));
  EXPECT_EQ(walk.routes_by_switches, (std::map<int, std::int64_t>{{1, 2}}));
  EXPECT_EQ(walk.unreachable, 2);  // 5 from leaf 0 at the spine, 4 from leaf 1 at once
}

TEST(TableWalk, AnAdapterWithAnLmcHasSeveralAddresses) {
  Survey survey = routed({0, 21, 21, 1, 22}, {21, 0, 21, 21, 1}, {1, 3, 0, 1, 4});
  survey.devices[3].lmc = 1;  // n1 mlx5_0 answers to 4 and 5, which was the other's
  survey.ports_by_lid.erase(5);
  for (ForwardingTable& table : survey.tables) table.out_port[5] = table.out_port[4];
  EXPECT_EQ(walk_tables(survey).load[0][from_a], 4);
}

// LID 5 goes from leaf 0 to the spine, and from there back to leaf 0; LID 4 is as it should be.
TEST(TableWalk, ACircleIsRefusedWithItsSwitchesAndItsAddress) {
  EXPECT_EQ(
      walk_faults(routed({0, 21, 21, 1, 22}, {21, 0, 21, 21, 1}, {1, 3, 0, 1, 1})),
      "x: LID 5 goes round in a circle: leaf-0 (0x00000000000000b1) -> spine (0x00000000000000c1) -> leaf-0 (0x00000000000000b1); the "
      "tables are broken, or of several moments: dump them again\n");
}

TEST(TableWalk, ARouteThatGoesAstrayIsRefused) {
  EXPECT_EQ(
      walk_faults(routed({0, 21, 21, 1, 30}, {21, 0, 21, 21, 1}, {1, 3, 0, 1, 4})),
      "x: from leaf-0 (0x00000000000000b1) to LID 5: comes to leaf-0 (0x00000000000000b1), which sends it out of port 30, where no cable "
      "is; dump cables and tables of one moment\n");
  EXPECT_EQ(walk_faults(routed({0, 21, 21, 1, 1}, {21, 0, 21, 21, 1}, {1, 3, 0, 1, 4})),
            "x: from leaf-0 (0x00000000000000b1) to LID 5: comes to leaf-0 (0x00000000000000b1), which sends it to n1 mlx5_0 "
            "(0x00000000000000a1); dump cables and tables of one moment\n");
  Survey survey = routed({0, 21, 21, 1, 22}, {21, 0, 21, 21, 1}, {1, 3, 0, 1, 4});
  survey.tables.pop_back();
  EXPECT_EQ(walk_faults(survey).substr(0, 120),
            "x: from leaf-1 (0x00000000000000b2) to LID 4: comes to spine (0x00000000000000c1), which has no table; dump the tables o");
}

TEST(TableWalk, WithoutTablesOrAddressesThereIsNothingToFollow) {
  EXPECT_EQ(walk_faults(read_ibnetdiscover(samples::small, "x")),
            "x: no forwarding tables; dump them with dump_fts, or take OpenSM's opensm-lfts.dump\n");
  Survey survey = routed({0, 21, 21, 1, 22}, {21, 0, 21, 21, 1}, {1, 3, 0, 1, 4});
  survey.ports_by_lid.clear();
  EXPECT_EQ(walk_faults(survey), "x: no addresses; dump the cables when the subnet manager has given out LIDs\n");
}

/// How many cables between switches carry how many routes, up (from the leaf, which the dump of su1 names first) or down.
std::map<std::int64_t, int> cables_by_load(const Survey& survey, const TableWalk& walk, std::size_t direction) {
  std::map<std::int64_t, int> found;
  for (std::size_t i = 0; i < survey.cables.size(); ++i) {
    const Device& a = survey.devices[survey.cables[i].a.device];
    const Device& b = survey.devices[survey.cables[i].b.device];
    if (a.kind == DeviceKind::switch_ && b.kind == DeviceKind::switch_) ++found[walk.load[i][direction]];
  }
  return found;
}

// 8 leaves x 160 addresses: 160 on their own leaf, 1120 elsewhere. By rails these spread to exactly 1120 / 160 = 7 on each cable and
// direction; where nodes are numbered first the modulus of D-mod-K meets them unevenly.
TEST(TableWalk, TheTablesOfSu1LoadItsCablesAsTheirRoutingDoes) {
  using Cables = std::map<std::int64_t, int>;
  const auto cables = samples::text_of("synthetic/su1/su1.ibnetdiscover");
  if (!cables) GTEST_SKIP() << samples::why_skipped;
  Survey survey = read_ibnetdiscover(*cables, "su1");
  survey.tables = read_forwarding(*samples::text_of("synthetic/su1/su1.lft"), "su1.lft").tables;
  const TableWalk rails = walk_tables(survey);
  EXPECT_EQ(rails.routes_by_switches, (std::map<int, std::int64_t>{{1, 160}, {3, 1120}}));
  EXPECT_EQ(rails.unreachable, 0);
  EXPECT_EQ(cables_by_load(survey, rails, from_a), (Cables{{7, 160}}));
  EXPECT_EQ(cables_by_load(survey, rails, from_b), (Cables{{7, 160}}));
  survey.tables = read_forwarding(*samples::text_of("synthetic/su1/su1-nodemajor.lft"), "su1-nodemajor.lft").tables;
  const TableWalk nodes = walk_tables(survey);
  EXPECT_EQ(nodes.routes_by_switches, rails.routes_by_switches);
  EXPECT_EQ(cables_by_load(survey, nodes, from_a), (Cables{{4, 40}, {8, 120}}));
  EXPECT_EQ(cables_by_load(survey, nodes, from_b), (Cables{{0, 24}, {7, 112}, {14, 24}}));
}

}  // namespace
}  // namespace orrery::topology
