#include "workloads/interference.h"

#include <gtest/gtest.h>

#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/lower.h"

namespace orrery::workloads {
namespace {

using namespace sim::literals;
using sim::StepKind;

sim::Step busy() { return {StepKind::work, 0, 0, 1'000}; }
sim::Step come_to(std::uint32_t slot) { return {StepKind::join, 0, slot, 0}; }
sim::Step tell(std::uint32_t event) { return {StepKind::record, 0, event, 0}; }
sim::Step tell_begun(std::uint32_t event) { return {StepKind::record_begun, 0, event, 0}; }
sim::Step hold(std::uint32_t event, std::int64_t times = 1) { return {StepKind::wait, 0, event, times}; }

std::vector<bool> beside(std::vector<std::vector<sim::Step>> streams, std::uint32_t slots = 1) {
  return slots_beside_work({.streams = std::move(streams), .slots = slots, .events = 4});
}

TEST(SlotsBesideWork, AJoinOfTheWorkingStreamIsBesideNothing) {
  EXPECT_EQ(beside({{busy(), come_to(0), busy()}}), std::vector{false});
  EXPECT_EQ(beside({{busy(), come_to(0), busy()}, {come_to(1), tell(0)}}, 2), (std::vector{false, true}));
}

TEST(SlotsBesideWork, WorkOnBothSidesOfABlockingJoinIsNotBesideIt) {
  // A transfer that the main stream waits for as soon as it has asked for it, twice.
  const std::vector<sim::Step> main{busy(), tell(0), hold(1), busy(), tell(0), hold(1, 2), busy()};
  EXPECT_EQ(beside({main, {hold(0), come_to(0), tell(1), hold(0, 2), come_to(0), tell(1)}}), std::vector{false});
  // Asked for as the next work begins, it is beside that.
  const std::vector<sim::Step> early{busy(), tell_begun(0), busy(), hold(1)};
  EXPECT_EQ(beside({early, {hold(0), come_to(0), tell(1)}}), std::vector{true});
}

TEST(SlotsBesideWork, WhatIsWaitedForLaterIsBesideWhatComesBefore) {
  EXPECT_EQ(beside({{busy(), tell(0), busy(), hold(1)}, {hold(0), come_to(0), tell(1)}}), std::vector{true});
  EXPECT_EQ(beside({{tell(0), hold(1), busy()}, {come_to(0), hold(0), tell(1)}}), std::vector{false});
  EXPECT_EQ(beside({{busy(), tell(0), hold(1)}, {come_to(0), hold(0), tell(1)}}), std::vector{true});
  EXPECT_EQ(beside({{busy(), tell(0)}, {hold(0), come_to(0)}}), std::vector{false});
  EXPECT_EQ(beside({{busy(), tell(0), busy()}, {hold(0), come_to(0)}}), std::vector{true});
}

TEST(SlotsBesideWork, OneJoinOfManyIsEnough) {
  const std::vector<sim::Step> main{tell(0), hold(1), busy(), tell(0), busy(), hold(1, 2)};
  EXPECT_EQ(beside({main, {hold(0), come_to(0), tell(1), hold(0, 2), come_to(1), come_to(0), tell(1)}}, 2), (std::vector{true, true}));
}

TEST(SlotsBesideWork, EventsOfAThirdStreamOrderNothing) {
  // Either of two streams may have been the first to tell.
  EXPECT_EQ(beside({{busy(), tell(0), hold(1), busy()}, {hold(0), come_to(0), tell(1)}, {tell(1)}}), std::vector{true});
}

struct FourNodes {
  topology::Cluster cluster{{.node = committed::dgx_a100(), .nodes = 4, .fabric = {}}};
  Calibration calibration = committed::a100();
  KernelTimes times{calibration, cluster.node().gpu};
  CollectiveModel collectives{cluster, committed::nccl(), {}};

  std::vector<topology::GpuId> gpus(std::uint32_t count) const {
    std::vector<topology::GpuId> all;
    for (std::uint32_t g = 0; g < count; ++g) all.push_back(topology::GpuId{g});
    return all;
  }
};

TEST(TakenBy, ARingHoldsItsChannelsAndMovesEachByteThreeTimes) {
  // NCCL's model of 1 GiB on a node: 24 channels of 108 multiprocessors; 240 GB/s on the wire, thrice through the memory.
  const FourNodes machine;
  const auto plan = machine.collectives.plan(sim::CollectiveKind::all_reduce, 1_GiB, sim::DataType::fp16, machine.gpus(8));
  EXPECT_NEAR(plan.memory_traffic.value, 3 * 240e9, 1);
  const sim::Takes taken = taken_by(plan, machine.times);
  EXPECT_EQ(taken.arithmetic, 222'222);
  EXPECT_NEAR(taken.memory, 1e6 * 720e9 / machine.times.memory_bandwidth().value, 1);
  // Gathering moves half as much in half the time.
  const auto gather = machine.collectives.plan(sim::CollectiveKind::all_gather, 1_GiB, sim::DataType::fp16, machine.gpus(8));
  EXPECT_NEAR(gather.memory_traffic.value, 3 * 240e9, 1);
}

TEST(TakenBy, PairsMoveEachByteFourTimes) {
  const FourNodes machine;
  const auto near = machine.collectives.plan_send(1_MB, topology::GpuId{0}, topology::GpuId{1});
  EXPECT_EQ(near.memory_traffic.value, 2 * near.edge_rate.value);
  const auto far = machine.collectives.plan_send(1_MB, topology::GpuId{0}, topology::GpuId{8});
  EXPECT_EQ(far.memory_traffic.value, 2 * far.edge_rate.value);
  EXPECT_EQ(taken_by(far, machine.times).arithmetic, 18'519);  // 2 of 108
  const auto all = machine.collectives.plan(sim::CollectiveKind::all_to_all, 1_GB, sim::DataType::fp16, machine.gpus(8));
  EXPECT_NEAR(all.memory_traffic.value, 4 * 7 * all.edge_rate.value, 1);
}

TEST(TakenBy, NothingTakesNothingAndNobodyTakesMoreThanThereIs) {
  const FourNodes machine;
  EXPECT_EQ(taken_by({}, machine.times), sim::Takes{});
  CollectivePlan plan;
  plan.thread_blocks = 200;
  plan.memory_traffic = sim::gigabytes_per_second(10'000);
  EXPECT_EQ(taken_by(plan, machine.times), (sim::Takes{sim::whole_processor, sim::whole_processor}));
}

/// Every rank works for 100 ms and gathers 1 GiB, on one stream or on two.
sim::Program gathering(bool beside_work) {
  sim::Program program{.name = "test", .ranks = 8, .labels = {"compute"}, .communicators = {}, .blocks = {}, .roles = {}};
  program.communicators = {{.name = "world", .groups = {.first = 0}, .members = {{8, 1}}}};
  const sim::Operation work{0, sim::Busy{100_ms}};
  const sim::Operation gather{0, sim::Collect{sim::CollectiveKind::all_gather, (1 << 30) / 8, sim::DataType::int8, 0}};
  sim::Role role{.name = "all", .ranks = {.first = 0, .extents = {{8, 1}}}, .events = 0, .streams = {}};
  if (beside_work) {
    role.streams = {{"main", {work}}, {"data", {gather}}};
  } else {
    role.streams = {{"main", {work, gather}}};
  }
  program.roles = {role};
  sim::validate(program);
  return program;
}

TEST(Interference, WorkBesideACollectiveLosesItsChannels) {
  const FourNodes machine;
  const auto lowered = [&](bool beside_work, const LoweringOptions& options) {
    return lower(gathering(beside_work), machine.cluster, packed_placement(8), machine.times, machine.collectives, options);
  };
  const auto end = [](const sim::Model& model) { return sim::make_fluid_engine()->play(model, {}).end.seconds(); };
  const sim::Model model = lowered(true, {});
  ASSERT_EQ(model.activities.size(), 1U);
  EXPECT_EQ(model.activities[0].takes.arithmetic, 222'222);
  // While it runs, 84/108 of the work are done.
  const auto plan = machine.collectives.plan(sim::CollectiveKind::all_gather, 1_GiB, sim::DataType::int8, machine.gpus(8));
  const double run = plan.latency.seconds() + static_cast<double>(plan.edge_bytes.count) / plan.edge_rate.value;
  EXPECT_NEAR(end(model), 0.1 + run * 0.222'222, 1e-9);
  EXPECT_EQ(end(lowered(true, {.interference = false})), 0.1);
  // On one stream there is nothing to take.
  EXPECT_EQ(lowered(false, {}).activities[0].takes, sim::Takes{});
  EXPECT_EQ(end(lowered(false, {})), end(lowered(false, {.interference = false})));
}

}  // namespace
}  // namespace orrery::workloads
