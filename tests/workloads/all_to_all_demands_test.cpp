#include "workloads/all_to_all_demands.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/committed.h"
#include "tests/workloads/gpus_of_nodes.h"
#include "workloads/collective_edges.h"

namespace orrery::workloads {
namespace {

using topology::Cluster;
using topology::GpuId;
using topology::Routing;
using topology::Topology;

std::vector<std::pair<std::uint32_t, std::uint32_t>> in_numbers(const std::vector<sim::Demand>& demands) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> numbers;
  for (const sim::Demand& demand : demands) numbers.emplace_back(index(demand.resource), demand.multiplicity);
  return numbers;
}

std::vector<sim::Demand> demands_of(const Group& group) {
  Tally tally(static_cast<std::size_t>(group.cluster().resource_count()));
  std::vector<sim::Demand> demands;
  append_all_to_all_demands(group, tally, demands);
  return demands;
}

// Of every pair by itself.
std::vector<sim::Demand> demands_of_pairs(const Group& group) {
  std::vector<Edge> edges;
  append_collective_edges(group, Algorithm::point_to_point, sim::CollectiveKind::all_to_all, edges);
  Paths paths;
  for (const Edge& edge : edges) paths.append(group.cluster(), edge);
  return merged(paths);
}

void expect_as_of_pairs(const Cluster& cluster, const std::vector<GpuId>& members, const std::string& what) {
  const NodeGraphs found(cluster, committed::nccl());
  for (const Pxn pxn : {Pxn::on, Pxn::off}) {
    const Group group(cluster, found, members, pxn);
    EXPECT_EQ(in_numbers(demands_of(group)), in_numbers(demands_of_pairs(group))) << what << (pxn == Pxn::off ? ", PXN off" : "");
  }
}

topology::NodeSpec node_with(int nics) {
  topology::NodeSpec node = committed::dgx_a100();
  node.nics = nics;
  return node;
}

TEST(AllToAllDemands, AnAllToAllIsTheSumOfItsPairsOnEveryFabric) {
  using enum Topology;
  using enum Routing;
  constexpr int nodes = 6;
  int machines = 0;
  for (const Topology topology : {fat_tree, rail_only, dragonfly, dragonfly_plus, hyperx, torus, dual_plane, single_switch}) {
    for (const Routing routing : {d_mod_k, s_mod_k, minhop, updown, ecmp, adaptive, valiant, ugal}) {
      for (const int nics : {8, 2}) {
        topology::ClusterSpec spec{.node = node_with(nics), .nodes = nodes, .fabric = {.topology = topology, .switch_radix = 40}};
        spec.fabric.routing = routing;
        if (routing == ecmp) spec.fabric.queue_pairs = 4;
        if (!topology::faults(spec).empty()) continue;
        const Cluster cluster(spec);
        expect_as_of_pairs(cluster, gpus_of_nodes(cluster, nodes, all_eight),
                           "topology " + std::to_string(static_cast<int>(topology)) + ", routing " +
                               std::to_string(static_cast<int>(routing)) + ", NICs " + std::to_string(nics));
        ++machines;
      }
    }
  }
  EXPECT_GT(machines, 30);
}

TEST(AllToAllDemands, RanksMayStandInAnyOrderOnPartsOfNodes) {
  const Cluster cluster({.node = node_with(4), .nodes = 8, .fabric = {}});
  std::vector<GpuId> members;
  for (const int gpu : {0, 3, 1, 7, 5, 6}) {
    for (const int node : {5, 0, 7, 2, 1, 6}) members.push_back(GpuId{static_cast<std::uint32_t>(8 * node + gpu)});
  }
  members.push_back(GpuId{8 * 3 + 4});  // alone on its node
  expect_as_of_pairs(cluster, members, "parts of nodes");
}

TEST(AllToAllDemands, NodesMayDiffer) {
  topology::ClusterSpec spec{.node = committed::dgx_a100(), .nodes = 9, .fabric = {}};
  topology::NodeGroup other{spec.node, 4};
  other.node.name = "other";
  other.node.nic.bandwidth = sim::gigabits_per_second(100);
  spec.others.push_back(other);
  ASSERT_TRUE(topology::faults(spec).empty());
  const Cluster cluster(spec);
  expect_as_of_pairs(cluster, gpus_of_nodes(cluster, 9, all_eight), "two kinds");
}

TEST(AllToAllDemands, ANodeByItselfIsItsNvLinkPorts) {
  // Seven messages out of each GPU and seven into it.
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const std::vector<GpuId> members = gpus_of_nodes(cluster, 1, all_eight);
  const NodeGraphs found(cluster, committed::nccl());
  const std::vector<sim::Demand> demands = demands_of(Group(cluster, found, members));
  ASSERT_EQ(demands.size(), 16U);
  for (const sim::Demand& demand : demands) EXPECT_EQ(demand.multiplicity, 7U);
}

TEST(AllToAllDemands, OneRankHasNone) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const std::vector<GpuId> members = {GpuId{3}};
  const NodeGraphs found(cluster, committed::nccl());
  EXPECT_TRUE(demands_of(Group(cluster, found, members)).empty());
}

}  // namespace
}  // namespace orrery::workloads
