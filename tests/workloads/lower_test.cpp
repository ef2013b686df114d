#include "workloads/lower.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

using sim::operator""_us;
using sim::operator""_ms;
using topology::GpuId;

sim::Lattice all(std::int32_t ranks) { return {.first = 0, .extents = {{ranks, 1}}}; }

sim::Program one_role(std::int32_t ranks, std::vector<sim::Stream> streams, std::int32_t events = 0) {
  sim::Program program{.name = "test", .ranks = ranks, .labels = {"compute", "tensor"}, .communicators = {}, .blocks = {}, .roles = {}};
  program.communicators = {{.name = "world", .groups = {.first = 0, .extents = {}}, .members = {{ranks, 1}}}};
  program.roles = {{.name = "all", .ranks = all(ranks), .events = events, .streams = std::move(streams)}};
  sim::validate(program);
  return program;
}

struct Machine {
  topology::Cluster cluster{{.node = committed::dgx_a100(), .nodes = 2, .fabric = {}}};
  Calibration calibration = committed::a100();
  KernelTimes times{calibration, cluster.node().gpu};
  CollectiveModel collectives{cluster, committed::nccl(), calibration.collectives};

  sim::Model lowered(const sim::Program& program, const LoweringOptions& options = {}) const {
    sim::Model model = lower(program, cluster, packed_placement(program.ranks), times, collectives, options);
    sim::validate(model);
    return model;
  }
  sim::Timeline play(const sim::Program& program, const LoweringOptions& options = {}) const {
    return sim::make_fluid_engine()->play(lowered(program, options), {});
  }
};

const sim::Kernel product{sim::KernelKind::gemm, sim::DataType::fp16, {4096, 4096, 4096, 1}};
const sim::Kernel norm{sim::KernelKind::layer_norm, sim::DataType::fp16, {4096, 4096, 1, 1}};

TEST(Lower, KernelsInARowAreOneStep) {
  const Machine machine;
  const auto model =
      machine.lowered(one_role(4, {{"main", {{0, sim::Compute{product}}, {0, sim::Compute{norm}}, {1, sim::Compute{norm}}}}}));
  ASSERT_EQ(model.scripts.size(), 1U);
  const auto& steps = model.scripts[0].streams[0];
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].amount, (machine.times.duration(product) + machine.times.duration(norm)).ticks);
  EXPECT_EQ(steps[1].amount, machine.times.duration(norm).ticks);
  EXPECT_EQ(model.actors.size(), 4U);
}

TEST(Lower, TheHostLaunchesNoFasterThanItCan) {
  const Machine machine;
  const auto program = one_role(1, {{"main", {{0, sim::Compute{norm}}, {0, sim::Compute{norm}}}}});
  EXPECT_EQ(machine.play(program, {.host_per_kernel = 1_ms}).end.ticks, (1_ms * 2).ticks);
  EXPECT_EQ(machine.play(program, {.host_per_kernel = sim::Duration{1}}).end.ticks, (machine.times.duration(norm) * 2).ticks);
}

TEST(Lower, SlowdownScalesKernels) {
  const Machine machine;
  const auto program = one_role(1, {{"main", {{0, sim::Compute{product}}}}});
  EXPECT_NEAR(machine.play(program, {.compute_slowdown = 1.25}).end.seconds() / machine.play(program).end.seconds(), 1.25, 1e-9);
}

TEST(Lower, AnUncontendedAllReduceTakesTheModelsTime) {
  const Machine machine;
  for (const std::int32_t ranks : {2, 8, 16}) {
    for (const std::int64_t count : {1'000, 1'000'000, 500'000'000}) {
      const auto program = one_role(ranks, {{"main", {{1, sim::Collect{sim::CollectiveKind::all_reduce, count, sim::DataType::fp16, 0}}}}});
      std::vector<GpuId> members = packed_placement(ranks);
      const auto plan = machine.collectives.plan(sim::CollectiveKind::all_reduce, {2 * count}, sim::DataType::fp16, members);
      const sim::Duration closed_form = plan.latency + plan.edge_bytes / plan.channel_rate;
      EXPECT_NEAR(machine.play(program).end.seconds() / closed_form.seconds(), 1, 1e-9) << ranks << " ranks, " << count;
    }
  }
}

TEST(Lower, MessagesMeetByTagAndTakeTheModelsTime) {
  const Machine machine;
  sim::Program program = one_role(16, {{"main", {}}});
  const sim::Bytes bytes{10'000'000};
  program.roles = {
      {.name = "sender", .ranks = {.first = 0, .extents = {{8, 1}}}, .events = 0, .streams = {{"main", {{1, sim::Send{bytes, 8, 3}}}}}},
      {.name = "receiver",
       .ranks = {.first = 8, .extents = {{8, 1}}},
       .events = 0,
       .streams = {{"main", {{1, sim::Receive{bytes, -8, 3}}}}}}};
  sim::validate(program);
  // Eight messages on eight rails: each as if it were alone.
  const auto plan = machine.collectives.plan_send(bytes, GpuId{0}, GpuId{8});
  EXPECT_EQ(machine.play(program).end.ticks, (plan.latency + plan.edge_bytes / plan.channel_rate).ticks);
}

TEST(Lower, TwoMessagesIntoOneNicHalveTheirRate) {
  const Machine machine;
  sim::Program program = one_role(16, {{"main", {}}});
  const sim::Bytes bytes{500'000'000};
  // Ranks 0 and 1 of node 0 send to rank 8: rail 0 of node 1 takes both.
  program.roles.clear();
  program.roles.push_back({.name = "first", .ranks = all(1), .events = 0, .streams = {{"main", {{1, sim::Send{bytes, 8, 0}}}}}});
  program.roles.push_back(
      {.name = "second", .ranks = {.first = 1, .extents = {}}, .events = 0, .streams = {{"main", {{1, sim::Send{bytes, 7, 0}}}}}});
  program.roles.push_back({.name = "idle", .ranks = {.first = 2, .extents = {{6, 1}}}, .events = 0, .streams = {{"main", {}}}});
  program.roles.push_back({.name = "both",
                           .ranks = {.first = 8, .extents = {}},
                           .events = 0,
                           .streams = {{"a", {{1, sim::Receive{bytes, -8, 0}}}}, {"b", {{1, sim::Receive{bytes, -7, 0}}}}}});
  program.roles.push_back({.name = "rest", .ranks = {.first = 9, .extents = {{7, 1}}}, .events = 0, .streams = {{"main", {}}}});
  sim::validate(program);
  const double port = 25e9 * 0.985;
  EXPECT_NEAR(machine.play(program).end.seconds(), 2 * 500e6 / port, 1e-4);
}

TEST(Lower, RefusesMoreRanksThanGpus) {
  const Machine machine;
  EXPECT_THROW(machine.lowered(one_role(17, {{"main", {{0, sim::Compute{norm}}}}})), sim::Error);
}

TEST(Lower, RefusesReceivesFromAnyone) {
  const Machine machine;
  EXPECT_THROW(machine.lowered(one_role(2, {{"main", {{1, sim::Receive{{1}, std::nullopt, 0}}}}})), sim::Error);
}

TEST(Lower, RanksOfARoleShareItsScriptAndGroupsTheirActivities) {
  const Machine machine;
  sim::Program program = one_role(16, {{"main", {}}});
  program.communicators = {{.name = "pairs", .groups = {.first = 0, .extents = {{8, 2}}}, .members = {{2, 1}}}};
  const sim::Operation collect{1, sim::Collect{sim::CollectiveKind::all_reduce, 1'000'000, sim::DataType::fp16, 0}};
  program.roles[0].streams[0].operations = {collect, collect, collect};
  const auto model = machine.lowered(program);
  EXPECT_EQ(model.scripts.size(), 1U);
  EXPECT_EQ(model.activities.size(), 8U);
  EXPECT_EQ(model.bindings.size(), 16U);
}

}  // namespace
}  // namespace orrery::workloads
