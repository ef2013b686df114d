// Throughput beside a cluster: the same flows over a cluster's resources, at their capacities and by its paths, get the same rates.
#include <gtest/gtest.h>

#include <map>

#include "sim/max_min_fair.h"
#include "tests/topology/assorted_fabrics.h"
#include "topology/cluster.h"
#include "topology/throughput.h"

namespace orrery::topology {
namespace {

/// A GPU a NIC, and nothing in the way but the fabric.
ClusterSpec bare_cluster(const test::AssortedFabric& made) {
  NodeSpec node;
  node.gpus = made.ports.rails;
  node.nics = made.ports.rails;
  node.nvlink = {.links_per_gpu = 1, .link_bandwidth = sim::gigabytes_per_second(1000)};
  node.pcie_bandwidth = sim::gigabytes_per_second(1000);
  node.nic.bandwidth = made.ports.link;
  node.fabric_switch.ports = made.ports.radix;
  return {.node = node, .nodes = made.ports.nodes, .fabric = made.spec};
}

/// In NIC rates, by the cluster.
std::vector<double> rates_by_cluster(const Cluster& cluster, const Traffic& traffic) {
  sim::MaxMinFair system;
  const std::vector<sim::Resource> resources = cluster.resources();
  for (const sim::Resource& resource : resources) system.add_resource(resource.capacity);
  std::vector<sim::ResourceId> path;
  for (const Demand& demand : traffic) {
    const auto gpu = [&](Port port) { return GpuId{static_cast<std::uint32_t>(port.node * cluster.node().gpus + port.rail)}; };
    path.clear();
    cluster.append_path(gpu(demand.from), gpu(demand.to), 0, path);
    system.add_flow();
    for (const sim::ResourceId resource : path) system.cross(index(resource), 1);
  }
  std::vector<double> rates;
  for (const sim::MaxMinFair::Rate rate : system.solve()) rates.push_back(static_cast<double>(rate) / cluster.node().nic.bandwidth.value);
  return rates;
}

// Both count in whole units, the cluster in bytes: equal to nine digits of 25e9.
TEST(ThroughputCluster, GivesTheRatesOfAClustersResources) {
  for (test::AssortedFabric made : test::assorted_fabrics()) {
    SCOPED_TRACE(to_text(made.spec.topology) + " " + to_text(*made.spec.routing));
    const bool by_queues = *made.spec.routing == Routing::adaptive || *made.spec.routing == Routing::ugal;
    if (by_queues) made.spec.efficiency = 0.9;
    const Fabric fabric = make_fabric(made.spec, made.ports);
    Traffic traffic;  // in order of ports, from one end of the machine to the other
    for (int node = 0; node < fabric.nodes(); ++node) {
      for (int rail = 0; rail < fabric.rails(); ++rail) traffic.push_back({{node, rail}, {fabric.nodes() - 1 - node, rail}});
    }
    const Throughput result = throughput(fabric, traffic, {.efficiency = 0.9, .nic = made.ports.link});
    const std::vector<double> rates = rates_by_cluster(Cluster(bare_cluster(made)), traffic);
    ASSERT_EQ(result.flows.size(), rates.size());
    for (std::size_t flow = 0; flow < rates.size(); ++flow) EXPECT_NEAR(result.flows[flow].rate, rates[flow], 1e-9);
  }
}

}  // namespace
}  // namespace orrery::topology
