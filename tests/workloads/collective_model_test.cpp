#include "workloads/collective_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/committed.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::DataType;
using topology::Cluster;
using topology::GpuId;
using topology::GpuPart;
using namespace sim::literals;

topology::NodeSpec hgx_a100_4xhdr() {
  topology::NodeSpec node = committed::dgx_a100();
  node.nics = 4;
  node.cpu = topology::CpuVendor::intel;
  return node;
}
topology::NodeSpec dgx_h100() {
  topology::NodeSpec node = committed::dgx_a100();
  node.gpu.name = "H100";
  node.gpu.compute_capability = 90;
  node.nvlink.links_per_gpu = 18;
  node.nic.bandwidth = sim::gigabits_per_second(400);
  node.pcie_bandwidth = sim::gigabytes_per_second(52);
  node.fabric_switch.ports = 64;
  node.cpu = topology::CpuVendor::intel;
  return node;
}

std::vector<GpuId> gpus_of(const Cluster& cluster, int nodes, const std::vector<int>& locals) {
  std::vector<GpuId> members;
  for (int node = 0; node < nodes; ++node) {
    for (const int local : locals) members.push_back(GpuId{static_cast<std::uint32_t>(node * cluster.node().gpus + local)});
  }
  return members;
}
const std::vector<int> all_eight = {0, 1, 2, 3, 4, 5, 6, 7};

double alone(const CollectivePlan& plan) {
  return plan.latency.seconds() + (plan.edge_bytes.count > 0 ? static_cast<double>(plan.edge_bytes.count) / plan.channel_rate.value : 0.0);
}

bool has_ll128(const NcclCommunicator& communicator) {
  return tuner_entry(CollectiveKind::all_reduce, {NcclAlgorithm::ring, Protocol::ll128}, communicator, committed::nccl()).has_value();
}

TEST(CollectiveModel, OneNodeOfEightByHand) {
  // 12 channels of 20 GB/s: 240 GB/s; 14 steps of 3.4 us and 8.4 us; 1 GiB * 14/8 / 240 GB/s = 7829.4 us: 7885.4 us.
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, gpus_of(cluster, 1, all_eight));
  EXPECT_EQ(plan.protocol, Protocol::simple);
  EXPECT_EQ(plan.channels, 1);
  EXPECT_EQ(plan.thread_blocks, 24);
  EXPECT_EQ(plan.latency, 56_us);
  EXPECT_EQ(plan.edge_bytes.count, (std::int64_t{1} << 30) / 8 * 14);
  EXPECT_NEAR(alone(plan) * 1e6, 7885.366, 0.01);
}

TEST(CollectiveModel, CalibrationScalesLatencyAndBandwidthAndAddsTheOwnPart) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveModel nccl_alone(cluster, committed::nccl(), {});
  CollectiveCalibration calibration;
  calibration.intra_latency_scale = 2;
  calibration.intra_bandwidth_scale = 0.5;
  calibration.own_part_bandwidth = sim::gigabytes_per_second(100);
  const CollectiveModel model(cluster, committed::nccl(), calibration);
  const auto members = gpus_of(cluster, 1, {0, 1});
  // 100 MB over 2 GPUs: 100 MB at 240 GB/s, halved, and 50 MB of its own at 100 GB/s.
  const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, Protocol::simple, members);
  EXPECT_EQ(plan.latency.ticks,
            2 * nccl_alone.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, Protocol::simple, members).latency.ticks);
  EXPECT_NEAR(alone(plan) - plan.latency.seconds(), 100e6 / 120e9 + 50e6 / 100e9, 1e-9);
}

TEST(CollectiveModel, BetweenNodesCalibrationHasItsOwnScales) {
  // Latency doubled, bandwidth halved, whatever the scales on a node are: 2 L + S / (B / 2).
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  CollectiveCalibration calibration;
  calibration.intra_latency_scale = 7;
  calibration.intra_bandwidth_scale = 0.1;
  calibration.inter_latency_scale = 2;
  calibration.inter_bandwidth_scale = 0.5;
  NcclConstants nccl = committed::nccl();
  nccl.reference_network_latency = 1_s;  // no fabric is in excess of it
  const CollectiveModel nccl_alone(cluster, nccl, {});
  const CollectiveModel model(cluster, nccl, calibration);
  const auto members = gpus_of(cluster, 2, all_eight);
  const auto by_nccl = nccl_alone.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, Protocol::simple, members);
  const auto plan = model.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, Protocol::simple, members);
  EXPECT_EQ(plan.latency, by_nccl.latency * 2);
  EXPECT_NEAR(plan.channel_rate.value, by_nccl.channel_rate.value / 2, 1);
  // A message: one NIC of 25 GB/s, which NCCL takes for 24; a base of 8.4 us and a hop of 14 us.
  const auto send = model.plan_send(100_MB, GpuId{0}, GpuId{8});
  EXPECT_EQ(send.latency, 44'800_ns);
  EXPECT_NEAR(send.channel_rate.value, 12e9, 1);
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
                                   {hgx_a100_4xhdr(), 4, all_eight, 4, 24, true},
                                   {dgx_h100(), 1, all_eight, 12, 30, true},
                                   {dgx_h100(), 4, all_eight, 8, 48, true},
                                   {dgx_h100(), 4, {5}, 2, 24, true}};
  for (const Case& c : cases) {
    const Cluster cluster({.node = c.node, .nodes = c.nodes, .fabric = {}});
    const NcclCommunicator found = CollectiveModel(cluster, committed::nccl(), {}).shape(gpus_of(cluster, c.nodes, c.locals)).communicator;
    const TunerGraph& ring = found.graphs.ring;
    EXPECT_EQ(ring.channels, c.channels);
    EXPECT_EQ(ring.intra, sim::gigabytes_per_second(c.speed));
    EXPECT_EQ(has_ll128(found), c.ll128);
    EXPECT_EQ(found.channels, 2 * c.channels);
  }
}

TEST(CollectiveModel, NothingToDoTakesNoTime) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const auto eight = gpus_of(cluster, 1, all_eight);
  EXPECT_EQ(model.plan(CollectiveKind::all_reduce, 1_MiB, DataType::fp16, std::span(eight).first(1)).algorithm, Algorithm::none);
  EXPECT_EQ(model.plan(CollectiveKind::all_reduce, 0_B, DataType::fp16, eight).algorithm, Algorithm::none);
  EXPECT_EQ(model.paths({}, eight).count(), 0U);
  EXPECT_THROW(model.plan(CollectiveKind::all_to_all, 1_MiB, DataType::fp16, eight), sim::Error);
}

TEST(CollectiveModel, OneNodeUsesEveryPortOnce) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const auto members = gpus_of(cluster, 1, all_eight);
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
    return CollectiveModel(cluster, committed::nccl(), {}).shape(gpus_of(cluster, 2, all_eight)).communicator.graphs.ring.inter.value / 1e9;
  };
  EXPECT_EQ(speed(200, 26), 24);  // HDR behind PCIe 4
  EXPECT_EQ(speed(400, 26), 24);  // NDR behind PCIe 4: the lanes
  EXPECT_EQ(speed(200, 13), 12);  // HDR behind PCIe 3
  EXPECT_EQ(speed(100, 26), 12);  // Omni-Path: 12.5 GB/s, rounded down to a speed that NCCL tries
}

TEST(CollectiveModel, TensorGroupOfTwoNodesDrivesEveryRail) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, gpus_of(cluster, 2, all_eight));
  EXPECT_EQ(plan.channels, 8);
  EXPECT_EQ(plan.channel_rate, sim::gigabytes_per_second(24));
}

/// Sums over the demands of a plan.
struct Traffic {
  std::map<std::uint32_t, int> out_of_gpu, into_gpu;
  std::map<int, int> out_of_node, into_node;
};
Traffic traffic_of(const Cluster& cluster, const std::vector<sim::Demand>& demands) {
  Traffic traffic;
  std::map<std::uint32_t, std::uint32_t> load;
  for (const sim::Demand& demand : demands) load[sim::index(demand.resource)] = demand.multiplicity;
  const auto of = [&](sim::ResourceId id) { return static_cast<int>(load.contains(sim::index(id)) ? load[sim::index(id)] : 0); };
  for (std::int64_t g = 0; g < cluster.gpus(); ++g) {
    const GpuId gpu{static_cast<std::uint32_t>(g)};
    const int pcie_out = of(cluster.resource(gpu, GpuPart::pcie_out));
    const int pcie_in = of(cluster.resource(gpu, GpuPart::pcie_in));
    traffic.out_of_gpu[topology::index(gpu)] = of(cluster.resource(gpu, GpuPart::nvlink_out)) + pcie_out;
    traffic.into_gpu[topology::index(gpu)] = of(cluster.resource(gpu, GpuPart::nvlink_in)) + pcie_in;
  }
  const topology::Fabric& fabric = cluster.fabric();
  const auto ports = static_cast<std::uint32_t>(fabric.ports());
  for (std::uint32_t l = 0; l < fabric.links(); ++l) {
    const topology::LinkId link{l};
    const std::uint32_t source = topology::index(fabric.source(link));
    const std::uint32_t target = topology::index(fabric.target(link));
    const int nics = cluster.node().nics;
    if (source < ports) traffic.out_of_node[static_cast<int>(source) / nics] += of(cluster.resource(link));
    if (target < ports) traffic.into_node[static_cast<int>(target) / nics] += of(cluster.resource(link));
  }
  return traffic;
}

TEST(CollectiveModel, RingsConserveWhatTheyCarry) {
  // Whatever the members: each has one edge in and one out a channel, and each node as well towards the fabric.
  sim::Random random(3, 0);
  for (int trial = 0; trial < 100; ++trial) {
    const topology::NodeSpec node = trial % 2 == 0 ? committed::dgx_a100() : hgx_a100_4xhdr();
    const Cluster cluster({.node = node, .nodes = 6, .fabric = {}});
    const CollectiveModel model(cluster, committed::nccl(), {});
    std::vector<GpuId> members;
    for (std::uint32_t gpu = 0; gpu < cluster.gpus(); ++gpu) {
      if (random.below(3) == 0) members.push_back(GpuId{gpu});
    }
    for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[random.below(i)]);
    if (members.size() < 2) continue;
    std::map<int, int> nodes;
    for (const GpuId gpu : members) ++nodes[cluster.node_of(gpu)];
    const CollectivePlan plan = model.plan(CollectiveKind::all_gather, 64_MiB, DataType::fp16, members);
    const Traffic traffic = traffic_of(cluster, merged(model.paths(plan, members)));
    for (const GpuId gpu : members) {
      EXPECT_EQ(traffic.out_of_gpu.at(topology::index(gpu)), plan.channels);
      EXPECT_EQ(traffic.into_gpu.at(topology::index(gpu)), plan.channels);
    }
    int out = 0;
    for (const auto& [n, count] : traffic.out_of_node) {
      EXPECT_EQ(count, traffic.into_node.at(n));
      EXPECT_EQ(count, nodes.size() > 1 && nodes.contains(n) ? plan.channels : 0);
      out += count;
    }
    EXPECT_EQ(out, nodes.size() > 1 ? static_cast<int>(nodes.size()) * plan.channels : 0);
  }
}

TEST(CollectiveModel, AloneNoLinkHoldsARingBack) {
  // Over equal parts of consecutive nodes, channel_rate is the bottleneck whatever the protocol: links have more.
  const std::vector<std::vector<int>> parts = {all_eight, {0}, {5}, {0, 1}, {0, 2}, {0, 1, 2}, {0, 1, 2, 3}, {0, 2, 4, 6}, {1, 3, 4, 6, 7}};
  for (const topology::NodeSpec& node : {committed::dgx_a100(), hgx_a100_4xhdr(), dgx_h100()}) {
    for (const int nodes : {1, 2, 3, 20, 50}) {
      const Cluster cluster({.node = node, .nodes = nodes, .fabric = {}});
      const CollectiveModel model(cluster, committed::nccl(), {});
      const std::vector<sim::Resource> resources = cluster.resources();
      for (const std::vector<int>& part : parts) {
        const std::vector<GpuId> members = gpus_of(cluster, nodes, part);
        if (members.size() == 1) continue;
        for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple}) {
          if (protocol == Protocol::ll128 && !has_ll128(model.shape(members).communicator)) continue;
          const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, protocol, members);
          const std::vector<sim::Demand> demands = merged(model.paths(plan, members));
          for (const sim::Demand& demand : demands) {
            EXPECT_LE(demand.multiplicity * plan.channel_rate.value, static_cast<double>(resources[sim::index(demand.resource)].capacity))
                << cluster.name(demand.resource) << ", " << nodes << " nodes of " << part.size();
          }
        }
      }
    }
  }
}

TEST(CollectiveModel, RingsKeepToTheirRail) {
  // Ring c of the first node: 0 7 6 5 4 3 2 1 for c = 0; GPU 1 leaves for GPU 8 by NIC 0, so PCIe out of GPU 1 and NIC 0's link.
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const auto members = gpus_of(cluster, 2, all_eight);
  CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, members);
  plan.channels = 1;
  const auto demands = merged(model.paths(plan, members));
  std::vector<sim::ResourceId> edge;
  cluster.append_path(GpuId{1}, GpuId{8}, topology::Rails{0, 0}, 0, edge);
  for (const sim::ResourceId resource : edge) {
    EXPECT_TRUE(std::any_of(demands.begin(), demands.end(), [&](const sim::Demand& d) { return d.resource == resource; }))
        << cluster.name(resource);
  }
}

TEST(CollectiveModel, SendsTakeOneNicOrWhatWasMeasuredOnANode) {
  const Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel nccl_alone(cluster, committed::nccl(), {});
  // Between nodes: 8.4 + 14 us, then one NIC as NCCL sees it.
  const CollectivePlan far = nccl_alone.plan_send(24_MB, GpuId{0}, GpuId{8});
  EXPECT_NEAR(alone(far) * 1e6, 22.4 + 1000, 1e-6);
  // On a node without a measurement: 8.4 + 3.4 us and 240 GB/s; with one, as measured.
  EXPECT_NEAR(alone(nccl_alone.plan_send(24_MB, GpuId{0}, GpuId{1})) * 1e6, 11.8 + 100, 1e-6);
  const CollectiveCalibration measured = committed::a100().collectives;
  const CollectivePlan near = CollectiveModel(cluster, committed::nccl(), measured).plan_send(24_MB, GpuId{0}, GpuId{1});
  EXPECT_EQ(near.latency, measured.send_latency);
  EXPECT_EQ(near.channel_rate, measured.send_bandwidth);
}

TEST(CollectiveModel, OtherGenerationsAreRefused) {
  topology::NodeSpec node = committed::dgx_a100();
  node.gpu.compute_capability = 70;
  const Cluster cluster({.node = node, .nodes = 1, .fabric = {}});
  EXPECT_THROW(CollectiveModel(cluster, committed::nccl(), {}), sim::Error);
}

/// What the golden file calls a machine.
struct Platform {
  topology::NodeSpec node;
  std::vector<int> locals;
};
std::map<std::string, Platform> golden_platforms() {
  const topology::NodeSpec dgx = committed::dgx_a100();
  return {{"DGX-A100-8xHDR", {dgx, all_eight}},
          {"DGX-A100-8xHDR-gpus0+1+2+3", {dgx, {0, 1, 2, 3}}},
          {"DGX-A100-8xHDR-gpus0+1", {dgx, {0, 1}}},
          {"DGX-A100-8xHDR-gpus0+2", {dgx, {0, 2}}},
          {"DGX-A100-8xHDR-gpus0", {dgx, {0}}},
          {"DGX-H100-8xNDR", {dgx_h100(), all_eight}},
          {"HGX-A100-4xHDR-Intel", {hgx_a100_4xhdr(), all_eight}}};
}

TEST(CollectiveModel, AgreesWithNcclsOwnTunerOnEveryRing) {
  const auto data = committed::measured_data();
  if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no golden file of NCCL's tuner";
  const std::map<std::string, Platform> platforms = golden_platforms();  // all but SHARP's, whose communicators have more channels
  const std::map<std::string, CollectiveKind> kinds = {{"AllReduce", CollectiveKind::all_reduce},
                                                       {"AllGather", CollectiveKind::all_gather},
                                                       {"ReduceScatter", CollectiveKind::reduce_scatter},
                                                       {"Broadcast", CollectiveKind::broadcast},
                                                       {"Reduce", CollectiveKind::reduce}};
  const std::map<std::string, Protocol> protocols = {{"LL", Protocol::ll}, {"LL128", Protocol::ll128}, {"Simple", Protocol::simple}};
  NcclConstants nccl = committed::nccl();
  nccl.reference_network_latency = sim::Duration::from_seconds(1);  // NCCL knows no fabric: none is in excess of the reference
  boost::iostreams::filtering_istream input;
  std::ifstream file(*data + "/collectives/golden/nccl2289_tuner_golden.csv.gz", std::ios::binary);
  ASSERT_TRUE(file);
  input.push(boost::iostreams::gzip_decompressor());
  input.push(file);
  std::string line;
  std::map<std::string, std::unique_ptr<Cluster>> clusters;
  int rows = 0;
  std::map<std::string, std::pair<double, double>>
      free_choice;  // of a call: NCCL's fastest protocol, and what the model chooses for itself
  while (std::getline(input, line)) {
    std::vector<std::string> field;
    std::istringstream fields(line);
    for (std::string f; std::getline(fields, f, ',');) field.push_back(f);
    const auto platform = platforms.find(field[0]);
    if (platform == platforms.end() || field[5] != "Ring") continue;
    const int nodes = std::stoi(field[1]);
    auto& cluster = clusters[field[0] + "," + field[1]];
    if (!cluster) cluster = std::make_unique<Cluster>(topology::ClusterSpec{platform->second.node, nodes, {}});
    const auto members = gpus_of(*cluster, nodes, platform->second.locals);
    const CollectiveModel model(*cluster, nccl, {});
    const CollectivePlan plan = model.plan(kinds.at(field[3]), {std::stoll(field[4])}, DataType::fp16, protocols.at(field[6]), members);
    const double expected = std::stod(field[7]);
    EXPECT_NEAR(alone(plan) * 1e6, expected, 1e-3 * expected) << line;
    const double chosen = alone(model.plan(kinds.at(field[3]), {std::stoll(field[4])}, DataType::fp16, members)) * 1e6;
    const auto [call, is_new] = free_choice.try_emplace(field[0] + "," + field[1] + "," + field[3] + "," + field[4], expected, chosen);
    call->second.first = std::min(call->second.first, expected);
    ++rows;
  }
  for (const auto& [call, best] : free_choice) EXPECT_NEAR(best.second, best.first, 1e-3 * best.first) << call;
  EXPECT_EQ(rows, 24'480);
}

}  // namespace
}  // namespace orrery::workloads
