#include "topology/cluster.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/error.h"

namespace orrery::topology {
namespace {

using namespace sim::literals;

NodeSpec dgx_a100() {
  return {.name = "dgx-a100-80gb",
          .source = "",
          .gpu = {},
          .gpus = 8,
          .nvlink = {.links_per_gpu = 12, .link_bandwidth = sim::gigabytes_per_second(25)},
          .pcie_bandwidth = sim::gigabytes_per_second(26),
          .nic = {.name = "ConnectX-6 HDR", .bandwidth = sim::gigabits_per_second(200), .efficiency = 0.985, .latency = 600_ns},
          .nics = 8,
          .fabric_switch = {.name = "Quantum QM8790", .ports = 40, .latency = 130_ns},
          .cpu = CpuVendor::amd};
}

/// Two GPUs a NIC.
NodeSpec hgx_4_nics() {
  NodeSpec node = dgx_a100();
  node.nics = 4;
  return node;
}

std::vector<std::string> names_of_path(const Cluster& cluster, std::uint32_t from, std::uint32_t to) {
  std::vector<sim::ResourceId> path;
  cluster.append_path(GpuId{from}, GpuId{to}, 0, path);
  std::vector<std::string> names;
  for (const sim::ResourceId id : path) names.push_back(cluster.name(id));
  return names;
}

std::size_t fault_count(const ClusterSpec& spec) {
  try {
    const Cluster cluster(spec);
  } catch (const sim::Error& error) {
    return error.faults().size();
  }
  return 0;
}

TEST(Cluster, CrossesNvlinkWithinANode) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 2});
  EXPECT_EQ(names_of_path(cluster, 9, 14), (std::vector<std::string>{"gpu 9 of node 1, NVLink out", "gpu 14 of node 1, NVLink in"}));
}

TEST(Cluster, CrossesPcieAndFabricBetweenNodes) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 20});
  EXPECT_EQ(names_of_path(cluster, 3, 11), (std::vector<std::string>{"gpu 3 of node 0, PCIe out", "node0/nic3 -> leaf0.3",
                                                                     "leaf0.3 -> node1/nic3", "gpu 11 of node 1, PCIe in"}));
  // GPU 12 has rail 4, number 4 * 20 + 1 = 81 in rail-major order: uplink 81 mod 20 = 1, to spine 1 of 4 by cable 0 of 5.
  EXPECT_EQ(names_of_path(cluster, 3, 12),
            (std::vector<std::string>{"gpu 3 of node 0, PCIe out", "node0/nic3 -> leaf0.3", "leaf0.3 -> spine1 [0]",
                                      "spine1 -> leaf0.4 [0]", "leaf0.4 -> node1/nic4", "gpu 12 of node 1, PCIe in"}));
}

// GPUs 2 and 3 share NIC 1.
TEST(Cluster, SharesNicsBetweenGpus) {
  const Cluster cluster({.node = hgx_4_nics(), .nodes = 4});
  EXPECT_EQ(cluster.rail_of(GpuId{1}), 0);
  EXPECT_EQ(cluster.rail_of(GpuId{2}), 1);
  EXPECT_EQ(cluster.rail_of(GpuId{11}), 1);
  EXPECT_EQ(cluster.rail_of(GpuId{31}), 3);
  EXPECT_EQ(names_of_path(cluster, 3, 10), (std::vector<std::string>{"gpu 3 of node 0, PCIe out", "node0/nic1 -> switch",
                                                                     "switch -> node1/nic1", "gpu 10 of node 1, PCIe in"}));
}

TEST(Cluster, LeavesByTheRailThatWasAskedFor) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 20, .fabric = {.planes = true}});
  std::vector<sim::ResourceId> path = {sim::ResourceId{7}};
  // NIC 2 is under GPU 3's PCIe switch, NIC 6 is not: GPU 6 sends for GPU 3.
  cluster.append_path(GpuId{3}, GpuId{12}, Rails{2, 2}, 0, path);
  ASSERT_EQ(path.size(), 5U);
  EXPECT_EQ(path[0], sim::ResourceId{7}) << "appends";
  EXPECT_EQ(path[1], cluster.resource(GpuId{3}, GpuPart::pcie_out));
  EXPECT_EQ(cluster.name(path[2]), "node0/nic2 -> switch2");
  EXPECT_EQ(cluster.name(path[3]), "switch2 -> node1/nic2");
  EXPECT_EQ(path[4], cluster.resource(GpuId{12}, GpuPart::pcie_in));
  path.clear();
  cluster.append_path(GpuId{3}, GpuId{12}, Rails{6, 6}, 0, path);
  ASSERT_EQ(path.size(), 6U);
  EXPECT_EQ(path[0], cluster.resource(GpuId{3}, GpuPart::nvlink_out));
  EXPECT_EQ(path[1], cluster.resource(GpuId{6}, GpuPart::nvlink_in));
  EXPECT_EQ(path[2], cluster.resource(GpuId{6}, GpuPart::pcie_out));
}

// GPU 3 of node 0 sends to GPU 4 of node 1: only NICs of rail 4 reach it.
TEST(Cluster, CrossesNvlinkToTheRightRailWherePlanesAreApart) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 20, .fabric = {.topology = Topology::rail_only}});
  std::vector<sim::ResourceId> path;
  EXPECT_EQ(cluster.append_path(GpuId{3}, GpuId{12}, 0, path), 2);
  std::vector<std::string> names;
  for (const sim::ResourceId resource : path) names.push_back(cluster.name(resource));
  EXPECT_EQ(names, (std::vector<std::string>{"gpu 3 of node 0, NVLink out", "gpu 4 of node 0, NVLink in", "gpu 4 of node 0, PCIe out",
                                             "node0/nic4 -> switch4", "switch4 -> node1/nic4", "gpu 12 of node 1, PCIe in"}));
  EXPECT_EQ(cluster.hops(GpuId{3}, GpuId{12}), 2);
}

TEST(Cluster, NumbersGpuPartsFirstAndLinksAfterThem) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 20});
  EXPECT_EQ(cluster.gpus(), 160);
  EXPECT_EQ(cluster.resource(GpuId{2}, GpuPart::processor), sim::ResourceId{10});
  EXPECT_EQ(cluster.resource(GpuId{2}, GpuPart::pcie_in), sim::ResourceId{14});
  EXPECT_EQ(cluster.resource(LinkId{3}), sim::ResourceId{803});
  EXPECT_EQ(cluster.name(sim::ResourceId{10}), "gpu 2 of node 0, processor");
  EXPECT_EQ(cluster.name(sim::ResourceId{803}), "leaf0.1 -> node0/nic1");
}

// 12 links of 25 GB/s; PCIe as given; 25 GB/s at 0.985. 160 GPUs of 5 parts, 160 + 160 cables of two directions.
TEST(Cluster, GivesResourcesWhatTheHardwareDelivers) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 20});
  const std::vector<sim::Resource> all = cluster.resources();
  ASSERT_EQ(all.size(), 160U * 5 + 2 * 320);
  const auto capacity = [&](sim::ResourceId id) { return all[sim::index(id)].capacity; };
  EXPECT_EQ(capacity(cluster.resource(GpuId{159}, GpuPart::processor)), sim::work_per_second);
  EXPECT_EQ(capacity(cluster.resource(GpuId{159}, GpuPart::nvlink_out)), 300'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(GpuId{159}, GpuPart::nvlink_in)), 300'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(GpuId{159}, GpuPart::pcie_out)), 26'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(GpuId{159}, GpuPart::pcie_in)), 26'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(LinkId{0})), 24'625'000'000);
  EXPECT_EQ(capacity(cluster.resource(LinkId{639})), 24'625'000'000);
}

// Cables: 5 m at either end, 20 m between switches, 5 ns a metre.
//  one switch:    130 + 2 * 5 * 5                   = 180 ns
//  three:     3 * 130 + 2 * (5 + 20) * 5     = 390 + 250 = 640 ns
//  five:      5 * 130 + 2 * (5 + 2 * 20) * 5 = 650 + 450 = 1100 ns
TEST(Cluster, AddsSwitchesAndCablesToTheLatency) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 140});
  EXPECT_EQ(cluster.network_latency(GpuId{0}, GpuId{7}), 0_ns);
  EXPECT_EQ(cluster.network_latency(GpuId{0}, GpuId{8}), 180_ns + 600_ns);
  EXPECT_EQ(cluster.network_latency(GpuId{0}, GpuId{20 * 8}), 640_ns + 600_ns);
  EXPECT_EQ(cluster.network_latency(GpuId{0}, GpuId{20 * 8 + 1}), 1100_ns + 600_ns);
}

TEST(Cluster, TakesTheSwitchOfTheNodeUnlessToldOtherwise) {
  EXPECT_EQ(Cluster({.node = dgx_a100(), .nodes = 100}).fabric().levels(), 2);
  EXPECT_EQ(Cluster({.node = dgx_a100(), .nodes = 100, .fabric = {.switch_radix = 36}}).fabric().levels(), 3);
  EXPECT_EQ(Cluster({.node = dgx_a100(), .nodes = 100, .fabric = {.oversubscription = 3, .levels = 2}}).fabric().cables(1), 8 * 4 * 10);
}

TEST(Cluster, AcceptsRailsAndLinkThatRepeatTheNode) {
  EXPECT_EQ(fault_count({.node = dgx_a100(), .nodes = 4, .fabric = {.rails = 8, .link = sim::gigabytes_per_second(25)}}), 0U);
}

TEST(Cluster, NamesEveryContradictionAtOnce) {
  EXPECT_EQ(fault_count({.node = dgx_a100(), .nodes = 4, .fabric = {.rails = 4, .link = sim::gigabits_per_second(400)}}), 2U);
  EXPECT_EQ(fault_count({.node = dgx_a100(), .nodes = 50'000, .fabric = {.rails = 4}}), 2U);
  EXPECT_EQ(fault_count({.node = dgx_a100(), .nodes = 0, .fabric = {.levels = 0}}), 2U);
  NodeSpec node = dgx_a100();
  node.nics = 3;
  node.nvlink.links_per_gpu = 0;
  node.pcie_bandwidth = {};
  node.nic.bandwidth = {};
  node.nic.efficiency = 1.1;
  EXPECT_EQ(fault_count({.node = node, .nodes = 1}), 5U);
  EXPECT_EQ(fault_count({.node = {}, .nodes = 1}), 4U) << "no GPUs, no NICs, no PCIe, no NIC bandwidth";
  try {
    const Cluster cluster({.node = dgx_a100(), .nodes = 4, .fabric = {.rails = 4}});
  } catch (const sim::Error& error) {
    EXPECT_STREQ(error.what(),
                 "/cluster/fabric/rails: the fabric has 4 rails, but the node has 8 NICs; leave rails out, or change the node");
  }
}

TEST(Cluster, NeedsNoNvlinkForOneGpu) {
  NodeSpec node = dgx_a100();
  node.gpus = 1;
  node.nics = 1;
  node.nvlink = {};
  const Cluster cluster({.node = node, .nodes = 40});
  EXPECT_EQ(names_of_path(cluster, 0, 39).size(), 4U);
}

TEST(Cluster, GoesRoundADeadLinkAndKeepsItsLatency) {
  Cluster cluster({.node = dgx_a100(), .nodes = 140});
  std::vector<sim::ResourceId> before;
  cluster.append_path(GpuId{0}, GpuId{160}, 0, before);
  const auto first_link = static_cast<std::uint32_t>(cluster.gpus() * gpu_parts);
  cluster.fabric().set_alive(LinkId{sim::index(before.at(2)) - first_link}, false);
  std::vector<sim::ResourceId> after;
  cluster.append_path(GpuId{0}, GpuId{160}, 0, after);
  EXPECT_EQ(after.size(), before.size());
  EXPECT_NE(after.at(2), before.at(2));
  EXPECT_EQ(cluster.network_latency(GpuId{0}, GpuId{160}), 640_ns + 600_ns);
}

TEST(Cluster, ResourcesOfOneLayerAreAlike) {
  const Cluster cluster({.node = dgx_a100(), .nodes = 40, .fabric = {}});  // two levels of switches
  EXPECT_EQ(cluster.layer(cluster.resource(GpuId{7}, GpuPart::nvlink_in)), 2);
  const Fabric& fabric = cluster.fabric();
  const VertexId port = fabric.vertex({.node = 3, .rail = 5});
  const LinkId up = fabric.out_link(port, 0);
  EXPECT_EQ(cluster.layer(cluster.resource(up)), 5);
  EXPECT_EQ(cluster.layer(cluster.resource(reverse(up))), 6);
  const LinkId to_spine = fabric.out_link(fabric.target(up), 0);
  EXPECT_EQ(cluster.layer(cluster.resource(to_spine)), 7);
  EXPECT_EQ(cluster.layer(cluster.resource(reverse(to_spine))), 8);
}

}  // namespace
}  // namespace orrery::topology
