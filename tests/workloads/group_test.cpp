#include "workloads/group.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

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

/// The rails by which a ring through every second GPU of DGX A100s comes to its node and leaves it, channel by channel.
std::vector<std::pair<int, int>> rails_of_every_second_gpu(const NcclConstants& nccl) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const NodeGraphs found(cluster, nccl);
  const std::vector<int> every_second = {0, 2, 4, 6};
  const auto members = gpus_of_nodes(cluster, 2, every_second);
  const Group group(cluster, found, members);
  std::vector<std::pair<int, int>> rails;
  for (int channel = 0; channel < group.channels(GraphKind::ring); ++channel) {
    const Group::Part part = group.part(GraphKind::ring, 1, channel);
    rails.emplace_back(part.rail_in(), part.rail_out());
  }
  return rails;
}

// The GPU by NIC 0 is GPU 0 alone, so who comes in by NIC 0 cannot leave by it without crossing PCIe and processor, at less than the NIC's
// rate. With PXN (2.12) the last GPU hands its data to GPU 0 over NVLink. Before, the ring leaves by the NIC of the GPU that it ends at,
// and before 2.20 the next node takes it in by NIC 0 all the same: it crosses rails.
TEST(Group, BeforePxnRingsThroughSomeGpusCrossRails) {
  using Rails = std::vector<std::pair<int, int>>;
  NcclConstants nccl = committed::nccl();
  EXPECT_EQ(rails_of_every_second_gpu(nccl), (Rails{{0, 0}, {2, 2}, {4, 4}, {6, 6}}));
  nccl.pxn = false;
  EXPECT_EQ(rails_of_every_second_gpu(nccl), (Rails{{2, 0}, {0, 2}, {6, 4}, {4, 6}})) << "node 1 has each pair swapped";
  nccl.alternating_rings = false;
  EXPECT_EQ(rails_of_every_second_gpu(nccl), (Rails{{0, 2}, {2, 4}, {4, 6}, {6, 0}}));
}

}  // namespace
}  // namespace orrery::workloads
