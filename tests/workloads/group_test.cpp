#include "workloads/group.h"

#include <gtest/gtest.h>

#include "tests/committed.h"
#include "tests/workloads/gpus_of_nodes.h"

namespace orrery::workloads {
namespace {

using topology::Cluster;
using topology::GpuId;

TEST(Group, HasItsNodesInOrderOfFirstRanks) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 3, .fabric = {}});
  const NodeGraphs found(cluster, committed::nccl());
  const std::vector<GpuId> members = {GpuId{9}, GpuId{0}, GpuId{8}, GpuId{16}};
  const Group group(cluster, found, members);
  EXPECT_EQ(group.ranks(), 4);
  EXPECT_EQ(group.nodes(), 3);
  EXPECT_EQ(group.channels(GraphKind::ring), 1);  // nodes 0 and 2 lend a GPU each, and so a NIC
  EXPECT_EQ(group.part(GraphKind::ring, 0, 0).size(), 2);
  EXPECT_EQ(group.part(GraphKind::ring, 1, 0).first(), GpuId{0});
  EXPECT_EQ(group.part(GraphKind::ring, 2, 0).first(), GpuId{16});
}

// NCCL has twelve channels on a node of A100s, all alike; between nodes one a NIC (specs: collectives 3.2).
TEST(Group, CountsChannelsThatPassTheSameOnce) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const NodeGraphs found(cluster, committed::nccl());
  const auto on_one = gpus_of_nodes(cluster, 1, all_eight);
  const auto on_two = gpus_of_nodes(cluster, 2, all_eight);
  const Group node(cluster, found, on_one);
  EXPECT_EQ(node.channels(GraphKind::ring), 12);
  EXPECT_EQ(node.distinct_channels(GraphKind::ring), std::vector{0});
  const Group nodes(cluster, found, on_two);
  EXPECT_EQ(nodes.channels(GraphKind::ring), 8);
  EXPECT_EQ(nodes.distinct_channels(GraphKind::ring).size(), 8U);
  EXPECT_EQ(nodes.graphs(0).thread_blocks, 16);
  EXPECT_EQ(&nodes.graphs(0), &nodes.graphs(1)) << "one search for both nodes";
}

// H100's rings cross NICs in pairs, and odd nodes swap the pair: what leaves an even node by NIC 1 enters the next by NIC 1.
TEST(Group, SwapsCrossingRingsOnOddNodes) {
  const Cluster cluster({.node = committed::node("dgx-h100"), .nodes = 4, .fabric = {}});
  const NodeGraphs found(cluster, committed::nccl());
  const auto members = gpus_of_nodes(cluster, 4, all_eight);
  const Group group(cluster, found, members);
  for (int channel = 0; channel < 8; ++channel) {
    for (int node = 0; node < 4; ++node) {
      EXPECT_EQ(group.part(GraphKind::ring, node, channel).rail_out(), group.part(GraphKind::ring, (node + 1) % 4, channel).rail_in());
    }
  }
}

}  // namespace
}  // namespace orrery::workloads
