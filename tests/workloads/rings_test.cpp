#include "workloads/rings.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <utility>

#include "sim/random.h"
#include "tests/committed.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using topology::Cluster;
using topology::GpuId;

Cluster nodes_of_eight(int nodes, int nics = 8) {
  topology::NodeSpec node = committed::dgx_a100();
  node.nics = nics;
  return Cluster({.node = node, .nodes = nodes, .fabric = {}});
}

std::vector<GpuId> gpus(const std::vector<std::uint32_t>& numbers) {
  std::vector<GpuId> found;
  for (const std::uint32_t number : numbers) found.push_back(GpuId{number});
  return found;
}

// "0>7 7>6", with the rail where an edge names one: "1>8@0".
std::string edges(const Rings& rings, int count, CollectiveKind kind = CollectiveKind::all_reduce) {
  std::vector<Edge> found;
  rings.append_edges(kind, count, found);
  std::string text;
  for (const Edge& edge : found) {
    text += (text.empty() ? "" : " ") + std::to_string(index(edge.from)) + ">" + std::to_string(index(edge.to));
    if (edge.rails) text += "@" + std::to_string(edge.rails->out);
  }
  return text;
}

TEST(Rings, OnANodeGoByRank) {
  const Cluster cluster = nodes_of_eight(1);
  const Rings rings(cluster, gpus({2, 5, 0}));
  EXPECT_EQ(rings.nodes(), 1);
  EXPECT_EQ(rings.nics(), 1);
  EXPECT_EQ(edges(rings, 1), "2>5 5>0 0>2");
}

TEST(Rings, BetweenNodesEnterAndLeaveByTheirNic) {
  // As NCCL's on a DGX A100: ring 0 goes down from GPU 0, ring 1 up from GPU 1.
  const Cluster cluster = nodes_of_eight(2);
  const Rings rings(cluster, gpus({0, 1, 2, 3, 8, 9, 10, 11}));
  EXPECT_EQ(rings.nodes(), 2);
  EXPECT_EQ(rings.nics(), 4);
  EXPECT_EQ(edges(rings, 1), "0>3 3>2 2>1 1>8@0 8>11 11>10 10>9 9>0@0");
  EXPECT_EQ(edges(rings, 2).substr(edges(rings, 1).size()), " 1>2 2>3 3>0 0>9@1 9>10 10>11 11>8 8>1@1");
}

TEST(Rings, OfAnOddNumberGoUpSoThatEachEndsAtAGpuOfItsOwn) {
  const Cluster cluster = nodes_of_eight(2);
  const Rings rings(cluster, gpus({0, 1, 2, 8, 9, 10}));
  EXPECT_EQ(edges(rings, 3),
            "0>1 1>2 2>8@0 8>9 9>10 10>0@0 "
            "1>2 2>0 0>9@1 9>10 10>8 8>1@1 "
            "2>0 0>1 1>10@2 10>8 8>9 9>2@2");
}

TEST(Rings, VisitNodesByTheirFirstRankAndRanksInOrder) {
  // Ranks on nodes 1, 0, 1, 2: node 1 has ranks 0 and 2.
  const Cluster cluster = nodes_of_eight(3);
  const Rings rings(cluster, gpus({9, 0, 8, 16}));
  EXPECT_EQ(rings.nodes(), 3);
  EXPECT_EQ(rings.nics(), 1);
  // Beside the first NIC that node 1's ranks have sits GPU 9, on rail 1; the others are on rail 0, so nobody's rail is kept.
  EXPECT_EQ(edges(rings, 1), "9>8 8>0 0>16@0 16>9");
}

TEST(Rings, AreAsManyAsEveryNodeHasNics) {
  const Cluster cluster = nodes_of_eight(2, 4);  // GPUs 2i and 2i+1 share NIC i
  EXPECT_EQ(Rings(cluster, gpus({0, 1, 8, 9})).nics(), 1);
  EXPECT_EQ(Rings(cluster, gpus({0, 2, 8, 10})).nics(), 2);
  EXPECT_EQ(Rings(cluster, gpus({0, 2, 4, 8, 9, 14})).nics(), 2);
}

TEST(Rings, NicsAreNearWhereBothGpusOfASwitchTakePartOrOneAlone) {
  const Cluster cluster = nodes_of_eight(2);
  EXPECT_TRUE(Rings(cluster, gpus({0, 1, 8, 9})).nics_are_near());
  EXPECT_TRUE(Rings(cluster, gpus({3, 12})).nics_are_near());
  EXPECT_FALSE(Rings(cluster, gpus({0, 2, 8, 10})).nics_are_near());
  EXPECT_FALSE(Rings(cluster, gpus({0, 1, 8, 10})).nics_are_near());
}

TEST(Rings, BroadcastsLeaveOutTheEdgeIntoTheRootAndReducesTheOneOutOfIt) {
  const Cluster cluster = nodes_of_eight(2);
  const Rings rings(cluster, gpus({1, 0, 8}));
  EXPECT_EQ(edges(rings, 1), "1>0 0>8 8>1");
  EXPECT_EQ(edges(rings, 1, CollectiveKind::broadcast), "1>0 0>8");
  EXPECT_EQ(edges(rings, 1, CollectiveKind::reduce), "0>8 8>1");
  EXPECT_EQ(edges(Rings(cluster, gpus({4})), 1), "");
}

TEST(Rings, TellTheirFlowsApart) {
  const Cluster cluster = nodes_of_eight(2);
  std::vector<Edge> found;
  Rings(cluster, gpus({0, 1, 8, 9})).append_edges(CollectiveKind::all_reduce, 2, found);
  ASSERT_EQ(found.size(), 8U);
  for (std::size_t e = 0; e < 8; ++e) EXPECT_EQ(found[e].flow, e / 4);
}

TEST(Rings, AreClosedWhoeverTakesPart) {
  // Each ring is one cycle through all members, and its edges between nodes are as many as nodes.
  sim::Random random(5, 0);
  for (int trial = 0; trial < 200; ++trial) {
    const Cluster cluster = nodes_of_eight(5, trial % 2 == 0 ? 8 : 2);
    std::vector<GpuId> members;
    for (std::uint32_t gpu = 0; gpu < 40; ++gpu) {
      if (random.below(3) == 0) members.push_back(GpuId{gpu});
    }
    for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[random.below(i)]);
    if (members.size() < 2) continue;
    const Rings rings(cluster, members);
    std::vector<Edge> found;
    rings.append_edges(CollectiveKind::all_gather, rings.nics(), found);
    ASSERT_EQ(found.size(), members.size() * static_cast<std::size_t>(rings.nics()));
    for (int ring = 0; ring < rings.nics(); ++ring) {
      std::map<GpuId, GpuId> next;
      int between = 0;
      for (std::size_t e = 0; e < members.size(); ++e) {
        const Edge& edge = found[static_cast<std::size_t>(ring) * members.size() + e];
        ASSERT_TRUE(next.emplace(edge.from, edge.to).second);
        between += cluster.node_of(edge.from) != cluster.node_of(edge.to) ? 1 : 0;
      }
      std::size_t steps = 1;
      for (GpuId at = next.at(members[0]); at != members[0]; at = next.at(at)) ++steps;
      ASSERT_EQ(steps, members.size());
      ASSERT_EQ(between, rings.nodes() == 1 ? 0 : rings.nodes());
    }
  }
}

}  // namespace
}  // namespace orrery::workloads
