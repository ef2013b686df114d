#include "workloads/paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/workloads/thin_machine.h"

namespace orrery::workloads {
namespace {

using test::ThinMachine;
using topology::GpuId;

std::vector<std::string> names(const topology::Cluster& cluster, std::span<const sim::ResourceId> path) {
  std::vector<std::string> found;
  for (const sim::ResourceId resource : path) found.push_back(cluster.name(resource));
  return found;
}

std::vector<std::pair<sim::ResourceId, std::uint32_t>> pairs(const std::vector<sim::Demand>& demands) {
  std::vector<std::pair<sim::ResourceId, std::uint32_t>> found;
  for (const sim::Demand& demand : demands) found.emplace_back(demand.resource, demand.multiplicity);
  return found;
}

TEST(Paths, FollowEachOther) {
  const ThinMachine machine;
  Paths paths;
  EXPECT_EQ(paths.append(machine.cluster, {.from = GpuId{0}, .to = GpuId{1}}), 2);
  EXPECT_EQ(paths.append(machine.cluster, {.from = GpuId{0}, .to = GpuId{3}}), 4);
  ASSERT_EQ(paths.count(), 2U);
  EXPECT_EQ(names(machine.cluster, paths[0]), (std::vector<std::string>{"gpu 0 of node 0, PCIe out", "node0/nic0 -> leaf0",
                                                                        "leaf0 -> node1/nic0", "gpu 1 of node 1, PCIe in"}));
  EXPECT_EQ(names(machine.cluster, paths[1]),
            (std::vector<std::string>{"gpu 0 of node 0, PCIe out", "node0/nic0 -> leaf0", "leaf0 -> spine1", "spine1 -> leaf1",
                                      "leaf1 -> node3/nic0", "gpu 3 of node 3, PCIe in"}));
  EXPECT_EQ(paths.resources().size(), 10U);
  paths.clear();
  EXPECT_EQ(paths.count(), 0U);
  EXPECT_TRUE(paths.resources().empty());
}

TEST(Paths, LeaveByTheRailThatAnEdgeNames) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  Paths paths;
  EXPECT_EQ(paths.append(cluster, {.from = GpuId{1}, .to = GpuId{8}, .rails = {{5, 5}}}), 2);
  EXPECT_EQ(paths.append(cluster, {.from = GpuId{1}, .to = GpuId{2}, .rails = {{5, 5}}}), 0) << "on a node there are no rails";
  EXPECT_EQ(names(cluster, paths[0]),
            (std::vector<std::string>{"gpu 1 of node 0, NVLink out", "gpu 5 of node 0, NVLink in", "gpu 5 of node 0, PCIe out",
                                      "node0/nic5 -> switch", "switch -> node1/nic5", "gpu 8 of node 1, PCIe in"}));
  EXPECT_EQ(names(cluster, paths[1]), (std::vector<std::string>{"gpu 1 of node 0, NVLink out", "gpu 2 of node 0, NVLink in"}));
}

TEST(Paths, TogetherNameEachResourceOnceInOrder) {
  // Both ends of node 0: out twice, in none; the first uplink of leaf 0 once, the NIC's link twice.
  const ThinMachine machine;
  Paths paths;
  paths.append(machine.cluster, {.from = GpuId{0}, .to = GpuId{2}});
  paths.append(machine.cluster, {.from = GpuId{0}, .to = GpuId{3}});
  const auto demands = merged(paths);
  EXPECT_TRUE(std::is_sorted(demands.begin(), demands.end(), [](const auto& a, const auto& b) { return a.resource < b.resource; }));
  ASSERT_EQ(demands.size(), 10U);
  const auto of = [&](const char* name) {
    const sim::ResourceId id = machine.cluster.resource(machine.link(name));
    const auto found = std::find_if(demands.begin(), demands.end(), [&](const sim::Demand& demand) { return demand.resource == id; });
    return found == demands.end() ? 0U : found->multiplicity;
  };
  EXPECT_EQ(of("node0/nic0 -> leaf0"), 2U);
  EXPECT_EQ(of("leaf0 -> spine0"), 1U);
  EXPECT_EQ(of("leaf0 -> node0/nic0"), 0U);
}

TEST(Paths, BecomeOneFlowOrOneEach) {
  const ThinMachine machine;
  Paths paths;
  paths.append(machine.cluster, {.from = GpuId{2}, .to = GpuId{0}});
  paths.append(machine.cluster, {.from = GpuId{0}, .to = GpuId{1}});
  std::vector<sim::Demand> demands = {{sim::ResourceId{7}, 3}};
  std::vector<std::uint32_t> ends;
  Tally tally(machine.cluster.resources().size());
  append_demands(Granularity::transfer, paths, tally, demands, ends);
  EXPECT_EQ(ends, (std::vector<std::uint32_t>{7, 11}));
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(demands[1 + i].resource, paths.resources()[i]);
    EXPECT_EQ(demands[1 + i].multiplicity, 1U);
  }
  append_demands(Granularity::hyperflow, paths, tally, demands, ends);
  EXPECT_EQ(ends.back(), 11U + merged(paths).size());
  EXPECT_EQ(pairs({demands.begin() + 11, demands.end()}), pairs(merged(paths)));
}

TEST(Paths, AFlowAlongOnePathKeepsItsOrder) {
  const ThinMachine machine;
  Paths paths;
  paths.append(machine.cluster, {.from = GpuId{2}, .to = GpuId{0}});
  ASSERT_FALSE(std::is_sorted(paths.resources().begin(), paths.resources().end()));
  Tally tally(machine.cluster.resources().size());
  for (const Granularity granularity : {Granularity::hyperflow, Granularity::transfer}) {
    std::vector<sim::Demand> demands;
    std::vector<std::uint32_t> ends;
    append_demands(granularity, paths, tally, demands, ends);
    ASSERT_EQ(ends, std::vector<std::uint32_t>{6});
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(demands[i].resource, paths.resources()[i]);
  }
}

}  // namespace
}  // namespace orrery::workloads
