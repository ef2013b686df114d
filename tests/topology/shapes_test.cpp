// The builders: counts against published designs and closed forms, and what holds of every shape.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/error.h"
#include "tests/topology/assorted_fabrics.h"
#include "topology/cabling.h"
#include "topology/dragonfly.h"
#include "topology/dragonfly_plus.h"
#include "topology/dual_plane.h"
#include "topology/fat_tree_shape.h"
#include "topology/hyperx.h"
#include "topology/torus.h"

namespace orrery::topology {
namespace {

std::vector<std::int64_t> switches_of(const Shape& shape) {
  std::vector<std::int64_t> counts;
  for (int level = 1; level <= shape.levels(); ++level) counts.push_back(shape.switches(level));
  return counts;
}

std::vector<std::int64_t> cables_of(const Shape& shape) {
  std::vector<std::int64_t> counts;
  for (int layer = 0; layer < static_cast<int>(shape.layers().size()); ++layer) counts.push_back(shape.cables(layer));
  return counts;
}

using Counts = std::vector<std::int64_t>;

TEST(Shapes, SayTheSameFromBothEndsOfEveryCable) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    const Shape& shape = fabric.shape();
    SCOPED_TRACE(to_text(made.spec.topology));
    std::int64_t ends = 0;
    std::set<LinkId> out;
    for (std::uint32_t v = 0; v < shape.vertices(); ++v) {
      for (int port = 0; port < shape.out_degree(VertexId{v}); ++port, ++ends) {
        const LinkId link = shape.out_link(VertexId{v}, port);
        ASSERT_EQ(fabric.source(link), VertexId{v});
        ASSERT_TRUE(out.insert(link).second) << "one port a link";
        ASSERT_EQ(shape.layer(cable_of(link)) == 0, shape.is_port(fabric.source(link)) || shape.is_port(fabric.target(link)));
      }
    }
    EXPECT_EQ(ends, 2 * shape.cables());
    std::int64_t cables = 0;
    for (const std::int64_t count : cables_of(shape)) cables += count;
    EXPECT_EQ(cables, shape.cables());
    std::int64_t switches = 0;
    for (const std::int64_t count : switches_of(shape)) switches += count;
    EXPECT_EQ(switches, shape.vertices() - shape.ports());
  }
}

TEST(Shapes, HaveNamesThatLeadBackAndPortsWithinTheRadix) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    SCOPED_TRACE(to_text(made.spec.topology));
    std::set<std::string> names;
    for (std::uint32_t v = 0; v < fabric.vertices(); ++v) {
      const std::string name = fabric.name(VertexId{v});
      ASSERT_TRUE(names.insert(name).second) << name;
      ASSERT_EQ(fabric.vertex(name), VertexId{v}) << name;
      const bool any = made.spec.topology == Topology::single_switch || made.spec.topology == Topology::dual_plane;  // half ports there
      if (!any && v >= fabric.ports()) {
        EXPECT_LE(fabric.out_degree(VertexId{v}), made.ports.radix) << name;
      }
    }
    for (std::uint32_t l = 0; l < fabric.links(); ++l) {
      const std::string name = fabric.name(LinkId{l});
      ASSERT_TRUE(names.insert(name).second) << name;
      ASSERT_EQ(fabric.link(name), LinkId{l}) << name;
    }
    EXPECT_THROW(fabric.vertex("hub99"), sim::Error);
    EXPECT_THROW(fabric.vertex("node99/nic0"), sim::Error);
    EXPECT_THROW(fabric.vertex("node0/nic7"), sim::Error);
  }
}

// k = 39: p = 10, a = 20, h = 10. The whole machine: 201 groups, one cable between each two.
TEST(Dragonfly, OfAllItsGroupsUsesEveryPort) {
  const DragonflySpec spec = balanced({.nodes = 5'025, .rails = 8, .radix = 39});
  EXPECT_EQ((Counts{spec.ports_per_switch, spec.group_switches, spec.global_links}), (Counts{10, 20, 10}));
  ASSERT_EQ(groups(spec), 201);
  const Cabling shape(dragonfly(spec));
  EXPECT_EQ(switches_of(shape), (Counts{201 * 20}));
  EXPECT_EQ(cables_of(shape), (Counts{40'200, 201 * 190, 201 * 200 / 2}));
  for (std::uint32_t v = static_cast<std::uint32_t>(shape.ports()); v < shape.vertices(); ++v) ASSERT_EQ(shape.out_degree(VertexId{v}), 39);
  EXPECT_FALSE(faults(DragonflySpec{.nodes = 5'026, .rails = 8, .radix = 39}).empty());
}

// 1,024 ports of k = 40: 6 groups of 200; 200 global links a group over 5 others: 40 cables a pair.
TEST(Dragonfly, OfFewGroupsJoinsEachPairByManyCables) {
  const Cabling shape(dragonfly({.nodes = 128, .rails = 8, .radix = 40}));
  EXPECT_EQ(switches_of(shape), (Counts{120}));
  EXPECT_EQ(cables_of(shape), (Counts{1'024, 6 * 190, 15 * 40}));
}

// k = 8: groups of 16 ports, 4 leaves and 4 spines; 17 groups at most, one cable between each two.
TEST(DragonflyPlus, OfAllItsGroupsUsesEveryPort) {
  const Cabling shape(dragonfly_plus({.nodes = 17, .rails = 16, .radix = 8}));
  EXPECT_EQ(switches_of(shape), (Counts{68, 68}));
  EXPECT_EQ(cables_of(shape), (Counts{272, 272, 136}));
  for (std::uint32_t v = static_cast<std::uint32_t>(shape.ports()); v < shape.vertices(); ++v) ASSERT_EQ(shape.out_degree(VertexId{v}), 8);
  EXPECT_FALSE(faults(DragonflyPlusSpec{.nodes = 18, .rails = 16, .radix = 8}).empty());
}

// 11 x 11 switches: each has 10 neighbours in either dimension, 121 * 20 / 2 cables.
TEST(HyperX, TakesTheSmallestSquareOfAsManyNicsASwitchAsItsSide) {
  const HyperXSpec spec = filled(HyperXSpec{.nodes = 128, .rails = 8, .radix = 40});
  EXPECT_EQ(spec.dimensions, (std::vector<int>{11, 11}));
  EXPECT_EQ(spec.ports_per_switch, 11);
  const Cabling shape(hyperx(spec));
  EXPECT_EQ(cables_of(shape), (Counts{1'024, 605, 605}));
  EXPECT_FALSE(faults(HyperXSpec{.nodes = 128, .rails = 8, .radix = 40, .dimensions = {30, 30}}).empty()) << "58 ports to neighbours";
  EXPECT_EQ(faults(HyperXSpec{.nodes = 128, .rails = 8, .radix = 40, .dimensions = {4, 4}}).size(), 1U) << "holds 64 ports";
}

TEST(HyperX, OfOneDimensionIsAFullMesh) {
  const Cabling shape(hyperx({.nodes = 5, .rails = 4, .radix = 16, .dimensions = {5}, .parallel = 2}));
  EXPECT_EQ(cables_of(shape), (Counts{20, 20}));  // 10 pairs of switches
}

// 8 x 4 x 4: a ring of n switches has n cables.
TEST(Torus, IsRingsInEveryDimension) {
  const TorusSpec spec = filled(TorusSpec{.nodes = 128, .rails = 8, .radix = 40});
  EXPECT_EQ(spec.dimensions, (std::vector<int>{6, 6, 4})) << "the longest side decides before the number of switches";
  const Cabling shape(torus({.nodes = 128, .rails = 8, .radix = 40, .dimensions = {8, 4, 4}}));
  EXPECT_EQ(switches_of(shape), (Counts{128}));
  EXPECT_EQ(cables_of(shape), (Counts{1'024, 128, 128, 128}));
  EXPECT_EQ(faults(TorusSpec{.nodes = 128, .rails = 8, .radix = 13}).size(), 1U) << "8 NICs and 6 neighbours";
}

// HPN 7.0: 15 segments of 128 nodes, 8 rails; a leaf has 128 half ports down and 64 whole ports up here (HPN: 60 and 8 spare).
TEST(DualPlane, IsThePodOfHpn) {
  const Cabling shape(dual_plane({.nodes = 1'920, .rails = 8, .radix = 128, .link = sim::BytesPerSecond{50e9}}));
  EXPECT_EQ(switches_of(shape), (Counts{2 * 15 * 8, 2 * 64}));
  EXPECT_EQ(cables_of(shape), (Counts{2 * 15'360, 2 * 120 * 64}));
  EXPECT_EQ(shape.bandwidth(0), sim::BytesPerSecond{25e9});
  EXPECT_EQ(shape.bandwidth(2 * 15'360), sim::BytesPerSecond{50e9});
  EXPECT_FALSE(faults(DualPlaneSpec{.nodes = 17 * 128, .rails = 8, .radix = 128, .link = sim::BytesPerSecond{50e9}}).empty());
}

// PGFT(3; 4,4,4; 1,2,3; 1,1,2): 64 ports, 16 leaves with 2 parents, 4 * 2 = 8 switches with 3 parents by 2 cables, 6 at the top.
TEST(Pgft, HasSwitchesAndCablesByItsNumbers) {
  const FatTreeShape shape({.nodes = 8, .rails = 8, .pgft = PgftSpec{{4, 4, 4}, {1, 2, 3}, {1, 1, 2}}});
  EXPECT_EQ(switches_of(shape), (Counts{16, 8, 6}));
  EXPECT_EQ(cables_of(shape), (Counts{64, 32, 48}));
  EXPECT_EQ(faults(FatTreeSpec{.nodes = 8, .rails = 8, .pgft = PgftSpec{{4, 4}, {1, 2}, {1, 1}}}).size(), 1U) << "16 places";
  EXPECT_EQ(faults(FatTreeSpec{.nodes = 8, .rails = 8, .pgft = PgftSpec{{8, 8}, {2, 2}, {1, 1}}}).size(), 1U) << "NICs have one cable";
}

TEST(FabricSpec, RefusesWhatATopologyHasNoUseFor) {
  const FabricPorts ports{.nodes = 12, .rails = 2, .radix = 8, .link = sim::BytesPerSecond{25e9}};
  const auto first = [&](const FabricSpec& spec) {
    const auto found = faults(spec, ports);
    return found.empty() ? std::string() : to_text(found.front());
  };
  EXPECT_EQ(first({.topology = Topology::torus, .levels = 2}),
            "/fabric/levels: levels means nothing to a torus; leave it out; it is of fat-tree, rail-only");
  EXPECT_EQ(first({.topology = Topology::torus, .routing = Routing::d_mod_k}),
            "/fabric/routing: d-mod-k is arithmetic of fat-trees, and this is a torus; take minhop, updown, ecmp or adaptive");
  EXPECT_NE(first({.routing = Routing::ugal}).find("makes detours"), std::string::npos);
  EXPECT_NE(first({.routing = Routing::lft}).find("lft takes tables"), std::string::npos);
  EXPECT_NE(first({.routing = Routing::minhop, .queue_pairs = 4}).find("queue_pairs"), std::string::npos);
  EXPECT_EQ(first({.routing = Routing::ecmp, .queue_pairs = 4}), "");
  EXPECT_EQ(first({.topology = Topology::dual_plane, .routing = Routing::adaptive, .queue_pairs = 4}).substr(0, 19), "/fabric/queue_pairs");
  const PgftSpec pgft{{4, 4}, {1, 2}, {1, 2}};
  EXPECT_EQ(first({.levels = 3, .pgft = pgft}).substr(0, 14), "/fabric/levels");
  EXPECT_EQ(first({.oversubscription = 2, .pgft = pgft}).substr(0, 24), "/fabric/oversubscription");
  EXPECT_EQ(first({.planes = true, .pgft = pgft}).substr(0, 14), "/fabric/planes");
}

}  // namespace
}  // namespace orrery::topology
