#include "workloads/interference.h"

#include <gtest/gtest.h>

#include "sim/fluid_engine.h"
#include "sim/fold.h"
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

/// On one stream every rank performs a collective, on another it works: what the runs take is what they move while they last.
struct Collecting {
  FourNodes machine;
  sim::Program program{.name = "test", .ranks = 8, .labels = {"compute"}, .communicators = {}, .blocks = {}, .roles = {}};

  Collecting(sim::CollectiveKind kind, std::int32_t ranks, std::int64_t elements) {
    program.ranks = ranks;
    program.communicators = {{.name = "world", .groups = {.first = 0}, .members = {{ranks, 1}}}};
    sim::Role role{.name = "all", .ranks = {.first = 0, .extents = {{ranks, 1}}}, .events = 0, .streams = {}};
    role.streams = {{"main", {{0, sim::Busy{1_us}}}}, {"data", {{0, sim::Collect{kind, elements, sim::DataType::fp16, 0}}}}};
    program.roles = {role};
    sim::validate(program);
  }
  sim::Model lowered(const LoweringOptions& options) const {
    return lower(program, machine.cluster, packed_placement(program.ranks), machine.times, machine.collectives, options);
  }
  sim::Takes takes() const { return lowered({}).activities[0].takes; }
  /// Of so many bytes through a GPU's memory, over the time that the run is seen to last, in millionths of the memory's bandwidth.
  double moved(double bytes) const {
    const double seconds = sim::make_fluid_engine()->play(lowered({.interference = false}), {}).end.seconds();
    return 1e6 * bytes / seconds / machine.times.memory_bandwidth().value;
  }
};

constexpr double gib = 1 << 30;

TEST(TakenBy, ARingHoldsItsChannelsAndMovesEachByteThreeTimes) {
  // 2 * 7/8 GiB come in, in 7.9 ms: 24 channels of 108 multiprocessors, 3 * 238 GB/s.
  const Collecting reducing(sim::CollectiveKind::all_reduce, 8, 1 << 29);
  EXPECT_EQ(reducing.takes().arithmetic, 222'222);
  EXPECT_NEAR(reducing.takes().memory, reducing.moved(3 * 2 * 7 / 8.0 * gib), 1);
}

TEST(TakenBy, LatencyMovesNothing) {
  // 64 KiB by LL, which sends a flag with each 4 bytes: twice 2 * 7/8 of them come in. Of 28 us most is latency.
  const Collecting reducing(sim::CollectiveKind::all_reduce, 8, 1 << 15);
  EXPECT_NEAR(reducing.takes().memory, reducing.moved(3 * 2 * 2 * 7 / 8.0 * 65'536), 10);
}

TEST(TakenBy, AGatherIsChargedInTheMean) {
  // Seven messages of 1/8 GiB, each read once and received with three accesses, over eight GPUs.
  const Collecting gather(sim::CollectiveKind::gather, 8, 1 << 26);
  EXPECT_NEAR(gather.takes().memory, gather.moved(4 * 7 / 8.0 * gib / 8), 1);
}

/// By how much a copy of 50 GB beside them, on another stream, ends later for what the runs take.
double delay(Collecting reducing, const LoweringOptions& options, sim::Engine& engine) {
  reducing.program.roles[0].streams[0].operations = {{0, sim::Copy{sim::CopyKind::device, 50_GB}}};
  LoweringOptions without = options;
  without.interference = false;
  const auto end = [&](const LoweringOptions& chosen) { return engine.play(reducing.lowered(chosen), {}).end.seconds(); };
  return end(options) - end(without);
}

TEST(TakenBy, SeveralAtOnceTakeWhatTheyMoveTogether) {
  // Beside a copy, so much of it is left undone as the rings move through the memory: they share NVLink, but move no byte more for it.
  for (const int rings : {1, 2, 3}) {
    Collecting reducing(sim::CollectiveKind::all_reduce, 8, 1 << 29);
    auto& streams = reducing.program.roles[0].streams;
    for (int more = 1; more < rings; ++more) {
      auto communicator = reducing.program.communicators[0];
      communicator.name += std::to_string(more);
      reducing.program.communicators.push_back(communicator);
      streams.push_back(streams[1]);
      streams.back().name += std::to_string(more);
      std::get<sim::Collect>(streams.back().operations[0].action).communicator = more;
    }
    const double bandwidth = reducing.machine.times.memory_bandwidth().value;
    // Of three not all: before their bytes begin to flow, each takes what it would alone, and something is always left.
    EXPECT_NEAR(delay(reducing, {}, *sim::make_fluid_engine()), rings * 3 * 2 * 7 / 8.0 * gib / bandwidth, 2e-5) << rings;
  }
}

/// The same whether a run is one flow or one a pair of GPUs, and whether the play is folded.
void expect_delay(const Collecting& collecting, double bytes, const topology::Condition& condition) {
  const double moving = bytes / collecting.machine.times.memory_bandwidth().value;
  const auto fluid = sim::make_fluid_engine();
  const auto folding = sim::make_folding_engine(sim::make_fluid_engine());
  for (const Granularity granularity : {Granularity::hyperflow, Granularity::transfer}) {
    const LoweringOptions options{.granularity = granularity, .condition = condition};
    EXPECT_NEAR(delay(collecting, options, *fluid) / moving, 1, 1e-3) << static_cast<int>(granularity);
    EXPECT_EQ(delay(collecting, options, *folding), delay(collecting, options, *fluid));
  }
}

TEST(TakenBy, AnAllToAllBetweenNodesMovesEachByteOnceHoweverSlowTheNics) {
  // 15/16 and 31/32 of 128 MiB leave each GPU and as many come, read once and three times; the NICs let a fifth of what NCCL could send
  // through, and less.
  expect_delay(Collecting(sim::CollectiveKind::all_to_all, 16, 1 << 26), 4 * 15 / 16.0 * gib / 8, {});
  expect_delay(Collecting(sim::CollectiveKind::all_to_all, 32, 1 << 26), 4 * 31 / 32.0 * gib / 8, {});
}

TEST(TakenBy, ARingOverASlowCableMovesEachByteOnce) {
  // 2 * 15/16 of 128 MiB come in, three accesses each; from the beginning, and after the first 2 ms, when rings know no such cable yet.
  const Collecting reducing(sim::CollectiveKind::all_reduce, 16, 1 << 26);
  const topology::LinkId link = reducing.machine.cluster.fabric().link("node0/nic0 -> switch");
  const double moved = 3 * 2 * 15 / 16.0 * gib / 8;
  expect_delay(reducing, moved, {.slow_links = {{link, 0.25}}});
  expect_delay(reducing, moved, {.link_changes = {{.at = sim::Time{} + 2_ms, .link = link, .speed = 0.25}}});
}

TEST(TakenBy, AMessageMovesEachByteTwiceAtEitherEnd) {
  const FourNodes machine;
  const auto near = machine.collectives.plan_send(1_MB, topology::GpuId{0}, topology::GpuId{1});
  EXPECT_EQ(near.memory_bytes, 2_MB);
  const auto far = machine.collectives.plan_send(1_MB, topology::GpuId{0}, topology::GpuId{8});
  EXPECT_EQ(far.memory_bytes, 2_MB);
  EXPECT_EQ(taken_by(far, 1_ms, machine.times).arithmetic, 18'519);  // 2 of 108
}

TEST(TakenBy, NothingTakesNothingAndNobodyTakesMoreThanThereIs) {
  const FourNodes machine;
  EXPECT_EQ(taken_by({}, {}, machine.times), sim::Takes{});
  CollectivePlan plan;
  plan.thread_blocks = 200;
  plan.memory_bytes = 10'000_GB;
  EXPECT_EQ(taken_by(plan, 1_s, machine.times), (sim::Takes{sim::whole_processor, sim::whole_processor}));
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
