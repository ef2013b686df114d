#include "topology/throughput.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "tests/topology/assorted_fabrics.h"
#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

/// From node to node of a fabric of one rail.
Demand demand(int from, int to, std::uint32_t weight = 1) { return {{from, 0}, {to, 0}, weight}; }

double rate(const Throughput& result, int from, int to) {
  for (const FlowRate& flow : result.flows) {
    if (flow.from.node == from && flow.to.node == to) return flow.rate;
  }
  ADD_FAILURE() << "no flow from " << from << " to " << to;
  return -1;
}

const LayerLoad& load_of(const Throughput& result, int layer, int from_end) {
  return result.layers[static_cast<std::size_t>(2 * layer + from_end)];
}

/// 8 nodes on 4-port switches: leaves of 2, 2 uplinks each, spines 0 and 1. Destinations 4 and 6 go by uplink 0, 5 and 7 by uplink 1.
Fabric tree_of_eight(Routing routing) { return Fabric({.nodes = 8, .rails = 1, .radix = 4, .routing = routing}); }

// 0 -> 4 and 1 -> 6 share leaf 0's uplink 0. Of 8 links up between switches 1 is used, carrying 1 where 2 were offered; spine 0 has two
// links down in use, half full, and every NIC link in use is half full.
TEST(Throughput, OfTwoFlowsOnOneUplinkIsHalfEach) {
  const Fabric fabric = tree_of_eight(Routing::d_mod_k);
  const Throughput result = throughput(fabric, {demand(0, 4), demand(1, 6)});
  EXPECT_EQ(result.flows, (std::vector<FlowRate>{{{0, 0}, {4, 0}, 0.5, 0.5}, {{1, 0}, {6, 0}, 0.5, 0.5}}));
  EXPECT_EQ(result.mean, 0.5);
  EXPECT_EQ(result.minimum, 0.5);
  EXPECT_EQ(result.cut_off, 0);
  ASSERT_TRUE(result.bottleneck);
  EXPECT_EQ(fabric.name(*result.bottleneck), "leaf0 -> spine0");
  const LayerLoad up = {1, 0, 8, 7, 2, 0.25, 1, 0.125, 1};
  const LayerLoad down = {1, 1, 8, 6, 1, 0.25, 0.5, 0.125, 1};
  const LayerLoad out = {0, 0, 8, 6, 1, 0.25, 0.5, 0.125, 1};
  EXPECT_EQ(load_of(result, 1, 0), up);
  EXPECT_EQ(load_of(result, 1, 1), down);
  EXPECT_EQ(load_of(result, 0, 0), out);
  EXPECT_EQ(result.between_switches, (LinkSpread{0, 1, 2})) << "of 16 links 13 have nothing, 2 a flow, 1 two: the 8th, 15th and 16th";
}

// The same two flows spread over both uplinks: nothing is in their way but, where choosing costs half of a link, that.
TEST(Throughput, OfAdaptiveRoutingHasTheWholeBundleTimesItsEfficiency) {
  const Fabric fabric = tree_of_eight(Routing::adaptive);
  const Traffic traffic = {demand(0, 4), demand(1, 6)};
  const Throughput free = throughput(fabric, traffic);
  EXPECT_EQ(free.mean, 1);
  EXPECT_EQ(free.bottleneck, std::nullopt);
  EXPECT_EQ(load_of(free, 1, 0).unused, 6);
  EXPECT_EQ(load_of(free, 1, 0).carried_total, 2);
  const Throughput capped = throughput(fabric, traffic, {.efficiency = 0.5});
  EXPECT_EQ(capped.mean, 0.5);
  EXPECT_EQ(fabric.layer_of(*capped.bottleneck), 1);
  EXPECT_EQ(throughput(tree_of_eight(Routing::d_mod_k), traffic, {.efficiency = 0.5}).mean, 0.5) << "static: not capped again";
}

// Leaves of 8 with 8 uplinks; every port sends to the leaf after its own. One uplink of leaf 2 dies, for what leaves it and what comes to
// it.
TEST(Throughput, WithADeadUplinkIsSevenEighthsByChoiceAndHalfForSomeByRule) {
  FatTreeSpec spec{.nodes = 64, .rails = 1, .radix = 16};
  for (const Routing routing : {Routing::adaptive, Routing::d_mod_k}) {
    spec.routing = routing;
    Fabric fabric(spec);
    const Traffic traffic = shift_traffic(fabric.shape(), 8);
    EXPECT_EQ(throughput(fabric, traffic).minimum, 1);
    fabric.set_alive(fabric.out_link(fabric.vertex("leaf2"), 3), false);
    const Throughput damaged = throughput(fabric, traffic);
    EXPECT_EQ(damaged.minimum, routing == Routing::adaptive ? 0.875 : 0.5);
    for (const FlowRate& flow : damaged.flows) {
      const bool meets_leaf = flow.from.node / 8 == 2 || flow.to.node / 8 == 2;
      if (!meets_leaf) {
        EXPECT_EQ(flow.rate, 1);
      } else if (routing == Routing::adaptive) {
        EXPECT_EQ(flow.rate, 0.875);
      }
    }
  }
}

// Oversubscription o: a leaf's d ports have d / o uplinks, and D-mod-K deals a shift to them evenly.
TEST(Throughput, AcrossOversubscribedLeavesIsOneOverIt) {
  for (const Routing routing : {Routing::d_mod_k, Routing::adaptive}) {
    const Fabric two({.nodes = 64, .rails = 1, .radix = 12, .oversubscription = 2, .routing = routing});
    const Throughput half = throughput(two, shift_traffic(two.shape(), 8));
    EXPECT_EQ(half.mean, 0.5);
    EXPECT_EQ(half.minimum, 0.5);
    EXPECT_EQ(load_of(half, 1, 0).mean_carried, 1) << "no uplink idles";
    const Fabric three({.nodes = 48, .rails = 1, .radix = 16, .oversubscription = 3, .routing = routing});
    const Throughput third = throughput(three, shift_traffic(three.shape(), 12));
    EXPECT_DOUBLE_EQ(third.mean, 1 / 3.0);
    EXPECT_EQ(third.minimum, 1 / 3.0);
  }
}

Fabric hub(int nodes) { return make_fabric({.topology = Topology::single_switch}, {.nodes = nodes, .rails = 1, .radix = 16, .link = {}}); }

// 0 offers a third to each of 1, 2 and 3; 4 offers all to 1. The link to 1 has room for a half each, but 0 has no more than a third for it:
// 4 gets the two thirds that are left.
TEST(Throughput, GivesNoFlowMoreThanItOffers) {
  const Throughput result = throughput(hub(5), {demand(0, 1), demand(0, 2), demand(0, 3), demand(4, 1)});
  EXPECT_EQ(rate(result, 0, 1), 1 / 3.0);
  EXPECT_EQ(rate(result, 4, 1), 2 / 3.0);
  EXPECT_EQ(result.mean, (1 + 2 / 3.0) / 2);
  EXPECT_EQ(result.minimum, 2 / 3.0) << "of what it offers";
}

// Two senders to one: in proportion to weights. And of one sender's demands each has its part.
TEST(Throughput, IsSharedByWeights) {
  const Throughput result = throughput(hub(3), {demand(0, 2, 3), demand(1, 2, 1)});
  EXPECT_EQ(rate(result, 0, 2), 0.75);
  EXPECT_EQ(rate(result, 1, 2), 0.25);
  const Throughput sent = throughput(hub(3), {demand(0, 1, 3), demand(0, 2, 1)});
  EXPECT_EQ(rate(sent, 0, 1), 0.75);
  EXPECT_EQ(rate(sent, 0, 2), 0.25);
  EXPECT_EQ(sent.minimum, 1);
  EXPECT_EQ(sent.mean, 1);
}

TEST(Throughput, CountsCutOffFlowsAsNothing) {
  Fabric fabric = hub(4);
  fabric.set_alive(fabric.out_link(VertexId{1}, 0), false);
  const Throughput result = throughput(fabric, shift_traffic(fabric.shape(), 1));  // 0 -> 1 and 1 -> 2 are cut off
  EXPECT_EQ(result.cut_off, 2);
  EXPECT_EQ(result.mean, 0.5);
  EXPECT_EQ(result.minimum, 0);
  EXPECT_EQ(rate(result, 0, 1), 0);
  EXPECT_EQ(rate(result, 2, 3), 1);
  EXPECT_EQ(result.bottleneck, std::nullopt) << "what flows is not held back";
  EXPECT_EQ(load_of(result, 0, 0).links, 3) << "live ones";
  EXPECT_EQ(throughput(fabric, {demand(0, 1)}).mean, 0);
}

// NICs of 50 GB/s with a cable of half of that to each plane.
TEST(Throughput, CountsCablesThatHaveRatesOfTheirOwn) {
  const sim::BytesPerSecond nic{50e9};
  Fabric fabric = make_fabric({.topology = Topology::dual_plane, .segment_nodes = 4}, {.nodes = 8, .rails = 1, .radix = 8, .link = nic});
  const Traffic traffic = {demand(0, 1)};
  EXPECT_EQ(throughput(fabric, traffic, {.nic = nic}).mean, 1);
  fabric.set_alive(fabric.out_link(VertexId{0}, 0), false);
  EXPECT_EQ(throughput(fabric, traffic, {.nic = nic}).mean, 0.5);
}

TEST(Throughput, IsTheSameForAnyOrderOfDemands) {
  std::mt19937 random(1);
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    const ThroughputSpec spec{.nic = made.ports.link, .flow = 3};
    Traffic traffic = hotspot_traffic(fabric.shape(), {.node = 3, .percent = 30});
    const Throughput before = throughput(fabric, traffic, spec);
    std::shuffle(traffic.begin(), traffic.end(), random);
    EXPECT_EQ(throughput(fabric, traffic, spec), before) << to_text(made.spec.topology) << " " << to_text(*made.spec.routing);
  }
}

// Ugal weighs its ways against every flow that it was asked for; another study's are none of this one's business.
TEST(Throughput, ForgetsWhatTheRouterWasAskedBefore) {
  const Fabric fabric =
      make_fabric({.topology = Topology::dragonfly, .routing = Routing::ugal}, {.nodes = 32, .rails = 1, .radix = 7, .link = {}});
  const Traffic traffic = shift_traffic(fabric.shape(), 8);
  const Throughput before = throughput(fabric, traffic);
  for (int node = 0; node < 32; ++node) static_cast<void>(fabric.route({node, 0}, {(node + 8) % 32, 0}, 1));
  EXPECT_EQ(throughput(fabric, traffic), before);
}

TEST(Throughput, OfDemandsBetweenTheSamePortsIsThatOfTheirSum) {
  const Throughput once = throughput(hub(3), {demand(0, 2, 3), demand(1, 2, 1)});
  EXPECT_EQ(throughput(hub(3), {demand(0, 2, 1), demand(1, 2, 1), demand(0, 2, 2)}), once);
}

// What flows bring to the fabric is what links carry, over as many links as each flow's shares take. Sums of thousands of parts are equal
// to nine digits.
TEST(Throughput, IsConservedOverLinks) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    SCOPED_TRACE(to_text(made.spec.topology) + " " + to_text(*made.spec.routing));
    const Throughput result = throughput(fabric, uniform_traffic(fabric.shape()), {.nic = made.ports.link});
    double brought = 0;
    for (const FlowRate& flow : result.flows) {
      for (int share = 0; share < fabric.shares(); ++share)
        brought += flow.rate * fabric.route(flow.from, flow.to, 0, share).hops() / fabric.shares();
    }
    double carried = 0;
    for (const LayerLoad& layer : result.layers) {
      carried += layer.carried_total;
      EXPECT_LE(layer.most_carried, 1);
    }
    EXPECT_NEAR(carried / brought, 1, 1e-9);
    EXPECT_NEAR(load_of(result, 0, 0).carried_total / load_of(result, 0, 1).carried_total, 1, 1e-9) << "what NICs send they receive";
  }
}

TEST(Throughput, RefusesWhatIsNoTraffic) {
  const Fabric fabric = hub(4);
  const auto refusal_of = [&](const Traffic& traffic, const ThroughputSpec& spec = {}) {
    return test::refusal([&] { static_cast<void>(throughput(fabric, traffic, spec)); });
  };
  EXPECT_EQ(refusal_of({}), "traffic without a demand; give at least one");
  EXPECT_EQ(refusal_of({demand(1, 1)}), "node1/nic0 sends to itself; leave the demand out");
  EXPECT_EQ(refusal_of({demand(1, 4)}), "a demand of NIC 0 of node 4, which is none of the fabric; leave it out");
  EXPECT_EQ(refusal_of({demand(1, 2, 0)}), "a demand of node1/nic0 weighs nothing; leave it out, or give 1 or more");
  EXPECT_EQ(refusal_of({demand(1, 2, UINT32_MAX), demand(1, 2)}),
            "node1/nic0 sends with weights of 4294967296 in all; divide all weights by a common factor");
  EXPECT_EQ(refusal_of({demand(1, 2)}, {.efficiency = 0}), "an efficiency of 0; give a fraction above 0 and up to 1, e.g. 0.96");
  const Fabric planes = make_fabric({.topology = Topology::dual_plane, .segment_nodes = 4},
                                    {.nodes = 8, .rails = 1, .radix = 8, .link = sim::BytesPerSecond{50e9}});
  EXPECT_EQ(test::refusal([&] { static_cast<void>(throughput(planes, {demand(0, 1)})); }),
            "the fabric's cables have rates of their own and the NIC's is not given; give nic, e.g. that of the node");
}

}  // namespace
}  // namespace orrery::topology
