#include "topology/longest_matching.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <set>
#include <string>

#include "sim/random.h"
#include "topology/cabling.h"
#include "topology/fabric_spec.h"
#include "topology/spreading_router.h"
#include "topology/throughput.h"

namespace orrery::topology {
namespace {

Port port_number(const Fabric& fabric, int number) { return fabric.shape().port(VertexId{static_cast<std::uint32_t>(number)}); }

/// By trying every permutation.
std::int64_t longest_by_trial(const Fabric& fabric) {
  const auto ports = static_cast<int>(fabric.ports());
  std::vector<std::vector<int>> hops(static_cast<std::size_t>(ports));
  for (int from = 0; from < ports; ++from) {
    for (int to = 0; to < ports; ++to)
      hops[static_cast<std::size_t>(from)].push_back(fabric.hops(port_number(fabric, from), port_number(fabric, to)));
  }
  std::vector<int> to(static_cast<std::size_t>(ports));
  std::iota(to.begin(), to.end(), 0);
  std::int64_t longest = 0;
  do {
    std::int64_t sum = 0;
    for (std::size_t from = 0; from < to.size(); ++from) sum += hops[from][static_cast<std::size_t>(to[from])];
    longest = std::max(longest, sum);
  } while (std::next_permutation(to.begin(), to.end()));
  return longest;
}

/// Switches joined at random, 11 cables to make it one network and 6 more, with 8 ports anywhere on them.
Fabric drawn_network(std::uint64_t seed) {
  sim::Random random{seed, 0};
  CablingPlan plan{.nodes = 8, .rails = 1};
  const int nics = plan.add_layer("NIC to switch", 5);
  const int between = plan.add_layer("between switches", 5);
  std::vector<VertexId> switches;
  for (std::uint64_t number = 0; number < 12; ++number) {
    switches.push_back(plan.add_switch("switch" + std::to_string(number), 1));
    if (number > 0) plan.join(switches[random.below(number)], switches[number], between);
  }
  for (std::uint64_t more = 0; more < 6; ++more) plan.join(switches[more], switches[more + 1 + random.below(11 - more)], between);
  for (int node = 0; node < 8; ++node) plan.join(plan.port({node, 0}), switches[random.below(switches.size())], nics);
  const auto shape = std::make_shared<const Cabling>(std::move(plan));
  return {shape, std::make_unique<SpreadingRouter>(*shape, Routing::ecmp, 1), Routing::ecmp};
}

std::vector<Fabric> small_fabrics() {
  const auto made = [](const FabricSpec& spec, int nodes) {
    return make_fabric(spec, {.nodes = nodes, .rails = 1, .radix = 8, .link = {}});
  };
  std::vector<Fabric> all;
  all.push_back(made({.topology = Topology::torus, .dimensions = {7}, .ports_per_switch = 1}, 7));
  all.push_back(made({.topology = Topology::torus, .dimensions = {4, 2}, .ports_per_switch = 1}, 8));
  all.push_back(made({.topology = Topology::torus, .dimensions = {3}, .ports_per_switch = 3}, 8));      // leaves of 3, 3 and 2
  all.push_back(made({.topology = Topology::torus, .dimensions = {2}, .ports_per_switch = 5}, 7));      // of 5 and 2: three stay
  all.push_back(made({.topology = Topology::fat_tree, .switch_radix = 4, .levels = 3}, 7));             // of 2, 2, 2 and 1
  all.push_back(made({.topology = Topology::fat_tree}, 7));                                             // of 7
  all.push_back(made({.topology = Topology::hyperx, .dimensions = {2, 2}, .ports_per_switch = 2}, 8));  // corners
  for (std::uint64_t seed = 0; seed < 100; ++seed) all.push_back(drawn_network(seed));
  return all;
}

TEST(LongestMatching, IsAsLongAsTheLongestOfAllPermutations) {
  const std::vector<Fabric> fabrics = small_fabrics();
  for (const Fabric& fabric : fabrics) {
    const LongestMatching found = longest_matching(fabric);
    SCOPED_TRACE(fabric.name(LinkId{0}) + " of " + std::to_string(fabric.ports()));
    EXPECT_TRUE(found.exact);
    EXPECT_EQ(found.hops, longest_by_trial(fabric));
    std::int64_t hops = 0;
    std::set<int> from;
    std::set<int> to;
    for (const Demand& demand : found.traffic) {
      EXPECT_NE(demand.from, demand.to);
      hops += fabric.hops(demand.from, demand.to);
      from.insert(demand.from.node);
      to.insert(demand.to.node);
    }
    EXPECT_EQ(hops, found.hops);
    EXPECT_EQ(from.size(), static_cast<std::size_t>(fabric.ports()));
    EXPECT_EQ(to.size(), static_cast<std::size_t>(fabric.ports()));
  }
}

TEST(LongestMatching, IsNeverBeatenByTheGreedyOneAndSaysWhichItIs) {
  const std::vector<Fabric> fabrics = small_fabrics();
  for (const Fabric& fabric : fabrics) {
    const LongestMatching greedy = longest_matching(fabric, 0);
    EXPECT_FALSE(greedy.exact);
    EXPECT_LE(greedy.hops, longest_matching(fabric).hops);
    EXPECT_GE(static_cast<std::int64_t>(greedy.traffic.size()), fabric.ports() - 1) << "the last one may find nobody but itself";
  }
}

// On a ring of 8 everyone's farthest is the opposite one: 4 links and 2 of NICs.
TEST(LongestMatching, OfARingIsTheOppositeSwitch) {
  const Fabric ring = make_fabric({.topology = Topology::torus, .dimensions = {8}, .ports_per_switch = 1},
                                  {.nodes = 8, .rails = 1, .radix = 8, .link = {}});
  const LongestMatching found = longest_matching(ring);
  EXPECT_EQ(found.hops, 8 * 6);
  for (const Demand& demand : found.traffic) EXPECT_EQ(demand.to.node, (demand.from.node + 4) % 8);
  EXPECT_LT(throughput(ring, found.traffic).mean, throughput(ring, uniform_traffic(ring.shape())).mean);
}

}  // namespace
}  // namespace orrery::topology
