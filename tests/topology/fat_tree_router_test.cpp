#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "topology/fabric.h"

namespace orrery::topology {
namespace {

std::vector<LinkId> route_of(const Fabric& fabric, Port from, Port to, std::uint64_t flow = 0) {
  const Route route = fabric.route(from, to, flow);
  return {route.begin(), route.end()};
}

/// The largest number of flows on a link when every port of a one-rail fabric sends to the one `shift` further on.
int most_flows_of_shift(const Fabric& fabric, int shift) {
  const int nodes = fabric.nodes();
  std::vector<int> flows(static_cast<std::size_t>(fabric.links()));
  for (int node = 0; node < nodes; ++node) {
    for (const LinkId link : route_of(fabric, {node, 0}, {(node + shift) % nodes, 0})) ++flows[index(link)];
  }
  return *std::max_element(flows.begin(), flows.end());
}

/// The path is a chain from port to port over live links, straight up and straight down, and no longer than it must be.
void expect_sound(const Fabric& fabric, Port from, Port to, const std::vector<LinkId>& path) {
  const int meeting = fabric.hops(from, to) / 2;
  ASSERT_EQ(path.size(), 2U * static_cast<unsigned>(meeting));
  VertexId at = fabric.vertex(from);
  for (std::size_t hop = 0; hop < path.size(); ++hop) {
    ASSERT_EQ(fabric.source(path[hop]), at);
    ASSERT_TRUE(fabric.alive(path[hop]));
    at = fabric.target(path[hop]);
    const int h = static_cast<int>(hop);
    ASSERT_EQ(fabric.level_of(at), h < meeting ? h + 1 : 2 * meeting - h - 1);
  }
  ASSERT_EQ(at, fabric.vertex(to));
}

std::vector<FatTreeSpec> full_trees() {
  return {
      {.nodes = 8, .rails = 1, .radix = 4},                  // 2 levels, full
      {.nodes = 128, .rails = 1, .radix = 16},               // 2 levels, full
      {.nodes = 6, .rails = 1, .radix = 4},                  // 2 levels, 3 of 4 leaves
      {.nodes = 16, .rails = 1, .radix = 8},                 // 2 cables a leaf and spine
      {.nodes = 32, .rails = 1, .radix = 16},                // 4 cables
      {.nodes = 16, .rails = 1, .radix = 4},                 // 3 levels, full
      {.nodes = 54, .rails = 1, .radix = 6},                 // 3 levels, full
      {.nodes = 128, .rails = 1, .radix = 8},                // 3 levels, full
      {.nodes = 64, .rails = 1, .radix = 8},                 // 3 levels, 4 pods, 2 groups of cores
      {.nodes = 27, .rails = 1, .radix = 6},                 // 3 levels, 3 pods
      {.nodes = 48, .rails = 1, .radix = 8, .levels = 3},    // 3 pods of 4
      {.nodes = 16, .rails = 1, .radix = 8, .levels = 3},    // one pod of 4
      {.nodes = 256, .rails = 1, .radix = 16, .levels = 3},  // 4 pods of 8 leaves
      {.nodes = 32, .rails = 1, .radix = 4},                 // 4 levels, full
      {.nodes = 162, .rails = 1, .radix = 6},                // 4 levels, full
      {.nodes = 64, .rails = 1, .radix = 8, .levels = 4}     // 4 levels though 3 would do
  };
}

TEST(FabricRoutes, PutOneFlowOnALinkForEveryShiftOfAFullTree) {
  for (const Routing routing : {Routing::d_mod_k, Routing::s_mod_k}) {
    for (FatTreeSpec spec : full_trees()) {
      spec.routing = routing;
      const Fabric fabric(spec);
      for (int shift = 1; shift < spec.nodes; ++shift) {
        ASSERT_EQ(most_flows_of_shift(fabric, shift), 1) << spec.nodes << " nodes, radix " << spec.radix << ", shift " << shift;
      }
    }
  }
}

// Rails that share level-3 blocks and the top do not get into each other's way either.
TEST(FabricRoutes, PutOneFlowOnALinkForShiftsOnAllRailsAtOnce) {
  const std::vector<FatTreeSpec> full = {
      {.nodes = 16, .rails = 2, .radix = 4}, {.nodes = 54, .rails = 3, .radix = 6}, {.nodes = 256, .rails = 2, .radix = 8}};
  for (const FatTreeSpec& spec : full) {
    const Fabric fabric(spec);
    ASSERT_EQ(fabric.levels(), 4);
    for (int shift = 1; shift < spec.nodes; ++shift) {
      std::vector<int> flows(static_cast<std::size_t>(fabric.links()));
      for (int node = 0; node < spec.nodes; ++node) {
        for (int rail = 0; rail < spec.rails; ++rail) {
          for (const LinkId link : route_of(fabric, {node, rail}, {(node + shift) % spec.nodes, rail})) ++flows[index(link)];
        }
      }
      ASSERT_EQ(*std::max_element(flows.begin(), flows.end()), 1) << spec.nodes << " nodes, shift " << shift;
    }
  }
}

// Shifts in rail-major order, so across rails and cores too, in trees with parallel cables below the top: the divisor must hold switches
// alone.
TEST(FabricRoutes, PutOneFlowOnALinkForShiftsFromRailToRail) {
  for (const FatTreeSpec& spec : {FatTreeSpec{.nodes = 8, .rails = 5, .radix = 8}, FatTreeSpec{.nodes = 140, .rails = 8, .radix = 40}}) {
    const Fabric fabric(spec);
    ASSERT_EQ(fabric.levels(), 3);
    ASSERT_EQ(sized(spec).at[2].parallel, 2);
    const int ports = spec.nodes * spec.rails;
    const auto port = [&](int number) { return Port{number % spec.nodes, number / spec.nodes}; };
    for (int shift = 1; shift < ports; shift += ports / 40) {
      std::vector<int> flows(static_cast<std::size_t>(fabric.links()));
      for (int number = 0; number < ports; ++number) {
        for (const LinkId link : route_of(fabric, port(number), port((number + shift) % ports))) ++flows[index(link)];
      }
      ASSERT_EQ(*std::max_element(flows.begin(), flows.end()), 1) << spec.nodes << " nodes, shift " << shift;
    }
  }
}

// 20 nodes of 8 rails: 8 leaves of 20 down and 20 up, 4 spines. A leaf has routes to 160 ports: 20 of its own (one switch), 140 by a spine
// (three). Rail-major numbers give each of the 20 uplinks 140 / 20 = 7 destinations, and each cable down to a leaf one destination of its
// 20 times 7 leaves.
TEST(FabricRoutes, LoadEveryCableOfOneScalableUnitWithSevenDestinations) {
  const Fabric fabric({.nodes = 20, .rails = 8, .radix = 40});
  std::vector<int> routes(static_cast<std::size_t>(fabric.links()));
  int one_switch = 0;
  int three_switches = 0;
  for (int leaf = 0; leaf < 8; ++leaf) {
    for (int node = 0; node < 20; ++node) {
      for (int rail = 0; rail < 8; ++rail) {
        const auto path = route_of(fabric, {(node + 1) % 20, leaf}, {node, rail});
        (path.size() == 2 ? one_switch : three_switches) += 1;
        for (std::size_t hop = 1; hop + 1 < path.size(); ++hop) {
          if (path.size() == 4) ++routes[index(path[hop])];
        }
      }
    }
  }
  EXPECT_EQ(one_switch, 160);
  EXPECT_EQ(three_switches, 1120);
  for (std::uint32_t link = 2 * 160; link < fabric.links(); ++link) EXPECT_EQ(routes[link], 7) << fabric.name(LinkId{link});
}

// Rings that stay on their rail, as NCCL's do: up to the rail's spines, never to a core or another rail's switch, one flow a link.
TEST(FabricRoutes, KeepSameRailRingsWithinTheRail) {
  const Fabric fabric({.nodes = 140, .rails = 8, .radix = 40});
  std::vector<int> flows(static_cast<std::size_t>(fabric.links()));
  for (int rail = 0; rail < 8; ++rail) {
    for (int node = 0; node < 140; ++node) {
      for (const LinkId link : route_of(fabric, {node, rail}, {(node + 1) % 140, rail})) {
        ++flows[index(link)];
        const VertexId at = fabric.target(link);
        ASSERT_LE(fabric.level_of(at), 2);
        const unsigned own = static_cast<unsigned>(rail);
        if (fabric.level_of(at) == 1) {
          ASSERT_EQ((index(at) - 1120) / 7, own);
        } else if (fabric.level_of(at) == 2) {
          ASSERT_EQ((index(at) - 1120 - 56) / 10, own);
        }
      }
    }
  }
  EXPECT_EQ(*std::max_element(flows.begin(), flows.end()), 1);
}

TEST(FabricRoutes, AreChainsStraightUpAndStraightDown) {
  std::mt19937 random(1);
  const std::vector<FatTreeSpec> specs = {{.nodes = 5, .rails = 8, .radix = 40},      {.nodes = 25, .rails = 8, .radix = 40},
                                          {.nodes = 137, .rails = 8, .radix = 40},    {.nodes = 817, .rails = 1, .radix = 40},
                                          {.nodes = 40, .rails = 3, .radix = 6},      {.nodes = 9, .rails = 2, .radix = 8, .levels = 4},
                                          {.nodes = 131'072, .rails = 8, .radix = 64}};
  for (FatTreeSpec spec : specs) {
    for (const Routing routing : {Routing::d_mod_k, Routing::s_mod_k, Routing::ecmp}) {
      spec.routing = routing;
      Fabric fabric(spec);
      const auto any_port = [&] {
        return Port{static_cast<int>(random() % static_cast<unsigned>(spec.nodes)),
                    static_cast<int>(random() % static_cast<unsigned>(spec.rails))};
      };
      for (int trial = 0; trial < 300; ++trial) {
        const Port from = any_port();
        const Port to = any_port();
        const auto path = route_of(fabric, from, to, static_cast<std::uint64_t>(trial));
        ASSERT_NO_FATAL_FAILURE(expect_sound(fabric, from, to, path));
        // Round a dead link of its own, up or down, it is as long; cables of the ports themselves have no way round.
        if (path.size() < 4) continue;
        const LinkId broken = path[1 + random() % (path.size() - 2)];
        fabric.set_alive(broken, false);
        ASSERT_NO_FATAL_FAILURE(expect_sound(fabric, from, to, route_of(fabric, from, to, static_cast<std::uint64_t>(trial))));
        fabric.set_alive(broken, true);
        ASSERT_EQ(route_of(fabric, from, to, static_cast<std::uint64_t>(trial)), path);
      }
    }
  }
}

TEST(FabricRoutes, LeadNowhereFromAPortToItself) {
  const Fabric fabric({.nodes = 20, .rails = 8, .radix = 40});
  EXPECT_TRUE(route_of(fabric, {3, 3}, {3, 3}).empty());
}

// 8 nodes on 4-port switches: leaves of 2, spines 0 and 1. Destination 4 = 2 * 2 + 0 goes by uplink 4 mod 2 = 0, destination 5 by uplink 1.
// Cables: 8 of NICs, then 2 a leaf: leaf 0 has 8 and 9, leaf 2 has 12 and 13.
TEST(FabricRoutes, TakeTheNextLivePortWhereOneIsDead) {
  Fabric fabric({.nodes = 8, .rails = 1, .radix = 4});
  const auto cable = [](std::uint32_t number, int down) { return LinkId{2 * number + static_cast<std::uint32_t>(down)}; };
  const std::vector<LinkId> by_spine_0 = {cable(0, 0), cable(8, 0), cable(12, 1), cable(4, 1)};
  const std::vector<LinkId> by_spine_1 = {cable(0, 0), cable(9, 0), cable(13, 1), cable(4, 1)};
  EXPECT_EQ(route_of(fabric, {0, 0}, {4, 0}), by_spine_0);
  fabric.set_alive(cable(8, 0), false);  // on the way up
  EXPECT_EQ(route_of(fabric, {0, 0}, {4, 0}), by_spine_1);
  fabric.set_alive(cable(8, 0), true);
  fabric.set_alive(cable(12, 0), false);  // on the way down
  EXPECT_EQ(route_of(fabric, {0, 0}, {4, 0}), by_spine_1);
  EXPECT_EQ(route_of(fabric, {0, 0}, {2, 0}).at(1), cable(8, 0)) << "other destinations keep their way";
  fabric.set_alive(cable(12, 0), true);
  EXPECT_EQ(route_of(fabric, {0, 0}, {4, 0}), by_spine_0);
}

// 16 nodes on 8-port switches: 4 leaves of 4, 2 spines, 2 cables a pair; uplinks 0 and 2 lead to spine 0. Destination 12 wants uplink 0 and
// comes down by uplink 0 of leaf 3, cable 16 + 12. With that dead the next live one from spine 0 is its parallel cable, uplink 2.
TEST(FabricRoutes, ComeDownByTheParallelCable) {
  Fabric fabric({.nodes = 16, .rails = 1, .radix = 8});
  fabric.set_alive(LinkId{2 * 28}, false);
  EXPECT_EQ(route_of(fabric, {0, 0}, {12, 0}), (std::vector<LinkId>{LinkId{0}, LinkId{2 * 16}, LinkId{2 * 30 + 1}, LinkId{2 * 12 + 1}}));
}

// In the same fabric destination 14 wants uplink 2; with leaf 0's dead the next is 3, spine 1's second cable, mirrored on the way down.
TEST(FabricRoutes, MirrorTheWayThatTheyTookInstead) {
  Fabric fabric({.nodes = 16, .rails = 1, .radix = 8});
  EXPECT_EQ(route_of(fabric, {0, 0}, {14, 0}), (std::vector<LinkId>{LinkId{0}, LinkId{2 * 18}, LinkId{2 * 30 + 1}, LinkId{2 * 14 + 1}}));
  fabric.set_alive(LinkId{2 * 18}, false);
  EXPECT_EQ(route_of(fabric, {0, 0}, {14, 0}), (std::vector<LinkId>{LinkId{0}, LinkId{2 * 19}, LinkId{2 * 31 + 1}, LinkId{2 * 14 + 1}}));
}

TEST(FabricRoutes, NameBothEndsWhereThereIsNoWay) {
  Fabric fabric({.nodes = 140, .rails = 8, .radix = 40});
  const VertexId leaf{1120 + 7 * 3};  // of rail 3, unit 0
  for (int port = 0; port < 20; ++port) fabric.set_alive(fabric.out_link(leaf, port), false);
  for (const Port to : {Port{20, 3}, Port{0, 4}}) {
    for (const bool back : {false, true}) {
      const Port from{0, 3};
      try {
        back ? route_of(fabric, to, from) : route_of(fabric, from, to);
        FAIL() << "found a way";
      } catch (const sim::Error& error) {
        EXPECT_NE(std::string(error.what()).find("node0/nic3"), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find(fabric.name(fabric.vertex(to))), std::string::npos) << error.what();
      }
    }
  }
  EXPECT_EQ(route_of(fabric, {0, 3}, {1, 3}).size(), 2U) << "within the leaf all is well";
  fabric.set_alive(fabric.out_link(leaf, 7), true);
  EXPECT_EQ(route_of(fabric, {0, 3}, {20, 3}).at(1), fabric.out_link(leaf, 7));
  EXPECT_EQ(route_of(fabric, {0, 4}, {0, 3}).at(4), reverse(fabric.out_link(leaf, 7)));
}

TEST(FabricRoutes, DoNotCrossFromPlaneToPlane) {
  const Fabric fabric({.nodes = 100, .rails = 8, .radix = 40, .planes = true});
  EXPECT_EQ(route_of(fabric, {0, 3}, {99, 3}).size(), 4U);
  try {
    route_of(fabric, {0, 3}, {99, 4});
    FAIL() << "found a way";
  } catch (const sim::Error& error) {
    EXPECT_STREQ(error.what(),
                 "node0/nic3 and node99/nic4 are in different planes, which nothing joins; cross rails inside a node (PXN over NVLink), or "
                 "set planes to "
                 "false");
  }
}

// 2,000 flows over 20 uplinks: 100 each, with a deviation of sqrt(2000 * 1/20 * 19/20) = 9.7; 50 is five of them.
TEST(FabricRoutes, SpreadFlowsByHashUnderEcmp) {
  const Fabric fabric({.nodes = 40, .rails = 8, .radix = 40, .routing = Routing::ecmp});
  std::map<LinkId, int> flows;
  for (std::uint64_t flow = 0; flow < 2000; ++flow) {
    const auto path = route_of(fabric, {0, 0}, {39, 0}, flow);
    ++flows[path[1]];
    EXPECT_EQ(route_of(fabric, {0, 0}, {39, 0}, flow), path);
  }
  EXPECT_EQ(flows.size(), 20U);
  for (const auto& [link, count] : flows) EXPECT_NEAR(count, 100, 50);
}

TEST(FabricRoutes, OfDModKDependOnTheDestinationAloneAndOfSModKOnTheSource) {
  const Fabric by_destination({.nodes = 140, .rails = 8, .radix = 40});
  const Fabric by_source({.nodes = 140, .rails = 8, .radix = 40, .routing = Routing::s_mod_k});
  for (int node = 1; node < 20; ++node) {
    // Ports of one leaf, far away: hops 1 and 2 up are the same for one destination whatever the source.
    const auto first = route_of(by_destination, {0, 0}, {99, 5});
    const auto other = route_of(by_destination, {node, 0}, {99, 5});
    EXPECT_TRUE(std::equal(first.begin() + 1, first.end(), other.begin() + 1));
    const auto here = route_of(by_source, {0, 0}, {80, 5});
    const auto there = route_of(by_source, {0, 0}, {80 + node, 5});
    EXPECT_TRUE(std::equal(here.begin(), here.end() - 1, there.begin()));
  }
}

}  // namespace
}  // namespace orrery::topology
