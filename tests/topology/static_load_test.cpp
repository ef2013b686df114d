#include "topology/static_load.h"

#include <gtest/gtest.h>

#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

StaticLoad static_load_of(const Fabric& fabric) { return static_load(fabric, SwitchGraph(fabric, test::hdr)).value(); }

/// One unit of a SuperPOD: 8 leaves of 20 NICs and 20 uplinks. A leaf sends towards 140 ports by 20 links, 7 each; down to a leaf every
/// link carries what 7 leaves send to one of its ports.
TEST(StaticLoad, OfDModKOnAFullTreeIsEven) {
  const StaticLoad found = static_load_of(test::hdr_fabric({}, 20, 8, 40));
  ASSERT_EQ(found.layers.size(), 1U);
  EXPECT_EQ(found.layers[0].name, "leaf to spine");
  EXPECT_EQ(found.routes, 8 * 140);
  EXPECT_EQ(found.unreachable, 0);
  const LinkLoad& up = found.layers[0].up;
  EXPECT_EQ(up.links, 160);
  EXPECT_EQ(up.unused, 0);
  EXPECT_EQ(up.most_destinations, 7);
  EXPECT_EQ(up.mean_destinations, 7);
  EXPECT_EQ(up.most_routes, 7);
  EXPECT_EQ(up.mean_routes, 7);
  const LinkLoad& down = found.layers[0].down;
  EXPECT_EQ(down.most_destinations, 1);
  EXPECT_EQ(down.mean_destinations, 1);
  EXPECT_EQ(down.most_routes, 7);
  EXPECT_EQ(down.mean_routes, 7);
}

/// The 7 destinations of a dead uplink go by the next one, beside its own.
TEST(StaticLoad, OfDeadLinksFallsOnTheirNeighbours) {
  Fabric fabric = test::hdr_fabric({}, 20, 8, 40);
  fabric.set_alive(fabric.out_link(fabric.vertex("leaf0.3"), 5), false);
  const StaticLoad found = static_load_of(fabric);
  EXPECT_EQ(found.unreachable, 0);
  EXPECT_EQ(found.layers[0].up.links, 159);
  EXPECT_EQ(found.layers[0].up.most_destinations, 14);
  EXPECT_EQ(found.layers[0].up.mean_routes, 1120 / 159.0);
}

/// minhop deals destinations out at every switch: with 12 of them for 2 uplinks, 6 each.
TEST(StaticLoad, OfMinhopIsWhatItDealsOut) {
  const Fabric fabric = test::hdr_fabric({.routing = Routing::minhop, .pgft = PgftSpec{{4, 4}, {1, 2}, {1, 1}}}, 8, 2, 8);
  const StaticLoad found = static_load_of(fabric);
  EXPECT_EQ(found.layers[0].up.most_destinations, 6);
  EXPECT_EQ(found.layers[0].up.mean_destinations, 6);
  EXPECT_EQ(found.layers[0].up.mean_routes, found.layers[0].down.mean_routes);
}

/// Every route between switches of Petersen's graph has one or two links: 10 leaves x (3 x 3 x 1 + 6 x 3 x 2) = 450, over 30 directed
/// links.
TEST(StaticLoad, AddsUpToTheLengthOfAllRoutes) {
  const StaticLoad found = static_load_of(test::petersen());
  ASSERT_EQ(found.layers.size(), 1U);
  EXPECT_EQ(found.layers[0].up.mean_routes + found.layers[0].down.mean_routes, 2 * 450 / 30.0);
  EXPECT_GE(found.layers[0].up.most_routes, 15);
  EXPECT_EQ(found.routes, 10 * 27);
}

/// 2 rails with 2 leaves of 4 each; the 8 ports of the other rail are out of reach of each of 4 leaves.
TEST(StaticLoad, CountsWhatPlanesKeepApartAsUnreachable) {
  const StaticLoad found = static_load_of(test::hdr_fabric({.topology = Topology::rail_only, .levels = 2}, 8, 2, 8));
  EXPECT_EQ(found.routes, 4 * 4);
  EXPECT_EQ(found.unreachable, 4 * 8);
}

/// d-mod-k takes shortest ways alone: with leaf 0 on spine 0 and leaf 1 on spine 1 only, no shortest way joins the two leaves, but a longer
/// one does over leaf 2.
TEST(StaticLoad, CountsWhatTheRoutingDoesNotReach) {
  Fabric fabric = test::tapered_tree();
  fabric.set_alive(fabric.link("leaf0 -> spine1"), false);
  fabric.set_alive(fabric.link("leaf1 -> spine0"), false);
  const StaticLoad found = static_load_of(fabric);
  EXPECT_EQ(found.unreachable, 8);
  EXPECT_EQ(found.routes, 4 * 12 - 8);
}

TEST(StaticLoad, CountsANicWithoutACableAsUnreachableFromEveryLeaf) {
  Fabric fabric = test::tapered_tree();
  fabric.set_alive(fabric.out_link(fabric.vertex(Port{0, 0}), 0), false);
  const StaticLoad found = static_load_of(fabric);
  EXPECT_EQ(found.unreachable, 4);
  EXPECT_EQ(found.routes, 4 * 12 - 3);
}

TEST(StaticLoad, IsNoneWhereSwitchesChooseOrRoutesAreTooMany) {
  for (const Routing routing : {Routing::ecmp, Routing::adaptive, Routing::s_mod_k}) {
    const Fabric fabric = test::hdr_fabric({.routing = routing}, 8, 2, 8);
    EXPECT_EQ(static_load(fabric, SwitchGraph(fabric, test::hdr)), std::nullopt);
  }
  const Fabric fabric = test::tapered_tree();
  EXPECT_EQ(static_load(fabric, SwitchGraph(fabric, test::hdr), 10), std::nullopt);
}

}  // namespace
}  // namespace orrery::topology
