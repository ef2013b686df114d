#include "report/page/link_loads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/committed.h"

namespace orrery::report {
namespace {

// Three DGX A100, each rail on a switch of its own: 24 GPUs, 24 cables of NICs.
topology::Cluster three_nodes() { return topology::Cluster({.node = committed::dgx_a100(), .nodes = 3, .fabric = {}}); }

sim::Timeline idle_second(const topology::Cluster& cluster) {
  sim::Timeline timeline;
  timeline.end = sim::Time{sim::Picosecond::per_second};
  timeline.served.assign(static_cast<std::size_t>(cluster.resource_count()), 0);
  return timeline;
}

std::int64_t& served(sim::Timeline& timeline, sim::ResourceId id) { return timeline.served[sim::index(id)]; }

TEST(LinkLoads, LayersWhereNothingMovesAreLeftOut) {
  const topology::Cluster cluster = three_nodes();
  EXPECT_TRUE(link_loads(cluster, idle_second(cluster), {}).empty());
}

TEST(LinkLoads, AreDecilesOfEachLayer) {
  const topology::Cluster cluster = three_nodes();
  sim::Timeline timeline = idle_second(cluster);
  // GPU g's port out was busy for g hundredths of the second; its processor, too, is a resource, but no link.
  for (std::uint32_t gpu = 0; gpu < 24; ++gpu) {
    const sim::ResourceId out = cluster.resource(topology::GpuId{gpu}, topology::GpuPart::nvlink_out);
    served(timeline, out) = cluster.capacity(out) / 100 * gpu;
    served(timeline, cluster.resource(topology::GpuId{gpu}, topology::GpuPart::processor)) = 7;
  }
  const auto layers = link_loads(cluster, timeline, {});
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].name, "NVLink out");
  EXPECT_EQ(layers[0].links, 24);
  EXPECT_EQ(layers[0].idle, 1);
  EXPECT_DOUBLE_EQ(layers[0].at[0], 0);
  EXPECT_DOUBLE_EQ(layers[0].at[1], 0.02);  // the third of 24 is the first that a tenth do not exceed
  EXPECT_DOUBLE_EQ(layers[0].at[5], 0.11);  // the twelfth
  EXPECT_DOUBLE_EQ(layers[0].at[10], 0.23);
  EXPECT_EQ(layers[0].busiest, "gpu 23 of node 2, NVLink out");
  EXPECT_EQ(layers[0].most.count, cluster.capacity(cluster.resource(topology::GpuId{23}, topology::GpuPart::nvlink_out)) / 100 * 23);
}

TEST(LinkLoads, CablesAreToldByTheirWay) {
  const topology::Cluster cluster = three_nodes();
  sim::Timeline timeline = idle_second(cluster);
  std::vector<sim::ResourceId> path;
  cluster.append_path(topology::GpuId{0}, topology::GpuId{8}, std::uint64_t{0}, path);
  for (const sim::ResourceId id : path) served(timeline, id) = 1000;
  std::vector<std::string> names;
  for (const LayerLoad& layer : link_loads(cluster, timeline, {})) {
    names.push_back(layer.name);
    EXPECT_EQ(layer.links - layer.idle, 1) << layer.name;
    EXPECT_EQ(layer.links, 24) << layer.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"PCIe out", "PCIe in", "NIC to switch, up", "NIC to switch, down"}));
}

TEST(LinkLoads, ASlowLinkIsAsBusyAsItsCapacityWas) {
  const topology::Cluster cluster = three_nodes();
  sim::Timeline timeline = idle_second(cluster);
  std::vector<sim::ResourceId> path;
  cluster.append_path(topology::GpuId{0}, topology::GpuId{8}, std::uint64_t{0}, path);
  const sim::ResourceId cable = path[1];
  served(timeline, cable) = cluster.capacity(cable) / 4;
  EXPECT_DOUBLE_EQ(link_loads(cluster, timeline, {})[0].at[10], 0.25);
  topology::Condition condition;
  condition.slow_links = {{*cluster.link_of(cable), 0.5}};
  EXPECT_DOUBLE_EQ(link_loads(cluster, timeline, condition)[0].at[10], 0.5);
}

}  // namespace
}  // namespace orrery::report
