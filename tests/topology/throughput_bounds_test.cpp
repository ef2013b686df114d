// Throughput against bounds in closed form: NIC rates, bisections, average distances. No pattern on any fabric beats them, and symmetric
// ones meet them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/topology/assorted_fabrics.h"
#include "topology/longest_matching.h"
#include "topology/throughput.h"

namespace orrery::topology {
namespace {

Fabric torus_of(std::vector<int> dimensions, Routing routing) {
  int switches = 1;
  for (const int side : dimensions) switches *= side;
  const FabricSpec spec{.topology = Topology::torus, .routing = routing, .dimensions = std::move(dimensions), .ports_per_switch = 1};
  return make_fabric(spec, {.nodes = switches, .rails = 1, .radix = 8, .link = {}});
}

constexpr Routing of_torus[] = {Routing::minhop, Routing::updown, Routing::ecmp, Routing::adaptive, Routing::valiant, Routing::ugal};

TEST(ThroughputBounds, OfNicsAndLinksAreNeverBeaten) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    SCOPED_TRACE(to_text(made.spec.topology) + " " + to_text(*made.spec.routing));
    for (const Traffic& traffic :
         {uniform_traffic(fabric.shape()), permutation_traffic(fabric.shape(), 1), complement_traffic(fabric.shape()),
          hotspot_traffic(fabric.shape(), {.percent = 50}), all_to_all_traffic(fabric.shape()), longest_matching(fabric).traffic}) {
      const Throughput result = throughput(fabric, traffic, {.nic = made.ports.link});
      std::map<std::pair<int, int>, double> received;
      for (const FlowRate& flow : result.flows) received[{flow.to.node, flow.to.rail}] += flow.rate;
      for (const auto& [port, sum] : received) EXPECT_LT(sum, 1 + 1e-9) << "a sum of rounded parts";
      EXPECT_LE(result.mean, 1);
      EXPECT_GT(result.minimum, 0);
      for (const LayerLoad& layer : result.layers) EXPECT_LE(layer.most_carried, 1);
    }
  }
}

// All 7 others send all that they have to one NIC.
TEST(ThroughputBounds, OfAnIncastAreTheReceiversRate) {
  const Fabric fabric({.nodes = 8, .rails = 1, .radix = 4});
  const Throughput result = throughput(fabric, hotspot_traffic(fabric.shape(), {.node = 5, .percent = 100}));
  EXPECT_DOUBLE_EQ(result.mean, 1 / 7.0);
  EXPECT_EQ(result.minimum, 1 / 7.0);
  EXPECT_EQ(fabric.name(*result.bottleneck), "leaf2 -> node5/nic0");
}

// A ring of 8, place i to 7 - i: 4 flows cross the middle each way over 2 links, by shortest ways of 1 or 3 links, so that all get a half.
// A torus of 8 x 4 likewise: 16 flows over 2 links in each of 4 rows.
TEST(ThroughputBounds, OfTheBisectionHoldForTheBitComplement) {
  for (const Routing routing : of_torus) {
    SCOPED_TRACE(to_text(routing));
    const Fabric ring = torus_of({8}, routing);
    const Throughput along = throughput(ring, complement_traffic(ring.shape()));
    EXPECT_LE(along.mean, 0.5);
    if (routing == Routing::minhop || routing == Routing::ecmp || routing == Routing::adaptive) {
      EXPECT_EQ(along.mean, 0.5);
      EXPECT_EQ(along.minimum, 0.5);
    }
    const Fabric grid = torus_of({8, 4}, routing);
    EXPECT_LE(throughput(grid, complement_traffic(grid.shape())).mean, 0.5);
  }
}

// Of a dimension with sides of k (even) a torus of S switches has 2 S links, and a port's traffic takes k / 4 S / (S - 1) of them on
// average: if every flow gets the part t of what it offers, t is at most 8 / k (S - 1) / S. That is the slowest flow's; short ones may get
// more. Adaptive routing splits the only ties of a ring, between opposite switches, evenly and meets the bound: 15/32 for 16 switches.
TEST(ThroughputBounds, OfUniformTrafficOnATorusFollowFromMeanDistances) {
  for (const Routing routing : of_torus) {
    SCOPED_TRACE(to_text(routing));
    for (const std::vector<int>& dimensions : {std::vector{16}, std::vector{8, 8}, std::vector{12, 4}}) {
      const Fabric fabric = torus_of(dimensions, routing);
      const auto switches = static_cast<double>(fabric.ports());
      const Throughput result = throughput(fabric, uniform_traffic(fabric.shape()));
      EXPECT_LE(result.minimum, 8.0 / dimensions.front() * (switches - 1) / switches);
      if (routing == Routing::adaptive && dimensions.size() == 1) {
        EXPECT_EQ(result.minimum, 15 / 32.0);
        EXPECT_EQ(result.mean, 15 / 32.0);
      }
    }
  }
}

Fabric dragonfly_of(Routing routing) {
  return make_fabric({.topology = Topology::dragonfly, .routing = routing}, {.nodes = 32, .rails = 1, .radix = 7, .link = {}});
}

// 4 groups of 4 switches and 8 ports, 2 cables a pair of groups; every port sends to the next group. By shortest ways 8 flows share 2
// cables: a quarter. By Valiant's half of the 16 switches in the middle are in a third group, so flows cross 1.5 global links on average,
// and the 24 of them carry 16 of 32 NICs: a half. Any way crosses one at least: three quarters. Of uniform traffic 24/31 of 8 ports leave a
// group over 6 links: 31/32 where all flows are equal; by Valiant's way through any of 16 switches flows cross more than that.
TEST(ThroughputBounds, OfADragonflyDependOnTheRouting) {
  std::map<Routing, double> next_group;
  std::map<Routing, double> uniform;
  for (const Routing routing : {Routing::minhop, Routing::ecmp, Routing::valiant, Routing::ugal}) {
    const Fabric fabric = dragonfly_of(routing);
    next_group[routing] = throughput(fabric, shift_traffic(fabric.shape(), 8)).mean;
    const Throughput to_all = throughput(fabric, uniform_traffic(fabric.shape()));
    uniform[routing] = to_all.mean;
    EXPECT_LE(to_all.minimum, 31 / 32.0);
  }
  EXPECT_LE(next_group[Routing::minhop], 0.25);
  EXPECT_LE(next_group[Routing::ecmp], 0.25);
  EXPECT_LE(next_group[Routing::valiant], 0.5);
  EXPECT_LE(next_group[Routing::ugal], 0.75);
  EXPECT_GT(next_group[Routing::valiant], next_group[Routing::minhop]);
  EXPECT_GT(next_group[Routing::ugal], next_group[Routing::minhop]);
  EXPECT_LT(uniform[Routing::valiant], uniform[Routing::minhop]);
  EXPECT_LT(uniform[Routing::valiant], uniform[Routing::ugal]) << "half of the work for nothing";
}

}  // namespace
}  // namespace orrery::topology
