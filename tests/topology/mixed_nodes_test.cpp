// Nodes of several kinds in one cluster.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/error.h"
#include "topology/cluster.h"
#include "topology/cluster_parts.h"
#include "topology/metrics.h"
#include "topology/survey_of_fabric.h"

namespace orrery::topology {
namespace {

using namespace sim::literals;

constexpr sim::BytesPerSecond of_hdr{25e9};
constexpr sim::BytesPerSecond of_edr{12.5e9};

NodeSpec new_node() {
  return {.name = "new",
          .source = "",
          .gpu = {},
          .gpus = 4,
          .nvlink = {.links_per_gpu = 12, .link_bandwidth = sim::gigabytes_per_second(25)},
          .pcie_bandwidth = sim::gigabytes_per_second(26),
          .nic = {.name = "HDR NIC", .bandwidth = of_hdr, .efficiency = 0.98, .latency = 600_ns},
          .nics = 2,
          .fabric_switch = {.name = "HDR switch", .ports = 8, .latency = 130_ns},
          .cpu = CpuVendor::amd};
}

NodeSpec old_node() {
  NodeSpec node = new_node();
  node.name = "old";
  node.nvlink.links_per_gpu = 6;
  node.pcie_bandwidth = sim::gigabytes_per_second(12);
  node.nic = {.name = "EDR NIC", .bandwidth = of_edr, .efficiency = 0.96, .latency = 900_ns};
  node.fabric_switch = {.name = "EDR switch", .ports = 6, .latency = 90_ns};
  return node;
}

/// Nodes 0 to 3 are new, 4 to 7 old: two levels of 8-port switches.
ClusterSpec new_and_old() { return {.node = new_node(), .nodes = 4, .fabric = {}, .others = {{old_node(), 4}}}; }

std::string message_of_cluster(const ClusterSpec& spec) {
  try {
    const Cluster cluster(spec);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "";
}

LinkId out_of(const Cluster& cluster, Port port) { return cluster.fabric().out_link(cluster.fabric().vertex(port), 0); }

TEST(MixedNodes, AreNumberedGroupAfterGroup) {
  const Cluster cluster(new_and_old());
  EXPECT_EQ(cluster.nodes(), 8);
  EXPECT_EQ(cluster.gpus(), 32);
  EXPECT_EQ(cluster.node(3).name, "new");
  EXPECT_EQ(cluster.node(4).name, "old");
  EXPECT_EQ(cluster.node(GpuId{15}).name, "new");
  EXPECT_EQ(cluster.node(GpuId{16}).name, "old");
  EXPECT_EQ(cluster.group_of(GpuId{31}), 1);
  EXPECT_EQ(cluster.fabric().nodes(), 8);
}

TEST(MixedNodes, HaveCapacitiesOfTheirOwn) {
  const Cluster cluster(new_and_old());
  const std::vector<sim::Resource> all = cluster.resources();
  ASSERT_EQ(std::ssize(all), cluster.resource_count());
  const auto capacity = [&](sim::ResourceId id) {
    EXPECT_EQ(cluster.capacity(id), all[sim::index(id)].capacity) << cluster.name(id);
    return all[sim::index(id)].capacity;
  };
  EXPECT_EQ(capacity(cluster.resource(GpuId{15}, GpuPart::nvlink_in)), 300'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(GpuId{16}, GpuPart::nvlink_in)), 150'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(GpuId{15}, GpuPart::pcie_out)), 26'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(GpuId{16}, GpuPart::pcie_out)), 12'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(GpuId{31}, GpuPart::processor)), sim::work_per_second);
  // NICs' cables: 25 GB/s at 0.98, 12.5 GB/s at 0.96, both ways.
  const LinkId fast = out_of(cluster, {3, 1});
  const LinkId slow = out_of(cluster, {4, 0});
  EXPECT_EQ(capacity(cluster.resource(fast)), 24'500'000'000);
  EXPECT_EQ(capacity(cluster.resource(slow)), 12'000'000'000);
  EXPECT_EQ(capacity(cluster.resource(reverse(slow))), 12'000'000'000);
  // Between switches: of the new kind, also above a leaf of old nodes.
  const VertexId leaf = cluster.fabric().target(slow);
  EXPECT_EQ(capacity(cluster.resource(cluster.fabric().out_link(leaf, 0))), 24'500'000'000);
}

TEST(MixedNodes, OfOneKindInTwoGroupsAreACluster) {
  const Cluster plain({.node = new_node(), .nodes = 8});
  const Cluster grouped({.node = new_node(), .nodes = 3, .fabric = {}, .others = {{new_node(), 4}, {new_node(), 1}}});
  EXPECT_TRUE(grouped.fabric().shape().is_uniform());
  const std::vector<sim::Resource> a = plain.resources();
  const std::vector<sim::Resource> b = grouped.resources();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i].capacity, b[i].capacity) << i;
}

TEST(MixedNodes, SendNoFasterThanTheFabric) {
  const Cluster cluster({.node = old_node(), .nodes = 2, .fabric = {}, .others = {{new_node(), 2}}});
  EXPECT_TRUE(cluster.fabric().shape().is_uniform());
  EXPECT_EQ(cluster.capacity(cluster.resource(out_of(cluster, {0, 0}))), 12'000'000'000);
  EXPECT_EQ(cluster.capacity(cluster.resource(out_of(cluster, {3, 0}))), 12'250'000'000) << "at its own efficiency";
}

// At the link of the others the switches are theirs too: 8 ports, 130 ns.
TEST(MixedNodes, HaveTheSwitchesOfTheLink) {
  const Cluster cluster({.node = old_node(), .nodes = 2, .fabric = {.link = of_hdr}, .others = {{new_node(), 2}}});
  EXPECT_EQ(fabric_ports(cluster.spec()).radix, 8);
  EXPECT_EQ(cluster.fabric().levels(), 1);
  EXPECT_EQ(cluster.capacity(cluster.resource(out_of(cluster, {0, 0}))), 12'000'000'000);
  EXPECT_EQ(cluster.capacity(cluster.resource(out_of(cluster, {3, 0}))), 24'500'000'000);
  EXPECT_EQ(bill_spec(cluster).switch_name, "HDR switch");
}

// One switch and 2 x 5 m: 130 + 50 ns, and the slower of the two adapters.
TEST(MixedNodes, WaitForTheSlowerAdapter) {
  const Cluster cluster({.node = new_node(), .nodes = 2, .fabric = {}, .others = {{old_node(), 2}}});
  EXPECT_EQ(cluster.network_latency(GpuId{0}, GpuId{4}), 180_ns + 600_ns);
  EXPECT_EQ(cluster.network_latency(GpuId{0}, GpuId{8}), 180_ns + 900_ns);
  EXPECT_EQ(cluster.network_latency(GpuId{12}, GpuId{8}), 180_ns + 900_ns);
  EXPECT_EQ(cluster.network_latency(2), 180_ns + 900_ns);
}

TEST(MixedNodes, DivideTheirNicsAmongPlanes) {
  const Cluster cluster({.node = new_node(), .nodes = 4, .fabric = {.topology = Topology::dual_plane}, .others = {{old_node(), 4}}});
  for (int plane = 0; plane < 2; ++plane) {
    const auto rate = [&](Port port) {
      return cluster.fabric().shape().bandwidth(cable_of(cluster.fabric().out_link(cluster.fabric().vertex(port), plane)));
    };
    EXPECT_EQ(rate({0, 0}), of_edr);
    EXPECT_EQ(rate({7, 1}).value, 6.25e9);
  }
}

TEST(MixedNodes, AreSlowInEveryTopology) {
  using enum Topology;
  for (const Topology topology : {fat_tree, rail_only, dragonfly, dragonfly_plus, hyperx, torus, single_switch}) {
    const Cluster cluster({.node = new_node(), .nodes = 4, .fabric = {.topology = topology}, .others = {{old_node(), 4}}});
    const auto rate = [&](Port port) { return cluster.fabric().shape().bandwidth(cable_of(out_of(cluster, port))); };
    for (const int rail : {0, 1}) {
      EXPECT_EQ(rate({3, rail}), sim::BytesPerSecond{}) << to_text(topology);
      EXPECT_EQ(rate({4, rail}), of_edr) << to_text(topology);
    }
  }
}

TEST(MixedNodes, NeedAsManyGpusAndNics) {
  ClusterSpec spec = new_and_old();
  spec.others.push_back({new_node(), 2});
  spec.others[1].node.gpus = 8;
  spec.others[1].node.nics = 4;
  const std::vector<sim::Fault> found = faults(spec);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].place, "/cluster/others/1/node/gpus");
  EXPECT_EQ(found[0].what, "8 GPUs a node, but the cluster's first nodes have 4");
  EXPECT_EQ(found[0].remedy, "take a node of 4 GPUs");
  EXPECT_EQ(found[1].place, "/cluster/others/1/node/nics");
}

TEST(MixedNodes, NameWhatIsWrongWithAGroup) {
  ClusterSpec none = new_and_old();
  none.others[0].nodes = 0;
  EXPECT_EQ(message_of_cluster(none), "/cluster/others/0/nodes: a group of 0 nodes; give at least 1");
  ClusterSpec broken = new_and_old();
  broken.others[0].node.pcie_bandwidth = {};
  EXPECT_EQ(message_of_cluster(broken), "/cluster/others/0/node/pcie_bandwidth: the node has no pcie_bandwidth; write e.g. \"26 GB/s\"");
  ClusterSpec many = new_and_old();
  many.others[0].nodes = 1 << 20;
  EXPECT_EQ(message_of_cluster(many), "/cluster/others: 1048580 nodes in all; take at most 1048576");
  ClusterSpec strange = new_and_old();
  strange.fabric.link = sim::gigabits_per_second(400);
  EXPECT_EQ(
      message_of_cluster(strange),
      "/cluster/fabric/link: the fabric's links have 50.0 GB/s (400 Gbit/s), but the nodes' NICs have 12.5 GB/s (100 Gbit/s) or 25.0 GB/s "
      "(200 Gbit/s); give the rate of one of them");
}

// 8 nodes of 2 NICs at 4 ports down a leaf: 4 leaves, 16 + 16 cables; half of those of NICs are EDR.
TEST(MixedNodes, AreCountedByTheRateOfTheirCables) {
  const Cluster cluster(new_and_old());
  const Inventory found = inventory(cluster.fabric(), parts_in_use(cluster));
  ASSERT_EQ(found.cables.size(), 3U);
  EXPECT_EQ(found.cables[0].bandwidth, of_edr);
  EXPECT_EQ(found.cables[0].cables, 8);
  EXPECT_EQ(found.cables[1].bandwidth, of_hdr);
  EXPECT_EQ(found.cables[1].cables, 8);
  EXPECT_EQ(found.cables[2].bandwidth, of_hdr);
  EXPECT_EQ(found.cables[2].cables, 16);
}

// NICs 8 x 1000 + 8 x 600, 6 switches (4 leaves, 2 spines of 8 ports) at 5000, cables 8 x 100 (EDR) + 8 x 150 and 16 x 400 (optical):
// 8000 + 4800 + 30000 + 800 + 1200 + 6400 = 51200 USD for 32 GPUs. Watts: NICs 8 x 20 + 8 x 15, switches 6 x 300, optics 16 x 10.
TEST(MixedNodes, AreBilledKindByKind) {
  NetworkPrices prices;
  prices.nics = {{"EDR NIC", NetworkProtocol::infiniband, of_edr, 600, 15, "test"},
                 {"HDR NIC", NetworkProtocol::infiniband, of_hdr, 1000, 20, "test"}};
  prices.switches = {{"HDR switch", NetworkProtocol::infiniband, 8, of_hdr, 5000, 300, "test"}};
  prices.copper_cables = {{"EDR copper", NetworkProtocol::infiniband, of_edr, 100, 0, 0, "test"},
                          {"HDR copper", NetworkProtocol::infiniband, of_hdr, 150, 0, 0, "test"}};
  prices.optical_cables = {{"HDR optical", NetworkProtocol::infiniband, of_hdr, 400, 0, 10, "test"}};
  const Cluster cluster(new_and_old());
  const Bill bill = bill_of_materials(inventory(cluster.fabric(), parts_in_use(cluster)), bill_spec(cluster), prices);
  EXPECT_EQ(bill.rows[0].part, "HDR NIC");
  EXPECT_EQ(bill.rows[0].count, 8);
  EXPECT_EQ(bill.rows[1].part, "EDR NIC");
  EXPECT_EQ(bill.rows[1].count, 8);
  EXPECT_EQ(bill.usd, 51'200);
  EXPECT_EQ(bill.watts, 160 + 120 + 1800 + 160);
  EXPECT_EQ(bill.usd_per_gpu, 1'600);
}

// The first half sends 4 x 2 x 25 GB/s, the second can take half of it; that is also the least: old nodes alone on one side.
TEST(MixedNodes, AreCutAtTheSlowerHalf) {
  const Cluster cluster(new_and_old());
  EXPECT_EQ(rate_of_half_the_nodes(cluster).value, 100e9);
  const FabricMetrics figures = metrics(cluster.fabric(), {.parts = parts_in_use(cluster)});
  ASSERT_TRUE(figures.bisection);
  EXPECT_EQ(figures.bisection->halves.value, 100e9);
  EXPECT_EQ(figures.bisection->least.value, 100e9);
  const FabricMetrics closed = metrics(cluster.fabric(), {.parts = parts_in_use(cluster), .bisection = {.most_arcs = 0}});
  EXPECT_EQ(closed.bisection->meaning, BisectionMeaning::closed_form);
  EXPECT_EQ(closed.bisection->least.value, 100e9);
}

TEST(MixedNodes, AreExportedWithTheirRates) {
  const Cluster cluster(new_and_old());
  const Survey survey = survey_of_fabric(cluster.fabric(), fabric_link(cluster.spec()));
  int slow = 0;
  for (const SurveyCable& cable : survey.cables) slow += cable.bandwidth == of_edr ? 1 : 0;
  EXPECT_EQ(slow, 8);
}

}  // namespace
}  // namespace orrery::topology
