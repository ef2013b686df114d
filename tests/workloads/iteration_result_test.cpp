#include "workloads/iteration_result.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/labels.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"

namespace orrery::workloads {
namespace {

using sim::DataType;
using sim::Kernel;
using sim::KernelKind;
using namespace sim::literals;

// Two GPUs of 100 TFLOP/s and 1 TB/s, with NVLink ports of 300 GB/s.
topology::Cluster two_gpus() {
  topology::NodeSpec node = committed::dgx_a100();
  node.gpu.peak_fp16 = sim::teraflops_per_second(100);
  node.gpu.memory_bandwidth = sim::gigabytes_per_second(1000);
  node.gpus = node.nics = 2;
  node.nvlink = {.links_per_gpu = 12, .link_bandwidth = sim::gigabytes_per_second(25)};
  return topology::Cluster({.node = node, .nodes = 1, .fabric = {}});
}

sim::Operation compute(const Kernel& kernel) { return {0, sim::Compute{kernel}}; }

// Two ranks of one stream each.
sim::Program program_of(std::vector<sim::Operation> first, std::vector<sim::Operation> second) {
  sim::Program program{.name = "test", .ranks = 2};
  program.labels.assign(label_names.begin(), label_names.end());
  program.roles = {{.name = "first", .ranks = {.first = 0}, .streams = {{"main", std::move(first)}}},
                   {.name = "second", .ranks = {.first = 1}, .streams = {{"main", std::move(second)}}}};
  return program;
}

// Of two ranks that end at these times and had no time to account for.
sim::Timeline timeline_of(const topology::Cluster& cluster, sim::Duration first, sim::Duration second) {
  sim::Timeline timeline;
  timeline.actor_ends = {sim::Time{} + first, sim::Time{} + second};
  timeline.end = std::max(timeline.actor_ends[0], timeline.actor_ends[1]);
  timeline.labels = label_count;
  timeline.accounts.resize(2 * label_count);
  timeline.served.assign(cluster.resources().size(), 0);
  return timeline;
}

sim::Account& account(sim::Timeline& timeline, std::size_t rank, Label label) {
  return timeline.accounts[rank * label_count + static_cast<std::size_t>(label)];
}

sim::Duration part(const IterationResult& result, std::string_view name) {
  for (const auto& [label, duration] : result.breakdown) {
    if (label == name) return duration;
  }
  ADD_FAILURE() << "no part " << name;
  return {};
}

bool has_part(const IterationResult& result, std::string_view name) {
  return std::any_of(result.breakdown.begin(), result.breakdown.end(), [&](const auto& each) { return each.first == name; });
}

constexpr Kernel product_of_20us{KernelKind::gemm, DataType::fp16, {1000, 1000, 1000, 1}};      // 2 GFLOP: 20 us; 6 MB: 6 us
constexpr Kernel sum_of_100us{KernelKind::elementwise, DataType::fp16, {25'000'000, 1, 1, 1}};  // 100 MB: 100 us
constexpr Kernel attention{KernelKind::attention, DataType::bf16, {1, 1, 65536, 64}};           // 4 * 64 * 65536^2 = 1.1 TFLOP in all
constexpr Kernel attention_back{KernelKind::attention_backward, DataType::bf16, {1, 1, 65536, 64}};

TEST(IterationResult, BoundsAreThoseOfTheRankWithMost) {
  // First: 3 products in a block that is called twice over: 6 * 20 us of FLOPs, 6 * 6 us of bytes. Second: one product and two sums:
  // 20 us; 6 + 2 * 100 us. The bounds are of different ranks.
  const auto cluster = two_gpus();
  sim::Program program =
      program_of({{0, sim::Call{1, 1}}, {0, sim::Call{0, 3}}}, {compute(product_of_20us), compute(sum_of_100us), compute(sum_of_100us)});
  program.blocks = {{"one", {compute(product_of_20us)}}, {"three", {{0, sim::Call{0, 3}}}}};
  const auto result = iteration_result(program, cluster, timeline_of(cluster, 1_ms, 1_ms));
  EXPECT_EQ(result.bounds.compute, 120_us);
  EXPECT_EQ(result.bounds.memory, 206_us);
  EXPECT_EQ(result.bounds.network, 0_us);
}

TEST(IterationResult, BoundsCountEveryStream) {
  const auto cluster = two_gpus();
  sim::Program program = program_of({compute(product_of_20us)}, {});
  program.roles[0].streams.push_back({"side", {compute(product_of_20us), compute(sum_of_100us)}});
  const auto result = iteration_result(program, cluster, timeline_of(cluster, 1_ms, 1_ms));
  EXPECT_EQ(result.bounds.compute, 40_us);
  EXPECT_EQ(result.bounds.memory, 112_us);
}

TEST(IterationResult, CausalAttentionBoundsWithTheScoresThatItsMaskLeaves) {
  // Of 65536^2 scores 65536 * 65537 / 2 at 256 FLOPs each: 549,764,202,496 at 100 TFLOP/s are 5497.64 us; backward two and a half times.
  const auto cluster = two_gpus();
  const auto forward = iteration_result(program_of({compute(attention)}, {}), cluster, timeline_of(cluster, 1_ms, 1_ms));
  EXPECT_NEAR(forward.bounds.compute.seconds(), 5.49764202496e-3, 1e-12);
  const auto backward = iteration_result(program_of({compute(attention_back)}, {}), cluster, timeline_of(cluster, 1_ms, 1_ms));
  EXPECT_NEAR(backward.bounds.compute.seconds(), 2.5 * 5.49764202496e-3, 1e-12);
}

TEST(IterationResult, TheBusiestLinkBoundsTheNetworkAndStandsForItsLayer) {
  // 3 GB out of a port of 300 GB/s: 10 ms, half of an iteration of 20 ms; the other GPU's port, with 0.6 GB, is of the same layer and not
  // shown; into a port go 1.2 GB: a fifth. A processor's work is no link's.
  const auto cluster = two_gpus();
  sim::Timeline timeline = timeline_of(cluster, 20_ms, 20_ms);
  const auto served = [&](std::uint32_t gpu, topology::GpuPart resource_part) -> std::int64_t& {
    return timeline.served[sim::index(cluster.resource(topology::GpuId{gpu}, resource_part))];
  };
  served(0, topology::GpuPart::nvlink_out) = 600'000'000;
  served(1, topology::GpuPart::nvlink_out) = 3'000'000'000;
  served(0, topology::GpuPart::nvlink_in) = 1'200'000'000;
  served(1, topology::GpuPart::processor) = (20_ms).ticks;
  const auto result = iteration_result(program_of({}, {}), cluster, timeline);
  EXPECT_EQ(result.bounds.network, 10_ms);
  ASSERT_EQ(result.busiest_links.size(), 2U);
  EXPECT_EQ(result.busiest_links[0].name, "gpu 1 of node 0, NVLink out");
  EXPECT_NEAR(result.busiest_links[0].utilization, 0.5, 1e-12);
  EXPECT_EQ(result.busiest_links[0].bytes.count, 3'000'000'000);
  EXPECT_EQ(result.busiest_links[1].name, "gpu 0 of node 0, NVLink in");
  EXPECT_NEAR(result.busiest_links[1].utilization, 0.2, 1e-12);
}

TEST(IterationResult, OfManyLayersEightAreShownTheLowerFirstWhereTheyAreEqual) {
  // NVLink, PCIe, NIC to leaf, and two more levels of a fabric, each out and in or up and down: ten layers. The last of them, which is the
  // busiest, comes first; of those alike the first link of each.
  topology::ClusterSpec spec = two_gpus().spec();
  spec.fabric.levels = 3;
  const topology::Cluster cluster(spec);
  sim::Timeline timeline = timeline_of(cluster, 1_ms, 1_ms);
  const auto resources = cluster.resources();
  int last = 0;
  for (std::uint32_t r = 0; r < resources.size(); ++r) last = std::max(last, cluster.layer(sim::ResourceId{r}));
  for (std::uint32_t r = 0; r < resources.size(); ++r) {
    if (cluster.is_processor(sim::ResourceId{r})) continue;
    timeline.served[r] = resources[r].capacity / (cluster.layer(sim::ResourceId{r}) == last ? 5'000 : 10'000);  // 0.2 or 0.1 ms
  }
  const auto result = iteration_result(program_of({}, {}), cluster, timeline);
  ASSERT_EQ(result.busiest_links.size(), 8U);
  EXPECT_NEAR(result.busiest_links[0].utilization, 0.2, 1e-9);
  EXPECT_EQ(result.busiest_links[1].name, "gpu 0 of node 0, NVLink out");
  EXPECT_EQ(result.busiest_links[2].name, "gpu 0 of node 0, NVLink in");
  EXPECT_EQ(result.busiest_links[3].name, "gpu 0 of node 0, PCIe out");
}

TEST(IterationResult, WaitingForAnotherStageIsTheBubble) {
  // Of the second rank, which ends last: it waits 3 ms for transfers and 2 ms for a sum across stages; that sum takes 1 ms and counts as
  // data. Waiting within the tensor group stays there.
  const auto cluster = two_gpus();
  sim::Timeline timeline = timeline_of(cluster, 19_ms, 20_ms);
  account(timeline, 0, Label::compute) = {19_ms, 0_ms};
  account(timeline, 1, Label::compute) = {5_ms, 0_ms};
  account(timeline, 1, Label::tensor) = {1_ms, 2_ms};
  account(timeline, 1, Label::pipeline_transfer) = {4_ms, 3_ms};
  account(timeline, 1, Label::data) = {2_ms, 0_ms};
  account(timeline, 1, Label::cross_stage) = {1_ms, 2_ms};
  const auto result = iteration_result(program_of({}, {}), cluster, timeline);
  EXPECT_EQ(result.iteration, 20_ms);
  EXPECT_EQ(part(result, "compute"), 5_ms);
  EXPECT_EQ(part(result, "tensor"), 3_ms);
  EXPECT_EQ(part(result, "pipeline_bubble"), 5_ms);
  EXPECT_EQ(part(result, "pipeline_transfer"), 4_ms);
  EXPECT_EQ(part(result, "data"), 3_ms);
  EXPECT_FALSE(has_part(result, "cross_stage"));
  EXPECT_EQ(result.bottleneck, "compute");
}

TEST(IterationResult, WhatOtherStreamsTookAfterTheMainOneIsOther) {
  const auto cluster = two_gpus();
  sim::Timeline timeline = timeline_of(cluster, 10_ms, 10_ms);
  account(timeline, 0, Label::compute) = {4_ms, 0_ms};  // the lower of two ranks that end together
  account(timeline, 1, Label::compute) = {10_ms, 0_ms};
  const auto result = iteration_result(program_of({}, {}), cluster, timeline);
  EXPECT_EQ(part(result, "compute"), 4_ms);
  EXPECT_EQ(part(result, "other"), 6_ms);
  EXPECT_EQ(result.bottleneck, "other");
}

TEST(IterationResult, AProgramOfForeignLabelsKeepsThem) {
  const auto cluster = two_gpus();
  sim::Program program = program_of({}, {});
  program.labels = {"mine"};
  sim::Timeline timeline = timeline_of(cluster, 3_ms, 1_ms);
  timeline.labels = 1;
  timeline.accounts = {{1_ms, 2_ms}, {1_ms, 0_ms}};
  const auto result = iteration_result(program, cluster, timeline);
  EXPECT_EQ(result.breakdown, (std::vector<std::pair<std::string, sim::Duration>>{{"mine", 3_ms}}));
}

TEST(IterationResult, ATimelineByClassesGivesTheSame) {
  // Whole iterations, folded and not, on machines as new and with a slow link: one class of links may lie in several layers.
  const Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  const sim::Program program = training_program(test::small_job(8, 2, 4, 4), stack.software);
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 8, .fabric = {.switch_radix = 8, .levels = 3}});
  for (const topology::Condition& condition : {topology::Condition{}, topology::Condition{.slow_links = {{topology::LinkId{0}, 0.01}},
                                                                                          .slow_gpus = {{topology::GpuId{9}, 0.5}}}}) {
    const auto plain = sim::make_fluid_engine();
    const auto folding = sim::make_folding_engine(sim::make_fluid_engine());
    const sim::Timeline whole = play_program(program, stack, cluster, *plain, {}, {.condition = condition});
    const sim::Timeline folded = play_program(program, stack, cluster, *folding, {}, {.condition = condition});
    ASSERT_LT(folded.served.size(), whole.served.size());
    const IterationResult a = iteration_result(program, cluster, whole, condition);
    const IterationResult b = iteration_result(program, cluster, folded, condition);
    EXPECT_EQ(a.iteration, b.iteration);
    EXPECT_EQ(a.bounds.network, b.bounds.network);
    EXPECT_EQ(a.breakdown, b.breakdown);
    ASSERT_EQ(a.busiest_links.size(), b.busiest_links.size());
    for (std::size_t link = 0; link < a.busiest_links.size(); ++link) {
      EXPECT_EQ(a.busiest_links[link].name, b.busiest_links[link].name);
      EXPECT_EQ(a.busiest_links[link].utilization, b.busiest_links[link].utilization);
      EXPECT_EQ(a.busiest_links[link].bytes, b.busiest_links[link].bytes);
    }
  }
}

TEST(IterationResult, TheBreakdownIsOfTheFirstRankOfTheClassThatEndedLast) {
  const auto cluster = two_gpus();
  sim::Timeline timeline = timeline_of(cluster, 5_ms, 20_ms);
  timeline.classes.of_actor = {0, 0, 1};
  account(timeline, 0, Label::compute) = {5_ms, 0_ms};
  account(timeline, 1, Label::tensor) = {20_ms, 0_ms};
  const auto result = iteration_result(program_of({}, {}), cluster, timeline);
  EXPECT_EQ(part(result, "tensor"), 20_ms);
  EXPECT_EQ(part(result, "compute"), 0_ms);
}

TEST(IterationResult, ASlowLinkIsAsBusyAsItsCapacityAllows) {
  // 2.4625 GB over the first NIC's link in 200 ms: at 24.625 GB/s half busy, at half of that wholly.
  const auto cluster = two_gpus();
  sim::Timeline timeline = timeline_of(cluster, 200_ms, 200_ms);
  const topology::LinkId link{0};
  timeline.served[sim::index(cluster.resource(link))] = 2'462'500'000;
  EXPECT_NEAR(iteration_result(program_of({}, {}), cluster, timeline).busiest_links.at(0).utilization, 0.5, 1e-12);
  const auto slow = iteration_result(program_of({}, {}), cluster, timeline, {.slow_links = {{link, 0.5}}});
  EXPECT_NEAR(slow.busiest_links.at(0).utilization, 1, 1e-12);
  EXPECT_EQ(slow.bounds.network, 200_ms);
}

}  // namespace
}  // namespace orrery::workloads
