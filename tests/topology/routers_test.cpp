// Routers other than the fat-tree's own: ways are ways, shares even out, tables balance, and dead links are gone round.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "sim/error.h"
#include "tests/topology/assorted_fabrics.h"
#include "topology/cabling.h"
#include "topology/fat_tree_shape.h"
#include "topology/forwarding_tables.h"
#include "topology/single_switch.h"
#include "topology/spreading_router.h"

namespace orrery::topology {
namespace {

bool is_chain(const Fabric& fabric, Port from, Port to, const Route& route) {
  VertexId here = fabric.vertex(from);
  for (const LinkId link : route) {
    if (fabric.source(link) != here) return false;
    here = fabric.target(link);
    if (fabric.shape().is_port(here) && here != fabric.vertex(to)) return false;
  }
  return here == fabric.vertex(to);
}

TEST(Routers, LeadFromPortToPortByLiveLinks) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    Fabric fabric = make_fabric(made.spec, made.ports);
    SCOPED_TRACE(to_text(made.spec.topology) + " " + to_text(*made.spec.routing));
    const bool bundles =
        *made.spec.routing == Routing::adaptive && fabric.bundle(LinkId{static_cast<std::uint32_t>(fabric.links() - 1)}).links > 1;
    const bool apart = made.spec.topology == Topology::rail_only;
    for (const bool damaged : {false, true}) {
      const auto dead = LinkId{static_cast<std::uint32_t>(fabric.links() - 1)};  // between switches, but where there is one switch
      const bool cuts_off = fabric.shape().is_port(fabric.source(dead)) || fabric.shape().is_port(fabric.target(dead));
      if (damaged && cuts_off) continue;
      if (damaged) fabric.set_alive(dead, false);
      for (int from = 0; from < fabric.ports(); ++from) {
        for (int to = 0; to < fabric.ports(); to += 5) {
          const Port a = fabric.shape().port(VertexId{static_cast<std::uint32_t>(from)});
          const Port b = fabric.shape().port(VertexId{static_cast<std::uint32_t>(to)});
          if (apart && a.rail != b.rail) continue;
          for (int share = 0; share < fabric.shares(); ++share) {
            const Route route = fabric.route(a, b, 3, share);
            if (bundles) {
              EXPECT_EQ(route.hops(), fabric.hops(a, b));
              continue;
            }
            ASSERT_TRUE(is_chain(fabric, a, b, route)) << fabric.name(fabric.vertex(a)) << " to " << fabric.name(fabric.vertex(b));
            EXPECT_TRUE(std::all_of(route.begin(), route.end(), [&](LinkId link) { return fabric.alive(link); }));
            const bool shortest =
                *made.spec.routing != Routing::valiant && *made.spec.routing != Routing::ugal && *made.spec.routing != Routing::updown;
            if (shortest) {
              EXPECT_EQ(route.hops(), fabric.hops(a, b));
            }
            EXPECT_GE(route.hops(), fabric.hops(a, b));
          }
        }
      }
    }
  }
}

TEST(Routers, GiveTheSameWayWheneverAsked) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    const Route first = fabric.route({0, 0}, {7, 0}, 1, fabric.shares() - 1);
    for (int other = 1; other < 7; ++other) static_cast<void>(fabric.route({0, 0}, {other, 0}, 0));
    const Fabric copy = fabric;
    EXPECT_EQ(fabric.route({0, 0}, {7, 0}, 1, fabric.shares() - 1), first);
    EXPECT_EQ(copy.route({0, 0}, {7, 0}, 1, fabric.shares() - 1), first);
  }
}

TEST(Routers, NameThePairThatIsCutOff) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    Fabric fabric = make_fabric(made.spec, made.ports);
    for (int cable = 0; cable < fabric.out_degree(VertexId{0}); ++cable) fabric.set_alive(fabric.out_link(VertexId{0}, cable), false);
    try {
      static_cast<void>(fabric.route({0, 0}, {7, 0}, 0));
      ADD_FAILURE() << to_text(made.spec.topology);
    } catch (const sim::Error& error) {
      EXPECT_EQ(std::string(error.what()).find("node0/nic0 and node7/nic0 are cut off from each other"), 0U) << error.what();
    }
    EXPECT_NO_THROW(static_cast<void>(fabric.route({1, 0}, {7, 0}, 0)));
  }
}

// Every leaf of a 2-level tree of 12 ports a leaf sends to the 12 ports of another leaf over its 4 uplinks: 3 each, up and down.
TEST(Minhop, SpreadsDestinationsEvenlyOverUplinks) {
  const FabricPorts ports{.nodes = 48, .rails = 1, .radix = 16, .link = {}};
  for (const Routing routing : {Routing::minhop, Routing::updown}) {
    const Fabric fabric = make_fabric({.oversubscription = 3, .routing = routing}, ports);
    ASSERT_EQ(fabric.switches(1), 4);
    ASSERT_EQ(fabric.cables(1), 16);
    std::map<LinkId, std::set<int>> destinations;  // by link between switches
    for (int from = 0; from < 48; ++from) {
      for (int to = 0; to < 48; ++to) {
        for (const LinkId link : fabric.route({from, 0}, {to, 0}, 0)) {
          if (fabric.layer_of(link) == 1) destinations[link].insert(to);
        }
      }
    }
    EXPECT_EQ(destinations.size(), 32U);
    for (const auto& [link, to] : destinations) {
      if (index(link) % 2 == 0) {
        EXPECT_EQ(to.size(), 9U) << fabric.name(link) << ": 36 destinations elsewhere over 4 uplinks";
      }
    }
  }
}

// Of a leaf with 4 uplinks one dies: its 9 destinations go to the other three, 3 each, and all others stay.
TEST(Minhop, MovesOnlyWhatADeadLinkCarried) {
  const FabricPorts ports{.nodes = 48, .rails = 1, .radix = 16, .link = {}};
  Fabric fabric = make_fabric({.oversubscription = 3, .routing = Routing::minhop}, ports);
  const auto uplink_of = [&](int to) { return fabric.route({0, 0}, {to, 0}, 0)[1]; };
  std::map<int, LinkId> before;
  for (int to = 12; to < 48; ++to) before[to] = uplink_of(to);
  const LinkId dead = before[20];
  fabric.set_alive(dead, false);
  std::map<LinkId, int> moved;
  for (int to = 12; to < 48; ++to) {
    if (before[to] == dead) {
      ++moved[uplink_of(to)];
    } else {
      EXPECT_EQ(uplink_of(to), before[to]) << to;
    }
  }
  EXPECT_EQ(moved.size(), 3U);
  for (const auto& [link, count] : moved) EXPECT_EQ(count, 3) << fabric.name(link);
}

// A ring of 5 switches: shortest ways from 2 to 3 steps away go either round; up*/down* must not turn up again. The root is switch0 (all
// are equal). Between switch2 and switch3, neighbours far from the root, the direct cable is level: the lower number is up.
TEST(Updown, NeverGoesUpAgain) {
  const FabricPorts ports{.nodes = 5, .rails = 1, .radix = 8, .link = {}};
  const Fabric fabric = make_fabric({.topology = Topology::torus, .routing = Routing::updown, .dimensions = {5}}, ports);
  const std::vector<int> rank = {0, 1, 2, 2, 1};
  for (int from = 0; from < 5; ++from) {
    for (int to = 0; to < 5; ++to) {
      bool went_down = false;
      const Route route = fabric.route({from, 0}, {to, 0}, 0);
      for (const LinkId link : route) {
        if (fabric.layer_of(link) == 0) continue;
        const int a = static_cast<int>(index(fabric.source(link))) - 5;
        const int b = static_cast<int>(index(fabric.target(link))) - 5;
        const bool up = std::pair(rank[static_cast<std::size_t>(b)], b) < std::pair(rank[static_cast<std::size_t>(a)], a);
        EXPECT_FALSE(up && went_down) << from << " to " << to;
        went_down = went_down || !up;
      }
    }
  }
  EXPECT_EQ(fabric.route({1, 0}, {3, 0}, 0).hops(), 4) << "down through switch2";
}

// A pod whose uplinks are all dead is a part by itself, with roots of its own: its spines.
TEST(Updown, HasRootsInEveryPart) {
  const FabricPorts ports{.nodes = 32, .rails = 1, .radix = 4, .link = {}};
  Fabric fabric = make_fabric({.routing = Routing::updown}, ports);
  ASSERT_EQ(fabric.levels(), 4);
  const auto pod = fabric.route({0, 0}, {2, 0}, 0);
  ASSERT_EQ(pod.hops(), 4);
  for (std::uint32_t link = 0; link < fabric.links(); link += 2) {
    if (fabric.layer_of(LinkId{link}) == 2) fabric.set_alive(LinkId{link}, false);
  }
  EXPECT_EQ(fabric.route({0, 0}, {2, 0}, 0).hops(), 4);
  EXPECT_THROW(static_cast<void>(fabric.route({0, 0}, {31, 0}, 0)), sim::Error);
}

// A dragonfly of 4 groups; all ports of group 0 send to group 1. By shortest ways everything goes over the few cables between the two; by
// Valiant's an equal part goes through each switch.
TEST(Valiant, SpreadsAnAdversarialPattern) {
  const FabricPorts ports{.nodes = 32, .rails = 1, .radix = 7, .link = {}};  // p = 2, a = 4, h = 2: 4 groups of 8, 8 / 3 = 2 cables a pair
  const FabricSpec spec{.topology = Topology::dragonfly};
  std::map<Routing, double> most;
  for (const Routing routing : {Routing::minhop, Routing::valiant, Routing::ugal}) {
    FabricSpec with = spec;
    with.routing = routing;
    const Fabric fabric = make_fabric(with, ports);
    std::map<LinkId, double> load;
    for (int port = 0; port < 32; ++port) {
      for (int share = 0; share < fabric.shares(); ++share) {
        for (const LinkId link : fabric.route({port, 0}, {(port + 8) % 32, 0}, 0, share)) load[link] += 1.0 / fabric.shares();
      }
    }
    for (const auto& [link, flows] : load) most[routing] = std::max(most[routing], fabric.layer_of(link) == 2 ? flows : 0);
  }
  EXPECT_GE(most[Routing::minhop], 4) << "8 flows over 2 cables";
  // 32 flows in 16 shares over 24 directed cables, twice each but where the switch in the middle is in one of the two groups.
  EXPECT_LT(most[Routing::valiant], 3.5);
  EXPECT_LT(most[Routing::ugal], 3.5);
}

TEST(Ugal, TakesShortestWaysWhereNothingIsInTheWay) {
  const FabricPorts ports{.nodes = 32, .rails = 1, .radix = 7, .link = {}};
  const Fabric fabric = make_fabric({.topology = Topology::dragonfly, .routing = Routing::ugal}, ports);
  EXPECT_EQ(fabric.route({0, 0}, {31, 0}, 0, 0).hops(), fabric.hops({0, 0}, {31, 0}));
}

// A HyperX of 2 x 2 switches: between opposite corners there are two shortest ways, and half of 16 shares goes by each.
TEST(Adaptive, DealsSharesEvenly) {
  const FabricPorts ports{.nodes = 4, .rails = 1, .radix = 8, .link = {}};
  const Fabric fabric = make_fabric({.topology = Topology::hyperx, .dimensions = {2, 2}, .ports_per_switch = 1}, ports);
  ASSERT_EQ(fabric.routing(), Routing::adaptive);
  std::map<LinkId, int> shares;
  for (int share = 0; share < fabric.shares(); ++share) ++shares[fabric.route({0, 0}, {3, 0}, 0, share)[1]];
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares.begin()->second, fabric.shares() / 2);
}

TEST(DualPlane, DealsQueuePairsToBothPlanes) {
  const FabricPorts ports{.nodes = 8, .rails = 2, .radix = 8, .link = sim::BytesPerSecond{50e9}};
  Fabric fabric = make_fabric({.topology = Topology::dual_plane, .segment_nodes = 4}, ports);
  ASSERT_EQ(fabric.shares(), 2);
  EXPECT_NE(fabric.route({0, 0}, {7, 0}, 0, 0)[0], fabric.route({0, 0}, {7, 0}, 0, 1)[0]);
  const LinkId first = fabric.route({0, 0}, {7, 0}, 0, 0)[0];
  fabric.set_alive(first, false);
  EXPECT_EQ(fabric.route({0, 0}, {7, 0}, 0, 0)[0], fabric.route({0, 0}, {7, 0}, 0, 1)[0]) << "both by the plane that is left";
  // The far end of a plane is dead: nothing enters it.
  fabric.set_alive(first, true);
  fabric.set_alive(fabric.out_link(fabric.vertex({7, 0}), 0), false);
  EXPECT_EQ(fabric.route({0, 0}, {7, 0}, 0, 0)[0], fabric.route({0, 0}, {7, 0}, 0, 1)[0]);
}

TEST(Tables, ThatLeadInACircleAreRefusedWithTheirPair) {
  CablingPlan plan{.nodes = 2, .rails = 1};
  const int nics = plan.add_layer("NIC to switch", 5);
  const int between = plan.add_layer("between", 5);
  const VertexId a = plan.add_switch("a", 1);
  const VertexId b = plan.add_switch("b", 1);
  plan.join(plan.port({0, 0}), a, nics);
  plan.join(plan.port({1, 0}), b, nics);
  plan.join(a, b, between);
  plan.join(a, b, between);
  const auto shape = std::make_shared<const Cabling>(std::move(plan));
  ForwardingTables tables(*shape);
  tables.set(a, VertexId{1}, 1);
  tables.set(b, VertexId{1}, 2);  // back to a
  const Fabric fabric(shape, std::make_unique<TableRouter>(*shape, Routing::lft, std::make_shared<const ForwardingTables>(tables)),
                      Routing::lft);
  try {
    static_cast<void>(fabric.route({0, 0}, {1, 0}, 0));
    ADD_FAILURE();
  } catch (const sim::Error& error) {
    EXPECT_EQ(std::string(error.what()).find("the forwarding tables lead from node0/nic0 to node1/nic0 in a circle"), 0U) << error.what();
  }
}

}  // namespace
}  // namespace orrery::topology
