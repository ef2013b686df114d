#include "report/page/collective_curves.h"

#include <gtest/gtest.h>

#include "tests/committed.h"

namespace orrery::report {
namespace {

using namespace sim::literals;

sim::Operation collect(sim::CollectiveKind kind, std::int64_t count, std::int32_t communicator) {
  return {0, sim::Collect{kind, count, sim::DataType::fp16, communicator}};
}

// Sixteen ranks on two nodes: a block of one sum over each node, called three times, and one more; an all-gather over all.
sim::Program two_nodes() {
  using enum sim::CollectiveKind;
  sim::Program program{.name = "two", .ranks = 16, .labels = {"all"}};
  program.communicators = {{.name = "node", .groups = {.first = 0, .extents = {{2, 8}}}, .members = {{8, 1}}},
                           {.name = "world", .groups = {.first = 0}, .members = {{16, 1}}}};
  program.blocks = {{"layer", {collect(all_reduce, 1 << 20, 0)}}};
  program.roles = {
      {.name = "all",
       .ranks = {.first = 0, .extents = {{16, 1}}},
       .streams = {
           {"main", {{0, sim::Call{0, 3}}, collect(all_reduce, 1 << 20, 0), collect(all_gather, 1 << 24, 1), collect(barrier, 0, 1)}}}}};
  return program;
}

std::vector<CollectiveCurve> curves_of(std::size_t most) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const workloads::CollectiveModel model(cluster, committed::nccl(), {});
  return collective_curves(two_nodes(), workloads::packed_placement(16), model, most);
}

TEST(CollectiveCurves, CountCallsThroughBlocks) {
  const auto curves = curves_of(6);
  ASSERT_EQ(curves.size(), 2U);  // a barrier has no size
  const CollectiveCurve& gather = curves[0];
  EXPECT_EQ(gather.name, "all_gather over world");
  EXPECT_EQ(gather.ranks, 16);
  EXPECT_EQ(gather.nodes, 2);
  ASSERT_EQ(gather.calls.size(), 1U);
  EXPECT_EQ(gather.calls[0].bytes, sim::Bytes{std::int64_t{16} * 2 << 24}) << "what all ranks give";
  EXPECT_EQ(gather.calls[0].calls, 1);
  const CollectiveCurve& sum = curves[1];
  EXPECT_EQ(sum.name, "all_reduce over node");
  EXPECT_EQ(sum.nodes, 1);
  ASSERT_EQ(sum.calls.size(), 1U);
  EXPECT_EQ(sum.calls[0].bytes, 2_MiB);
  EXPECT_EQ(sum.calls[0].calls, 4);
  EXPECT_DOUBLE_EQ(sum.seconds(), 4 * sum.calls[0].time.seconds());
  EXPECT_GT(gather.seconds(), sum.seconds()) << "the longest is first";
}

// 1 GiB over eight GPUs of a node: 7,885.4 us (tests/workloads/collective_model_test.cpp); times 14/8 that is 238.3 GB/s.
TEST(CollectiveCurves, GoThroughWhatTheModelSays) {
  const auto curves = curves_of(6);
  for (const CurvePoint& point : curves[1].points) {
    if (point.bytes != 1_GiB) continue;
    EXPECT_NEAR(point.time.seconds() * 1e6, 7885.366, 0.01);
    EXPECT_NEAR(point.bus_bandwidth / 1e9, 238.3, 0.05);
    EXPECT_EQ(point.algorithm + " " + point.protocol, "ring Simple");
    return;
  }
  FAIL() << "no point of 1 GiB";
}

TEST(CollectiveCurves, AreNoMoreThanAskedFor) { EXPECT_EQ(curves_of(1).size(), 1U); }

}  // namespace
}  // namespace orrery::report
