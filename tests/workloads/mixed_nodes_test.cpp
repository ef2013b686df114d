// Jobs and collectives on nodes of several kinds.
#include <gtest/gtest.h>

#include <string>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/collective_model.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::DataType;
using topology::Cluster;
using topology::GpuId;
using namespace sim::literals;

topology::NodeSpec fast_node() { return committed::dgx_a100(); }

/// The same with NICs of half the rate.
topology::NodeSpec slow_node() {
  topology::NodeSpec node = fast_node();
  node.name = "slow";
  node.nic.bandwidth = sim::gigabits_per_second(100);
  return node;
}

/// The same with a GPU that is more of everything.
topology::NodeSpec large_node() {
  topology::NodeSpec node = fast_node();
  node.name = "large";
  node.gpu.memory = {2 * node.gpu.memory.count};
  node.gpu.peak_fp16 = node.gpu.peak_fp16 * 2;
  return node;
}

/// Nodes 0 and 1 are fast, 2 and 3 slow.
Cluster fast_and_slow() { return Cluster({.node = fast_node(), .nodes = 2, .fabric = {}, .others = {{slow_node(), 2}}}); }
Cluster only(const topology::NodeSpec& node, int nodes) { return Cluster({.node = node, .nodes = nodes, .fabric = {}}); }

std::vector<GpuId> gpus_of_all(int first, int nodes) {
  std::vector<GpuId> members;
  for (int gpu = first * 8; gpu < (first + nodes) * 8; ++gpu) members.push_back(GpuId{static_cast<std::uint32_t>(gpu)});
  return members;
}

CollectivePlan all_reduce_of(const Cluster& cluster, const std::vector<GpuId>& members) {
  return CollectiveModel(cluster, committed::nccl(), {}).plan(CollectiveKind::all_reduce, 1_GiB, DataType::fp16, members);
}

void expect_same(const CollectivePlan& a, const CollectivePlan& b) {
  EXPECT_EQ(a.protocol, b.protocol);
  EXPECT_EQ(a.algorithm, b.algorithm);
  EXPECT_EQ(a.thread_blocks, b.thread_blocks);
  EXPECT_EQ(a.latency, b.latency);
  EXPECT_EQ(a.edge_rate, b.edge_rate);
  EXPECT_EQ(a.edge_bytes, b.edge_bytes);
}

/// An all-reduce of 1 GiB over ranks on those GPUs; no kernels.
sim::Timeline played_all_reduce(const Cluster& cluster, const std::vector<GpuId>& members) {
  const auto ranks = static_cast<std::int32_t>(members.size());
  sim::Program program{.name = "ring", .ranks = ranks, .labels = {"data"}, .communicators = {}, .blocks = {}, .roles = {}};
  program.communicators = {{.name = "all", .groups = {}, .members = {{ranks, 1}}}};
  const sim::Collect collect{CollectiveKind::all_reduce, std::int64_t{1} << 29, DataType::fp16, 0};
  program.roles = {{.name = "rank", .ranks = {0, {{ranks, 1}}}, .events = 0, .streams = {{.name = "main", .operations = {{0, collect}}}}}};
  const Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  return play_placed(program, members, stack, cluster, *sim::make_folding_engine(sim::make_fluid_engine()), {});
}

// Of 8 HDR NICs NCCL takes 24 GB/s each, of 100-Gbit/s ones 12: 1 GiB x 2 (n - 1) / n over 8 channels.
// 32 GPUs at 12 GB/s: 2^30 x 1.9375 / 96e9 s; 16 GPUs at 24 GB/s: 2^30 x 1.875 / 192e9 s.
TEST(MixedNodes, ARingGoesAtTheRateOfItsSlowestNic) {
  const Cluster mixed = fast_and_slow();
  const CollectivePlan all = all_reduce_of(mixed, gpus_of_all(0, 4));
  EXPECT_EQ(all.algorithm, Algorithm::ring);
  EXPECT_NEAR(static_cast<double>(all.edge_bytes.count) / all.edge_rate.value, 0x1p30 * 1.9375 / 96e9, 1e-9);
  const CollectivePlan fast = all_reduce_of(mixed, gpus_of_all(0, 2));
  EXPECT_NEAR(static_cast<double>(fast.edge_bytes.count) / fast.edge_rate.value, 0x1p30 * 1.875 / 192e9, 1e-9);
  expect_same(all, all_reduce_of(only(slow_node(), 4), gpus_of_all(0, 4)));
  expect_same(fast, all_reduce_of(only(fast_node(), 4), gpus_of_all(0, 2)));
  expect_same(all_reduce_of(mixed, gpus_of_all(2, 2)), all_reduce_of(only(slow_node(), 4), gpus_of_all(0, 2)));
}

TEST(MixedNodes, PlaysARingAsThatOfItsSlowestKind) {
  const Cluster mixed = fast_and_slow();
  EXPECT_EQ(played_all_reduce(mixed, gpus_of_all(0, 4)).end, played_all_reduce(only(slow_node(), 4), gpus_of_all(0, 4)).end);
  EXPECT_EQ(played_all_reduce(mixed, gpus_of_all(0, 2)).end, played_all_reduce(only(fast_node(), 4), gpus_of_all(0, 2)).end);
  EXPECT_EQ(played_all_reduce(mixed, gpus_of_all(2, 2)).end, played_all_reduce(only(slow_node(), 4), gpus_of_all(0, 2)).end);
}

TEST(MixedNodes, AMessageGoesAtTheRateOfTheSlowerNic) {
  const Cluster mixed = fast_and_slow();
  const CollectiveModel model(mixed, committed::nccl(), {});
  EXPECT_EQ(model.plan_send(1_GiB, GpuId{0}, GpuId{8}).edge_rate, sim::gigabytes_per_second(0.985 * 25));
  EXPECT_EQ(model.plan_send(1_GiB, GpuId{0}, GpuId{16}).edge_rate, sim::gigabytes_per_second(0.985 * 12.5));
  EXPECT_EQ(model.plan_send(1_GiB, GpuId{16}, GpuId{0}).edge_rate, sim::gigabytes_per_second(0.985 * 12.5));
  EXPECT_EQ(model.plan_send(1_GiB, GpuId{16}, GpuId{17}).edge_rate, model.plan_send(1_GiB, GpuId{0}, GpuId{1}).edge_rate);
}

// A100s agree with H100s on their own constants (24 GB/s of HDR, 8 channels) and on no LL128; inside a node each keeps its own.
TEST(MixedNodes, TakesTheOldestGenerationWithoutLl128) {
  const Cluster mixed({.node = fast_node(), .nodes = 2, .fabric = {}, .others = {{committed::node("dgx-h100"), 2}}});
  const CollectiveModel model(mixed, committed::nccl(), {});
  const auto communicator = [&](int first, int nodes) {
    const std::vector<GpuId> members = gpus_of_all(first, nodes);
    return model.shape(model.group(members)).communicator;
  };
  const auto has_ll128 = [](const NcclCommunicator& of) {
    return tuner_cost(CollectiveKind::all_reduce, 1_MiB, {NcclAlgorithm::ring, Protocol::ll128}, of, committed::nccl()).has_value();
  };
  const NcclCommunicator all = communicator(0, 4);
  EXPECT_EQ(all.compute_capability, 80);
  EXPECT_EQ(all.graphs.ring.inter, sim::gigabytes_per_second(24));
  EXPECT_FALSE(has_ll128(all));
  EXPECT_EQ(all.cpu, std::nullopt);
  EXPECT_TRUE(has_ll128(communicator(0, 2)));
  EXPECT_EQ(communicator(2, 1).compute_capability, 90);
  EXPECT_EQ(communicator(2, 2).graphs.ring.inter, sim::gigabytes_per_second(24)) << "at the fabric's link";
}

// CPUs of both vendors: LL has AMD's row of maximal bandwidths, a step on a node the overhead of others (1 us, AMD's is 2).
TEST(MixedNodes, TakesTheConstantsOfMixedCpus) {
  const NcclConstants nccl = committed::nccl();
  const Cluster cluster = only(fast_node(), 4);
  const CollectiveModel model(cluster, nccl, {});
  const std::vector<GpuId> members = gpus_of_all(0, 4);
  NcclCommunicator communicator = model.shape(model.group(members)).communicator;
  const auto by_ll = [&](std::optional<topology::CpuVendor> cpu) {
    communicator.cpu = cpu;
    return *tuner_cost(CollectiveKind::all_reduce, 1_GiB, {NcclAlgorithm::ring, Protocol::ll}, communicator, nccl);
  };
  using enum topology::CpuVendor;
  EXPECT_EQ(by_ll(std::nullopt).bandwidth, by_ll(amd).bandwidth);
  EXPECT_EQ(by_ll(std::nullopt).latency, by_ll(other).latency);
  EXPECT_NE(by_ll(other).latency, by_ll(amd).latency);
}

// ---- jobs

TrainingJob placed_job(int data, int first_node) {
  TrainingJob job = test::small_job(8, 1, data, 4);
  job.first_node = first_node;
  return job;
}

Stack plain_stack() { return {test::plain_software(), committed::a100(), committed::nccl()}; }

TrainingRun trained(const TrainingJob& job, const Cluster& cluster) {
  return run_training(job, plain_stack(), cluster, *sim::make_fluid_engine(), {});
}

TEST(MixedNodes, AJobTakesThePartOfTheClusterThatItIsPlacedOn) {
  const Cluster mixed = fast_and_slow();
  EXPECT_EQ(trained(placed_job(2, 0), mixed).timeline.end, trained(placed_job(2, 0), only(fast_node(), 4)).timeline.end);
  EXPECT_EQ(trained(placed_job(2, 2), mixed).timeline.end, trained(placed_job(2, 0), only(slow_node(), 4)).timeline.end);
  EXPECT_LT(trained(placed_job(2, 0), mixed).timeline.end, trained(placed_job(2, 2), mixed).timeline.end);
  // One kind of GPU, whatever the NICs. On slow nodes alone a GPU's ring has a channel by each NIC of its PCIe switch, 12 GB/s each; a fast
  // one has one of 24, so together they have one of 12.
  EXPECT_GT(trained(placed_job(4, 0), mixed).timeline.end, trained(placed_job(4, 0), only(slow_node(), 4)).timeline.end);
}

TEST(MixedNodes, AJobHasTheGpuOfItsNodes) {
  topology::NodeSpec large = large_node();
  const Cluster mixed({.node = fast_node(), .nodes = 2, .fabric = {}, .others = {{large, 2}}});
  const TrainingRun first = trained(placed_job(2, 0), mixed);
  const TrainingRun second = trained(placed_job(2, 2), mixed);
  EXPECT_EQ(second.memory.capacity, trained(placed_job(2, 0), only(large, 2)).memory.capacity);
  EXPECT_GT(second.memory.capacity, first.memory.capacity);
  EXPECT_LT(second.training.mfu, first.training.mfu) << "of a higher peak";
  EXPECT_LT(second.iteration.bounds.compute, first.iteration.bounds.compute);
}

TEST(MixedNodes, AJobOverTwoKindsOfGpusIsNotModelled) {
  topology::NodeSpec large = large_node();
  large.gpu.name = "B";
  const Cluster mixed({.node = fast_node(), .nodes = 2, .fabric = {}, .others = {{large, 4}}});
  const TrainingJob job = placed_job(3, 1);
  EXPECT_TRUE(validate_job(job, test::plain_software(), mixed.spec()).empty());
  const auto fault = gpus_fault(job, mixed.spec());
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->place, "/workload/placement/first_node");
  EXPECT_EQ(fault->what, "nodes 1 to 3 have A100-SXM4-80GB and B: a job on GPUs of several kinds is not modelled yet");
  EXPECT_EQ(fault->remedy, "set workload.placement.first_node to 2: nodes 2 to 5 have B");
  EXPECT_EQ(gpus_fault(placed_job(5, 0), mixed.spec())->remedy, "lower a degree, so that one kind holds it");
  EXPECT_FALSE(gpus_fault(placed_job(2, 0), mixed.spec()));
  EXPECT_FALSE(gpus_fault(placed_job(4, 2), mixed.spec()));
  try {
    trained(job, mixed);
    FAIL() << "was run";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.kind(), sim::ErrorKind::unavailable);
  }
}

TEST(MixedNodes, AProgramWithKernelsOverTwoKindsOfGpusIsNotModelled) {
  topology::NodeSpec large = large_node();
  const Cluster mixed({.node = fast_node(), .nodes = 1, .fabric = {}, .others = {{large, 1}}});
  const sim::Program program = training_program(test::small_job(8, 1, 2, 4), test::plain_software());
  try {
    play_program(program, plain_stack(), mixed, *sim::make_fluid_engine(), {});
    FAIL() << "was played";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.kind(), sim::ErrorKind::unavailable);
  }
  EXPECT_GT(played_all_reduce(mixed, gpus_of_all(0, 2)).end.ticks, 0) << "without kernels all is well";
}

TEST(MixedNodes, AJobMustEndBeforeTheClusterDoes) {
  const Cluster mixed = fast_and_slow();
  EXPECT_TRUE(validate_job(placed_job(2, 2), test::plain_software(), mixed.spec()).empty());
  const auto faults = validate_job(placed_job(2, 3), test::plain_software(), mixed.spec());
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].place, "/workload/placement/first_node");
  EXPECT_EQ(faults[0].what, "the job takes 2 nodes from node 3 on, but the cluster has nodes 0 to 3");
  EXPECT_EQ(faults[0].remedy, "use first_node 2 or less");
  const auto too_large = validate_job(placed_job(5, 0), test::plain_software(), mixed.spec());
  ASSERT_EQ(too_large.size(), 1U);
  EXPECT_EQ(too_large[0].remedy, "lower a degree, or set cluster.nodes to 3 or more");
}

}  // namespace
}  // namespace orrery::workloads
