#include "workloads/lower.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "tests/workloads/thin_machine.h"

namespace orrery::workloads {
namespace {

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

struct TwoNodes {
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

const sim::Kernel square_product{sim::KernelKind::gemm, sim::DataType::fp16, {4096, 4096, 4096, 1}};

TEST(Lower, KernelsInARowAreOneStep) {
  const TwoNodes machine;
  const auto model = machine.lowered(one_role(
      4, {{"main", {{0, sim::Compute{square_product}}, {0, sim::Compute{test::layer_norm}}, {1, sim::Compute{test::layer_norm}}}}}));
  ASSERT_EQ(model.scripts.size(), 1U);
  const auto& steps = model.scripts[0].streams[0];
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].amount, (machine.times.duration(square_product) + machine.times.duration(test::layer_norm)).ticks);
  EXPECT_EQ(steps[1].amount, machine.times.duration(test::layer_norm).ticks);
  EXPECT_EQ(model.actors.size(), 4U);
}

TEST(Lower, TheHostLaunchesNoFasterThanItCan) {
  const TwoNodes machine;
  const auto program = one_role(1, {{"main", {{0, sim::Compute{test::layer_norm}}, {0, sim::Compute{test::layer_norm}}}}});
  EXPECT_EQ(machine.play(program, {.host_per_kernel = 1_ms}).end.ticks, (1_ms * 2).ticks);
  EXPECT_EQ(machine.play(program, {.host_per_kernel = sim::Duration{1}}).end.ticks, (machine.times.duration(test::layer_norm) * 2).ticks);
}

TEST(Lower, SlowdownScalesKernels) {
  const TwoNodes machine;
  const auto program = one_role(1, {{"main", {{0, sim::Compute{square_product}}}}});
  EXPECT_NEAR(machine.play(program, {.compute_slowdown = 1.25}).end.seconds() / machine.play(program).end.seconds(), 1.25, 1e-9);
}

TEST(Lower, AnUncontendedAllReduceTakesTheModelsTime) {
  const TwoNodes machine;
  for (const std::int32_t ranks : {2, 8, 16}) {
    for (const std::int64_t count : {1'000, 1'000'000, 500'000'000}) {
      const auto program = one_role(ranks, {{"main", {{1, sim::Collect{sim::CollectiveKind::all_reduce, count, sim::DataType::fp16, 0}}}}});
      std::vector<GpuId> members = packed_placement(ranks);
      const auto plan = machine.collectives.plan(sim::CollectiveKind::all_reduce, {2 * count}, sim::DataType::fp16, members);
      const sim::Duration closed_form = plan.latency + plan.edge_bytes / plan.edge_rate;
      // Rates are rounded down, to less than a part in 10^12.
      const sim::Duration played = machine.play(program).end - sim::Time{};
      EXPECT_GE(played, closed_form) << ranks << " ranks, " << count;
      EXPECT_LE(played, closed_form + sim::Duration{1 + closed_form.ticks / 1'000'000'000'000}) << ranks << " ranks, " << count;
    }
  }
}

// Each alone has 223 GB/s of bus bandwidth and two would fill NVLink's 300; sends between two GPUs were measured to get 282 of them.
TEST(Lower, CollectivesAtOnceHaveWhatAPortWasMeasuredToCarry) {
  const TwoNodes machine;
  constexpr std::int64_t count = 500'000'000;
  const sim::Collect one{sim::CollectiveKind::all_reduce, count, sim::DataType::fp16, 0};
  sim::Collect other = one;
  other.communicator = 1;
  sim::Program program = one_role(8, {{"one", {{0, one}}}});
  program.communicators.push_back(program.communicators[0]);
  program.communicators[1].name = "again";
  program.roles[0].streams.push_back({"other", {{0, other}}});
  sim::validate(program);
  const double port = machine.calibration.collectives.send_bandwidth.value;
  const double together = 2 * 2 * 7 / 8.0 * 2 * count / machine.play(program).end.seconds();
  EXPECT_LT(together, port);
  EXPECT_GT(together, 0.99 * port);
}

TEST(Lower, MessagesMeetByTagAndTakeTheModelsTime) {
  const TwoNodes machine;
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
  EXPECT_EQ(machine.play(program).end.ticks, (plan.latency + plan.edge_bytes / plan.edge_rate).ticks);
}

TEST(Lower, TwoMessagesIntoOneNicHalveTheirRate) {
  const TwoNodes machine;
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
  const TwoNodes machine;
  EXPECT_THROW(machine.lowered(one_role(17, {{"main", {{0, sim::Compute{test::layer_norm}}}}})), sim::Error);
}

TEST(Lower, RefusesReceivesFromAnyone) {
  const TwoNodes machine;
  EXPECT_THROW(machine.lowered(one_role(2, {{"main", {{1, sim::Receive{{1}, std::nullopt, 0}}}}})), sim::Error);
}

TEST(Lower, RanksOfARoleShareItsScriptAndGroupsTheirActivities) {
  const TwoNodes machine;
  sim::Program program = one_role(16, {{"main", {}}});
  program.communicators = {{.name = "pairs", .groups = {.first = 0, .extents = {{8, 2}}}, .members = {{2, 1}}}};
  const sim::Operation collect{1, sim::Collect{sim::CollectiveKind::all_reduce, 1'000'000, sim::DataType::fp16, 0}};
  program.roles[0].streams[0].operations = {collect, collect, collect};
  const auto model = machine.lowered(program);
  EXPECT_EQ(model.scripts.size(), 1U);
  EXPECT_EQ(model.activities.size(), 8U);
  EXPECT_EQ(model.bindings.size(), 16U);
}

TEST(Lower, RanksSitWhereThePlacementPutsThem) {
  // Ranks 0 and 1 on GPUs 9 and 3: two nodes, so the message crosses the fabric, from GPU 11 whose NIC is GPU 3's rail; and their work is
  // on those GPUs' processors.
  const TwoNodes machine;
  sim::Program program = one_role(2, {{"main", {}}});
  program.roles = {
      {.name = "sender", .ranks = {.first = 0}, .events = 0, .streams = {{"main", {{0, sim::Busy{1_ms}}, {1, sim::Send{{100}, 1, 0}}}}}},
      {.name = "receiver", .ranks = {.first = 1}, .events = 0, .streams = {{"main", {{1, sim::Receive{{100}, -1, 0}}}}}}};
  sim::validate(program);
  const sim::Model model = lower(program, machine.cluster, {GpuId{9}, GpuId{3}}, machine.times, machine.collectives, {});
  sim::validate(model);
  EXPECT_EQ(model.actors[0].processor, machine.cluster.resource(GpuId{9}, topology::GpuPart::processor));
  EXPECT_EQ(model.actors[1].processor, machine.cluster.resource(GpuId{3}, topology::GpuPart::processor));
  ASSERT_EQ(model.flows.size(), 1U);
  EXPECT_EQ(model.demands[0].resource, machine.cluster.resource(GpuId{9}, topology::GpuPart::nvlink_out));
  EXPECT_EQ(model.demands[2].resource, machine.cluster.resource(GpuId{11}, topology::GpuPart::pcie_out));
}

TEST(Lower, TwoJobsOnOneMachineSlowEachOtherDownWhereTheyShareAnUplink) {
  // Node 0 sends to 4, node 1 to 6: both by spine 0. At half speed each until the first's 1 MB are there at 2 ms; of the second's 2 MB 1 is
  // left. A third job, from 7 to 5 by spine 1, is untouched.
  const test::ThinMachine machine;
  const auto job = [&](std::int64_t bytes, Placement placement) { return machine.model(test::program_of(2, {{0, 1, bytes}}), placement); };
  const sim::Model both = sim::side_by_side(job(1'000'000, {GpuId{0}, GpuId{4}}), job(2'000'000, {GpuId{1}, GpuId{6}}));
  const sim::Model all = sim::side_by_side(both, job(3'000'000, {GpuId{7}, GpuId{5}}));
  sim::validate(all);
  const auto ends = sim::make_fluid_engine()->play(all, {}).actor_ends;
  ASSERT_EQ(ends.size(), 6U);
  EXPECT_EQ(ends[0], sim::Time{} + 2_ms);
  EXPECT_EQ(ends[1], sim::Time{} + 2_ms);
  EXPECT_EQ(ends[2], sim::Time{} + 3_ms);
  EXPECT_EQ(ends[4], sim::Time{} + 3_ms);
  const auto alone = sim::make_fluid_engine()->play(job(2'000'000, {GpuId{1}, GpuId{6}}), {}).actor_ends;
  EXPECT_EQ(alone[0], sim::Time{} + 2_ms);
}

TEST(Lower, ConditionsAreThoseOfTheMachineAtTheStart) {
  const test::ThinMachine machine;
  const sim::Program program = test::program_of(8, {{0, 2, 1'000'000}}, 1_ms);
  const auto end = [&](const topology::Condition& condition) { return machine.play(program, condition).end - sim::Time{}; };
  EXPECT_EQ(end({}), 1_ms);
  EXPECT_EQ(end({.slow_links = {{machine.link("leaf1 -> node2/nic0"), 0.25}}}), 4_ms);
  EXPECT_EQ(end({.slow_links = {{machine.link("leaf1 -> node3/nic0"), 0.25}}}), 1_ms);
  EXPECT_EQ(end({.slow_gpus = {{GpuId{5}, 0.2}}}), 5_ms);
  EXPECT_EQ(end({.dead_links = {machine.link("spine0 -> leaf1")}}), 1_ms) << "there is another spine";
}

TEST(Lower, APairThatIsCutOffFromTheStartIsRefused) {
  const test::ThinMachine machine;
  const topology::Condition condition{.dead_links = {machine.link("spine0 -> leaf1"), machine.link("spine1 -> leaf1")}};
  try {
    machine.model(test::program_of(8, {{0, 2, 1'000'000}}), {.condition = condition});
    FAIL() << "found a way";
  } catch (const sim::Error& error) {
    EXPECT_NE(std::string(error.what()).find("node0/nic0 and node2/nic0 are cut off from each other"), std::string::npos) << error.what();
  }
  EXPECT_NO_THROW(machine.model(test::program_of(8, {{0, 4, 1'000'000}}), {.condition = condition}));
}

TEST(Lower, AConditionThatNamesWhatThereIsNotIsRefused) {
  const test::ThinMachine machine;
  EXPECT_THROW(machine.model(test::program_of(2, {}), {.condition = {.slow_gpus = {{GpuId{8}, 0.5}}}}), sim::Error);
}

}  // namespace
}  // namespace orrery::workloads
