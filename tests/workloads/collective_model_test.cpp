#include "workloads/collective_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/committed.h"
#include "tests/workloads/golden_tuner.h"
#include "tests/workloads/gpus_of_nodes.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::DataType;
using topology::Cluster;
using topology::GpuId;
using topology::GpuPart;
using namespace sim::literals;

constexpr NcclWay simple_ring{NcclAlgorithm::ring, Protocol::simple};

double alone(const CollectivePlan& plan) {
  return plan.latency.seconds() + (plan.edge_bytes.count > 0 ? static_cast<double>(plan.edge_bytes.count) / plan.edge_rate.value : 0.0);
}

TEST(CollectiveModel, OneNodeOfEightByHand) {
  // 12 channels of 20 GB/s: 240 GB/s; 14 steps of 3.4 us and 8.4 us; 1 GiB * 14/8 / 240 GB/s = 7829.4 us: 7885.4 us.
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, gpus_of_nodes(cluster, 1, all_eight));
  EXPECT_EQ(plan.protocol, Protocol::simple);
  EXPECT_EQ(plan.algorithm, Algorithm::ring);
  EXPECT_EQ(plan.thread_blocks, 24);
  EXPECT_EQ(plan.latency, 56_us);
  EXPECT_EQ(plan.edge_bytes.count, (std::int64_t{1} << 30) / 8 * 14);
  EXPECT_NEAR(alone(plan) * 1e6, 7885.366, 0.01);
}

TEST(CollectiveModel, OnANodeTheCalibrationSaysHowLongARingTakes) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  CollectiveCalibration calibration;
  NodeCollectives& measured = calibration.on_node.emplace();
  measured.ring.protocols[2] = {.launch = 20_us, .hop = 5_us, .block_rate = sim::gigabytes_per_second(25)};
  measured.ring.link = sim::gigabytes_per_second(300);
  measured.ring.spread = 1_us;
  measured.ring.own_all_reduce = sim::gigabytes_per_second(500);
  measured.ring.sum_rate = {125e9};
  const CollectiveModel model(cluster, committed::nccl(), calibration);
  // 100 MB over 2 GPUs by Simple on 24 blocks: 2 steps of 5 us and 4.58 doublings of 1 us; 100 MB over each edge, at 600 GB/s through the
  // blocks and 300 over NVLink; 50 MB of its own at 500 GB/s; 25 million halves added at 24 x 125 G/s.
  const CollectivePlan plan =
      model.plan(CollectiveKind::all_reduce, 100_MB, NcclWay{NcclAlgorithm::ring, Protocol::simple}, gpus_of_nodes(cluster, 1, {0, 1}));
  EXPECT_EQ(plan.thread_blocks, 24);
  EXPECT_NEAR(plan.latency.seconds(), 34.585e-6, 1e-9);
  EXPECT_NEAR(alone(plan) - plan.latency.seconds(), 100e6 / 600e9 + 100e6 / 300e9 + 50e6 / 500e9 + 25e6 / 3e12, 1e-9);
}

TEST(CollectiveModel, BetweenNodesCalibrationHasItsOwnScales) {
  // Latency doubled, bandwidth halved: 2 L + S / (B / 2).
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  CollectiveCalibration calibration;
  calibration.inter_latency_scale = 2;
  calibration.inter_bandwidth_scale = 0.5;
  NcclConstants nccl = committed::nccl();
  nccl.reference_network_latency = 1_s;  // no fabric is in excess of it
  const CollectiveModel nccl_alone(cluster, nccl, {});
  const CollectiveModel model(cluster, nccl, calibration);
  const auto members = gpus_of_nodes(cluster, 2, all_eight);
  const auto by_nccl = nccl_alone.plan(CollectiveKind::all_reduce, 100_MB, simple_ring, members);
  const auto plan = model.plan(CollectiveKind::all_reduce, 100_MB, simple_ring, members);
  EXPECT_EQ(plan.latency, by_nccl.latency * 2);
  EXPECT_NEAR(plan.edge_rate.value, by_nccl.edge_rate.value / 2, 1);
  // A message: one NIC of 25 GB/s, of which 98.5 % are payload; a base of 8.4 us and a hop of 14 us.
  const auto send = model.plan_send(100_MB, GpuId{0}, GpuId{8});
  EXPECT_EQ(send.latency, 44'800_ns);
  EXPECT_NEAR(send.edge_rate.value, 0.985 * 25e9 / 2, 1);
}

TEST(CollectiveModel, PairsBetweenNodesAreNotTimedByWhatWasMeasuredOnOne) {
  // 4 MiB among 16: on a node messages of 256 KiB would go by LL, over the network they do not. Half of it leaves by a NIC.
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel nccl_alone(cluster, committed::nccl(), {});
  const CollectiveModel measured(cluster, committed::nccl(), committed::a100().collectives);
  const auto members = gpus_of_nodes(cluster, 2, all_eight);
  const auto by_nccl = nccl_alone.plan(CollectiveKind::all_to_all, 4_MiB, DataType::fp16, members);
  const auto plan = measured.plan(CollectiveKind::all_to_all, 4_MiB, DataType::fp16, members);
  EXPECT_EQ(plan.latency, by_nccl.latency);
  EXPECT_EQ(plan.edge_bytes, by_nccl.edge_bytes);
  EXPECT_GT(plan.edge_rate.value * 8, 24.625e9) << "the NICs hold it up, eight messages each at a time";
}

TEST(CollectiveModel, SearchFindsWhatNcclFinds) {
  // Specs collectives 3.2 and 3.3: channels, GB/s a channel, communicator channels.
  struct Case {
    topology::NodeSpec node;
    int nodes;
    std::vector<int> locals;
    int channels;
    double speed;
    bool ll128;
  };
  const std::vector<Case> cases = {{committed::dgx_a100(), 1, all_eight, 12, 20, true},
                                   {committed::dgx_a100(), 4, all_eight, 8, 24, true},
                                   {committed::dgx_a100(), 4, {3}, 1, 24, true},
                                   {committed::dgx_a100(), 4, {0, 1}, 2, 24, true},
                                   {committed::dgx_a100(), 4, {0, 2}, 2, 24, false},
                                   {committed::dgx_a100(), 4, {0, 1, 2, 3}, 4, 24, true},
                                   {committed::dgx_a100(), 4, {0, 2, 4, 6}, 4, 24, false},
                                   {committed::node("hgx-a100-80gb-4xhdr"), 4, all_eight, 4, 24, true},
                                   {committed::node("dgx-h100"), 1, all_eight, 12, 30, true},
                                   {committed::node("dgx-h100"), 4, all_eight, 8, 48, true},
                                   {committed::node("dgx-h100"), 4, {5}, 2, 24, true}};
  for (const Case& c : cases) {
    const Cluster cluster({.node = c.node, .nodes = c.nodes, .fabric = {}});
    const CollectiveModel model(cluster, committed::nccl(), {});
    const auto members = gpus_of_nodes(cluster, c.nodes, c.locals);
    const GroupShape shape = model.shape(model.group(members));
    EXPECT_EQ(shape.communicator.graphs.ring.channels, c.channels);
    EXPECT_EQ(shape.communicator.graphs.ring.intra, sim::gigabytes_per_second(c.speed));
    const NcclWay ll128{NcclAlgorithm::ring, Protocol::ll128};
    EXPECT_EQ(tuner_cost(CollectiveKind::all_reduce, 1_MiB, ll128, shape.communicator, committed::nccl()).has_value(), c.ll128);
  }
}

TEST(CollectiveModel, NothingToDoTakesNoTime) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const auto eight = gpus_of_nodes(cluster, 1, all_eight);
  EXPECT_EQ(model.plan(CollectiveKind::all_reduce, 1_MiB, DataType::fp16, std::span(eight).first(1)).algorithm, Algorithm::none);
  EXPECT_EQ(model.plan(CollectiveKind::all_reduce, 0_B, DataType::fp16, eight).algorithm, Algorithm::none);
  EXPECT_EQ(model.paths({}, eight).count(), 0U);
}

TEST(CollectiveModel, OneNodeUsesEveryPortOnce) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const auto members = gpus_of_nodes(cluster, 1, all_eight);
  const auto demands = merged(model.paths(model.plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, members), members));
  ASSERT_EQ(demands.size(), 16U);
  for (const sim::Demand& demand : demands) EXPECT_EQ(demand.multiplicity, 1U);
  // A broadcast has no edge into its root: GPU 7 sends nothing, GPU 0 receives nothing.
  const auto broadcast = merged(model.paths(model.plan(CollectiveKind::broadcast, 1_GiB, DataType::fp16, members), members));
  EXPECT_EQ(broadcast.size(), 14U);
  const auto uses = [&](GpuPart part, int gpu) {
    return std::any_of(broadcast.begin(), broadcast.end(),
                       [&](const sim::Demand& d) { return d.resource == cluster.resource(GpuId(gpu), part); });
  };
  EXPECT_FALSE(uses(GpuPart::nvlink_in, 0));
  EXPECT_FALSE(uses(GpuPart::nvlink_out, 7));
  EXPECT_TRUE(uses(GpuPart::nvlink_out, 0));
  // A reduce has none out of it: GPU 0 sends nothing, GPU 1 receives nothing.
  const auto reduce = merged(model.paths(model.plan(CollectiveKind::reduce, 1_GiB, DataType::fp16, members), members));
  EXPECT_EQ(reduce.size(), 14U);
  for (const sim::Demand& demand : reduce) {
    EXPECT_NE(demand.resource, cluster.resource(GpuId{0}, GpuPart::nvlink_out));
    EXPECT_NE(demand.resource, cluster.resource(GpuId{1}, GpuPart::nvlink_in));
  }
}

TEST(CollectiveModel, TheSlowerOfNicAndPcieSetsAChannelsSpeed) {
  const auto speed = [](double nic_gigabits, double pcie_gigabytes) {
    topology::NodeSpec node = committed::dgx_a100();
    node.nic.bandwidth = sim::gigabits_per_second(nic_gigabits);
    node.pcie_bandwidth = sim::gigabytes_per_second(pcie_gigabytes);
    const Cluster cluster({.node = node, .nodes = 2, .fabric = {}});
    const CollectiveModel model(cluster, committed::nccl(), {});
    const auto members = gpus_of_nodes(cluster, 2, all_eight);
    return model.shape(model.group(members)).communicator.graphs.ring.inter.value / 1e9;
  };
  EXPECT_EQ(speed(200, 26), 24);  // HDR behind PCIe 4
  EXPECT_EQ(speed(400, 26), 24);  // NDR behind PCIe 4: the lanes
  EXPECT_EQ(speed(200, 13), 12);  // HDR behind PCIe 3
  EXPECT_EQ(speed(100, 26), 12);  // Omni-Path: 12.5 GB/s, rounded down to a speed that NCCL tries
}

TEST(CollectiveModel, TensorGroupOfTwoNodesDrivesEveryRail) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, gpus_of_nodes(cluster, 2, all_eight));
  EXPECT_EQ(plan.thread_blocks, 16);
  EXPECT_NEAR(plan.edge_rate.value, 24e9, 1);
}

TEST(CollectiveModel, AloneNoLinkHoldsACollectiveBack) {
  NcclConstants nccl = committed::nccl();
  std::array<int, nccl_algorithm_count> ways{};
  // Over equal parts of consecutive nodes, channel_rate is the bottleneck whatever the protocol: links have more.
  const std::vector<std::vector<int>> parts = {all_eight, {0}, {5}, {0, 1}, {0, 2}, {0, 1, 2}, {0, 1, 2, 3}, {0, 2, 4, 6}, {1, 3, 4, 6, 7}};
  for (const topology::NodeSpec& node : {committed::dgx_a100(), committed::node("hgx-a100-80gb-4xhdr"), committed::node("dgx-h100")}) {
    for (const int nodes : {1, 2, 3, 20}) {
      const Cluster cluster({.node = node, .nodes = nodes, .fabric = {.sharp = true}});
      const CollectiveModel model(cluster, committed::nccl(), {});
      const std::vector<sim::Resource> resources = cluster.resources();
      for (const std::vector<int>& part : parts) {
        const std::vector<GpuId> members = gpus_of_nodes(cluster, nodes, part);
        if (members.size() == 1) continue;
        const auto of = [&](CollectiveKind kind, NcclWay way) {
          if (!tuner_cost(kind, 1_GiB, way, model.shape(model.group(members)).communicator, nccl)) return;
          ++ways[static_cast<std::size_t>(way.algorithm)];
          const CollectivePlan plan = model.plan(kind, 1_GiB, way, members);
          // NCCL's own estimate of CollNet direct forgets that each GPU's NVLinks carry 2 * 7/8 of the buffer; there links do hold it back.
          const double most = plan.algorithm == Algorithm::collnet_direct ? 1.13 : 1.0001;
          for (const sim::Demand& demand : merged(model.paths(plan, members))) {
            EXPECT_LE(demand.multiplicity * plan.edge_rate.value,
                      most * static_cast<double>(resources[sim::index(demand.resource)].capacity))
                << cluster.name(demand.resource) << ", " << nodes << " nodes of " << part.size() << " by " << name_of(plan.algorithm)
                << " and " << name_of(plan.protocol);
          }
        };
        for (int algorithm = 0; algorithm < nccl_algorithm_count; ++algorithm) {
          for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple}) {
            of(CollectiveKind::all_reduce, {static_cast<NcclAlgorithm>(algorithm), protocol});
            of(CollectiveKind::all_gather, {static_cast<NcclAlgorithm>(algorithm), protocol});
          }
        }
      }
    }
  }
  for (const int count : ways) EXPECT_GT(count, 0) << "every algorithm was seen";
}

TEST(CollectiveModel, SendsTakeOneNicOrWhatWasMeasuredOnANode) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel nccl_alone(cluster, committed::nccl(), {});
  // Between nodes: 8.4 + 14 us, then what one NIC delivers, 98.5 % of 25 GB/s.
  const CollectivePlan far = nccl_alone.plan_send({24'625'000}, GpuId{0}, GpuId{8});
  EXPECT_NEAR(alone(far) * 1e6, 22.4 + 1000, 1e-6);
  // On a node without a measurement: 8.4 + 3.4 us and 240 GB/s; with one, as measured.
  EXPECT_NEAR(alone(nccl_alone.plan_send(24_MB, GpuId{0}, GpuId{1})) * 1e6, 11.8 + 100, 1e-6);
  const CollectiveCalibration measured = committed::a100().collectives;
  const CollectivePlan near = CollectiveModel(cluster, committed::nccl(), measured).plan_send(24_MB, GpuId{0}, GpuId{1});
  EXPECT_EQ(near.latency, measured.send_latency);
  EXPECT_EQ(near.edge_rate, measured.send_bandwidth);
}

/// What the golden file calls a machine.
struct Platform {
  topology::NodeSpec node;
  std::vector<int> locals;
  bool sharp = false;
};
topology::NodeSpec with_intel(topology::NodeSpec node) {
  node.cpu = topology::CpuVendor::intel;
  return node;
}
std::map<std::string, Platform> golden_platforms() {
  const topology::NodeSpec dgx = committed::dgx_a100();
  return {{"DGX-A100-8xHDR", {dgx, all_eight}},
          {"DGX-A100-8xHDR-SHARP", {dgx, all_eight, true}},
          {"DGX-A100-8xHDR-gpus0+1+2+3", {dgx, {0, 1, 2, 3}}},
          {"DGX-A100-8xHDR-gpus0+1", {dgx, {0, 1}}},
          {"DGX-A100-8xHDR-gpus0+2", {dgx, {0, 2}}},
          {"DGX-A100-8xHDR-gpus0", {dgx, {0}}},
          {"DGX-H100-8xNDR", {committed::node("dgx-h100"), all_eight}},
          {"HGX-A100-4xHDR-Intel", {with_intel(committed::node("hgx-a100-80gb-4xhdr")), all_eight}}};
}

struct GoldenMachine {
  Cluster cluster;
  std::vector<GpuId> members;
  CollectiveModel model;

  GoldenMachine(const Platform& platform, int nodes, const NcclConstants& nccl)
      : cluster({.node = platform.node, .nodes = nodes, .fabric = {.sharp = platform.sharp}}),
        members(gpus_of_nodes(cluster, nodes, platform.locals)),
        model(cluster, nccl, {}) {}
  GoldenMachine(const GoldenMachine&) = delete;
};

// From the node's datasheet to the time of an operation: wiring, search, tuner, plan.
TEST(CollectiveModel, TakesNcclsOwnTimesAndMakesItsChoices) {
  const auto data = committed::measured_data();
  if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no golden file of NCCL's tuner";
  const std::map<std::string, Platform> platforms = golden_platforms();
  NcclConstants nccl = committed::nccl();
  nccl.reference_network_latency = sim::Duration::from_seconds(1);  // NCCL knows no fabric: none is in excess of the reference
  std::map<std::string, std::unique_ptr<GoldenMachine>> machines;
  const std::vector<golden::Row> rows = golden::rows(*data);
  double worst = 0;
  for (const golden::Row& row : rows) {
    auto& machine = machines[row.platform + "," + std::to_string(row.nodes)];
    if (!machine) machine = std::make_unique<GoldenMachine>(platforms.at(row.platform), row.nodes, nccl);
    const double seconds = alone(machine->model.plan(row.kind, row.bytes, row.way, machine->members)) * 1e6;
    worst = std::max(worst, std::abs(seconds / row.microseconds - 1));
    ASSERT_NEAR(seconds, row.microseconds, 2e-4 * row.microseconds) << row.line;
    if (row.chosen) {
      const CollectivePlan chosen = machine->model.plan(row.kind, row.bytes, DataType::fp16, machine->members);
      ASSERT_EQ(chosen.algorithm, algorithm_of(row.way.algorithm)) << row.line;
      ASSERT_EQ(chosen.protocol, row.way.protocol) << row.line;
    }
  }
  EXPECT_EQ(rows.size(), 33'952U);
  RecordProperty("worst_relative_difference", std::to_string(worst));
}

TEST(CollectiveModel, AStepInsideAKernelPaysNoLaunch) {
  // NCCL's ring: 8.4 us by Simple and 6.6 us by LL to begin, 14 and 2.7 us a hop between nodes, 3.4 and 0.6 us on one. LL sends 2 bytes
  // for 1.
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const auto far = [&](std::optional<KernelMessages> in_kernel) { return model.plan_send(1_MiB, GpuId{0}, GpuId{8}, 2, in_kernel); };
  using Reach = CollectiveModel::Reach;
  for (const Protocol protocol : {Protocol::ll, Protocol::simple}) {
    const NcclConstants nccl = committed::nccl();
    const auto at = static_cast<std::size_t>(protocol);
    const auto ring = static_cast<std::size_t>(NcclAlgorithm::ring);
    EXPECT_EQ(model.launch(protocol, Reach::nodes), nccl.base_latency[ring][at]);
    EXPECT_EQ(far({{protocol}}).latency, nccl.hop_latency[static_cast<std::size_t>(Hop::net)][ring][at]);
    EXPECT_EQ(model.plan_send(1_MiB, GpuId{0}, GpuId{1}, 0, {{protocol}}).latency,
              nccl.hop_latency[static_cast<std::size_t>(Hop::nvlink)][ring][at]);
  }
  EXPECT_EQ(far({}).latency, far({{Protocol::simple}}).latency + model.launch(Protocol::simple, Reach::nodes));
  EXPECT_EQ(far({{Protocol::simple}}).edge_bytes, 1_MiB);
  EXPECT_EQ(far({{Protocol::ll}}).edge_bytes, 2_MiB);
  EXPECT_EQ(far({{Protocol::ll}}).edge_rate, far({}).edge_rate);
  // With flags apart, bytes take no hop and the flag does; a thread block moves what it moves.
  const KernelMessages apart{.flags = KernelMessages::Flags::apart, .channel_rate = sim::gigabytes_per_second(3)};
  EXPECT_EQ(far(apart).latency, sim::Duration{});
  EXPECT_EQ(model.plan_send({0}, GpuId{0}, GpuId{8}, 2, apart).latency, far({{Protocol::simple}}).latency);
  EXPECT_EQ(far(apart).edge_rate, sim::gigabytes_per_second(3));
}

TEST(CollectiveModel, OnANodeLaunchAndHopAreTheMeasuredOnes) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveCalibration measured = committed::a100().collectives;
  const CollectiveModel model(cluster, committed::nccl(), measured);
  const ProtocolTimes& ll = measured.on_node->ring.protocols[static_cast<std::size_t>(Protocol::ll)];
  EXPECT_EQ(model.launch(Protocol::ll, CollectiveModel::Reach::node), ll.launch);
  EXPECT_EQ(model.launch(Protocol::ll, CollectiveModel::Reach::node, 8), ll.launch + measured.on_node->ring.spread * 3);
  EXPECT_EQ(model.plan_send(1_MiB, GpuId{0}, GpuId{1}, 0, {{Protocol::ll}}).latency, ll.hop);
}

}  // namespace
}  // namespace orrery::workloads
