#include "topology/condition.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace orrery::topology {
namespace {

using namespace sim::literals;

constexpr sim::Time at(sim::Duration duration) { return {duration.ticks}; }

// 40 nodes: 16 leaves with 20 uplinks to spines. NIC and switch links 24.625 GB/s.
Cluster machine(Routing routing = Routing::d_mod_k) {
  NodeSpec node{.name = "node",
                .source = "",
                .gpu = {},
                .gpus = 8,
                .nvlink = {.links_per_gpu = 12, .link_bandwidth = sim::gigabytes_per_second(25)},
                .pcie_bandwidth = sim::gigabytes_per_second(26),
                .nic = {.name = "", .bandwidth = sim::gigabits_per_second(200), .efficiency = 0.985, .latency = 600_ns},
                .nics = 8,
                .fabric_switch = {.name = "", .ports = 40, .latency = 130_ns}};
  return Cluster({.node = node, .nodes = 40, .fabric = {.routing = routing}});
}

constexpr LinkId first_up{2 * 320};  // of the first cable between switches
constexpr LinkId first_down{2 * 320 + 1};
constexpr LinkId second_up{2 * 321};

TEST(Condition, WhatHasNothingBrokenOrSlowIsAsNew) {
  EXPECT_TRUE(is_as_new({}));
  EXPECT_TRUE(is_as_new({.reroute = sim::Duration{1}})) << "nothing to route round";
  EXPECT_FALSE(is_as_new({.dead_links = {second_up}}));
  EXPECT_FALSE(is_as_new({.slow_gpus = {{GpuId{9}, 0.25}}}));
  EXPECT_FALSE(is_as_new({.link_changes = {{.at = {}, .link = first_up, .speed = 0}}}));
}

TEST(Condition, SlowPartsHaveLessCapacityInBothDirections) {
  const Cluster cluster = machine();
  const auto healthy = cluster.resources();
  const auto all = resources(cluster, {.dead_links = {second_up}, .slow_links = {{first_down, 0.5}}, .slow_gpus = {{GpuId{9}, 0.25}}});
  ASSERT_EQ(all.size(), healthy.size());
  int different = 0;
  for (std::uint32_t r = 0; r < all.size(); ++r) {
    different += all[r].capacity != healthy[r].capacity ? 1 : 0;
    EXPECT_EQ(all[r].capacity,
              capacity_at_start(sim::ResourceId{r}, cluster, {.slow_links = {{first_down, 0.5}}, .slow_gpus = {{GpuId{9}, 0.25}}}));
  }
  EXPECT_EQ(different, 3);
  EXPECT_EQ(all[index(cluster.resource(first_up))].capacity, 12'312'500'000);
  EXPECT_EQ(all[index(cluster.resource(first_down))].capacity, 12'312'500'000);
  EXPECT_EQ(all[index(cluster.resource(GpuId{9}, GpuPart::processor))].capacity, sim::work_per_second / 4);
}

TEST(Condition, ChangesAreFractionsOfWhatWasThereAtTheStart) {
  const Cluster cluster = machine();
  const Condition condition{.slow_links = {{first_up, 0.5}},
                            .slow_gpus = {{GpuId{9}, 0.5}},
                            .link_changes = {{at(2_s), first_down, 1}, {at(1_s), first_up, 0}, {at(3_s), second_up, 1e-12}},
                            .gpu_changes = {{at(1_s), GpuId{9}, 0.5}}};
  std::vector<std::tuple<sim::Duration, std::uint32_t, std::int64_t>> found;
  for (const sim::Change& change : capacity_changes(cluster, condition)) {
    EXPECT_EQ(change.kind, sim::Change::Kind::capacity);
    found.emplace_back(change.at - sim::Time{}, change.target, change.capacity);
  }
  const auto of = [&](auto... part) { return index(cluster.resource(part...)); };
  const decltype(found) expected = {{1_s, of(GpuId{9}, GpuPart::processor), sim::work_per_second / 4},
                                    {1_s, of(first_up), 0},
                                    {1_s, of(first_down), 0},
                                    {2_s, of(first_up), 12'312'500'000},
                                    {2_s, of(first_down), 12'312'500'000},
                                    {3_s, of(second_up), 1},  // not dead
                                    {3_s, of(reverse(second_up)), 1}};
  EXPECT_EQ(found, expected);
}

TEST(Condition, LinksAreAliveAsTheyWereLastChanged) {
  const Cluster cluster = machine();
  const Condition condition{.dead_links = {second_up},
                            .link_changes = {{at(3_s), first_down, 0.1}, {at(1_s), first_up, 0}, {at(2_s), second_up, 1}}};
  const auto alive = [](const Cluster& then) { return std::pair(then.fabric().alive(first_up), then.fabric().alive(second_up)); };
  EXPECT_EQ(alive(as_at_start(cluster, condition)), std::pair(true, false));
  EXPECT_EQ(alive(as_at(at(999_ms), cluster, condition)), std::pair(true, false));
  EXPECT_EQ(alive(as_at(at(1_s), cluster, condition)), std::pair(false, false));
  EXPECT_EQ(alive(as_at(at(2_s), cluster, condition)), std::pair(false, true));
  EXPECT_EQ(alive(as_at(at(3_s), cluster, condition)), std::pair(true, true)) << "slow is not dead";
}

TEST(Condition, RoutesFollowDeathsAndRecoveriesAndNothingElse) {
  const Cluster cluster = machine();
  const Condition condition{.dead_links = {second_up},
                            .link_changes = {{at(1_s), first_up, 0.5},   // alive before and after
                                             {at(2_s), first_down, 0},   // dies
                                             {at(3_s), first_up, 0},     // is dead
                                             {at(4_s), first_up, 0.25},  // recovers a little ...
                                             {at(5_s), first_up, 1},     // ... and wholly
                                             {at(5_s), second_up, 0.5},  // recovers
                                             {at(6_s), second_up, 0},    // two at one moment
                                             {at(6_s), first_up, 0}},
                            .reroute = 10_s};
  EXPECT_EQ(reroute_times(cluster, condition), (std::vector<sim::Time>{at(12_s), at(14_s), at(15_s), at(16_s)}));
}

TEST(Condition, SwitchesThatChooseThemselvesReactSoonerThanASubnetManager) {
  const Condition condition{.link_changes = {{at(1_s), first_up, 0}}};
  EXPECT_EQ(reroute_times(machine(Routing::d_mod_k), condition), std::vector<sim::Time>{at(2_s)});
  EXPECT_EQ(reroute_times(machine(Routing::s_mod_k), condition), std::vector<sim::Time>{at(2_s)});
  EXPECT_EQ(reroute_times(machine(Routing::ecmp), condition), std::vector<sim::Time>{at(1'001_ms)});
}

TEST(Condition, EveryFaultIsFoundInItsPlace) {
  const Cluster cluster = machine();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto last = static_cast<std::uint32_t>(cluster.fabric().links());
  const Condition condition{.dead_links = {first_up, first_down, LinkId{last}},
                            .slow_links = {{first_up, 0.5}, {second_up, 0}, {first_down, 1.5}},
                            .slow_gpus = {{GpuId{320}, 0.5}, {GpuId{319}, nan}, {GpuId{319}, 1}},
                            .link_changes = {{at(1_s), first_up, 0}, {at(1_s), first_down, 1}, {{-1}, second_up, -0.1}},
                            .gpu_changes = {{at(1_s), GpuId{0}, 0}, {at(1_s), GpuId{0}, 1}, {at(1_s), GpuId{320}, nan}},
                            .reroute = sim::Duration{-1}};
  std::vector<std::string> found;
  for (const sim::Fault& fault : faults(condition, cluster)) found.push_back(fault.place + ": " + fault.what);
  EXPECT_EQ(found, (std::vector<std::string>{
                       "/dead_links/1: the cable is named twice", "/dead_links/2: link 1280 of a fabric of 1280 links",
                       "/slow_links/1: a speed of 0", "/slow_links/2: a speed of 1.5", "/slow_links/2: the cable is named twice",
                       "/slow_gpus/0: GPU 320 of a cluster of 320 GPUs", "/slow_gpus/1: a speed of nan",
                       "/slow_gpus/2: the GPU is named twice", "/link_changes/1: at one moment the cable is named twice",
                       "/link_changes/2: a speed of -0.1", "/link_changes/2: a change before the start",
                       "/gpu_changes/1: at one moment the GPU is named twice", "/gpu_changes/2: GPU 320 of a cluster of 320 GPUs",
                       "/gpu_changes/2: a speed of nan", "/reroute: a negative time to reroute"}));
  EXPECT_TRUE(faults({.dead_links = {first_up}, .slow_links = {{first_up, 1}}, .gpu_changes = {{at(1_s), GpuId{0}, 0}}}, cluster).empty());
}

// An adaptive leaf of 20 uplinks of 24.625 GB/s, 0.96 of which are of use. One dies at the start and recovers after 1 s, another has half
// its rate, a third dies after 2 s: 18.5, then 19.5, then 18.5 links' worth.
TEST(Condition, OfOneLinkIsThatOfItsBundle) {
  const Cluster cluster = machine(Routing::adaptive);
  const Fabric& fabric = cluster.fabric();
  const LinkId first = fabric.link("leaf0.0 -> spine0 [0]");
  ASSERT_EQ(fabric.bundle(first).links, 20);
  const LinkId dead = fabric.link("leaf0.0 -> spine1 [0]");
  const LinkId dying = fabric.link("leaf0.0 -> spine2 [0]");
  Condition condition;
  condition.dead_links = {dead};
  condition.slow_links = {{first, 0.5}};
  condition.link_changes = {{sim::Time{} + 1_s, dead, 1}, {sim::Time{} + 2_s, dying, 0}};
  const auto worth = [](double links) { return std::llround(links * 25e9 * 0.985 * 0.96); };
  const sim::ResourceId bundle = cluster.carrier(dying);
  EXPECT_EQ(bundle, cluster.resource(first));
  EXPECT_EQ(cluster.capacity(bundle), worth(20));
  EXPECT_EQ(capacity_at_start(bundle, cluster, condition), worth(18.5));
  EXPECT_EQ(resources(cluster, condition)[index(bundle)].capacity, worth(19.5)) << "what it has at best";
  std::vector<std::pair<sim::Time, std::int64_t>> changes;
  for (const sim::Change& change : capacity_changes(cluster, condition)) {
    if (change.target == index(bundle)) changes.emplace_back(change.at, change.capacity);
  }
  EXPECT_EQ(changes, (std::vector<std::pair<sim::Time, std::int64_t>>{
                         {sim::Time{}, worth(18.5)}, {sim::Time{} + 1_s, worth(19.5)}, {sim::Time{} + 2_s, worth(18.5)}}));
}

}  // namespace
}  // namespace orrery::topology
