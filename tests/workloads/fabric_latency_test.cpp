// What collectives and messages take of a fabric that is slower than the one behind NCCL's constants (CollectiveModel, reference latency
// 780 ns).
#include <gtest/gtest.h>

#include "tests/committed.h"
#include "workloads/collective_model.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using topology::GpuId;
using namespace sim::literals;

// Nodes of eight GPUs, all on one rail's switch or another's, with NCCL's model as it is.
struct RailMachine {
  topology::Cluster cluster;
  CollectiveModel model{cluster, committed::nccl(), {}};

  RailMachine(int nodes, sim::Duration adapters, sim::Duration a_switch) : cluster({.node = node(adapters, a_switch), .nodes = nodes}) {}
  RailMachine(const RailMachine&) = delete;

  static topology::NodeSpec node(sim::Duration adapters, sim::Duration a_switch) {
    topology::NodeSpec node = committed::dgx_a100();
    node.nic.latency = adapters;
    node.fabric_switch.latency = a_switch;
    return node;
  }
  /// Over the first GPU of each node, or over all of the first node.
  sim::Duration latency(CollectiveKind kind, bool on_one_node = false) const {
    std::vector<GpuId> members;
    for (std::uint32_t i = 0; i < (on_one_node ? 8U : static_cast<std::uint32_t>(cluster.spec().nodes)); ++i) {
      members.push_back(GpuId{on_one_node ? i : 8 * i});
    }
    return model.plan(kind, 100_MB, NcclWay{NcclAlgorithm::ring, Protocol::simple}, members).latency;
  }
  sim::Duration message() const { return model.plan_send(100_MB, GpuId{0}, GpuId{8}).latency; }
};

TEST(FabricLatency, SlowerAdaptersDelayEveryStepBetweenNodes) {
  // Adapters of 5 us instead of 2: 3 us more for each step between nodes. Over 4 nodes an all-reduce makes 6, a gather 3; a message is one;
  // a node's own collectives make none.
  const RailMachine near(4, 2_us, 130_ns);
  const RailMachine far(4, 5_us, 130_ns);
  EXPECT_EQ(far.latency(CollectiveKind::all_reduce) - near.latency(CollectiveKind::all_reduce), 18_us);
  EXPECT_EQ(far.latency(CollectiveKind::all_gather) - near.latency(CollectiveKind::all_gather), 9_us);
  EXPECT_EQ(far.message() - near.message(), 3_us);
  EXPECT_EQ(far.latency(CollectiveKind::all_reduce, true), near.latency(CollectiveKind::all_reduce, true));
}

TEST(FabricLatency, SlowerSwitchesDoTooEachTimeThatTheyAreCrossed) {
  // One switch between nodes 0 and 1.
  EXPECT_EQ(RailMachine(2, 2_us, 1130_ns).message() - RailMachine(2, 2_us, 130_ns).message(), 1_us);
}

TEST(FabricLatency, TheSlowestHopOfARingCounts) {
  // 21 nodes of rails with 20 down-ports a leaf: the last is under another leaf, three switches away from the others, where neighbours are
  // one away. An all-reduce makes 40 steps; with switches 1 us slower each of them is 3 us slower.
  const RailMachine near(21, 2_us, 130_ns);
  const RailMachine far(21, 2_us, 1130_ns);
  EXPECT_EQ(far.message() - near.message(), 1_us);
  EXPECT_EQ(far.latency(CollectiveKind::all_reduce) - near.latency(CollectiveKind::all_reduce), 120_us);
}

TEST(FabricLatency, AFabricFasterThanTheReferenceGainsNothing) {
  // A base of 8.4 us and a hop of 14 us, as NCCL has them.
  EXPECT_EQ(RailMachine(2, 0_us, 0_us).message(), 22'400_ns);
}

}  // namespace
}  // namespace orrery::workloads
