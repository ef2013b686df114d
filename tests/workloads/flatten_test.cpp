#include "workloads/flatten.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

using sim::StepKind;
using namespace sim::literals;

// A role of one rank in a program of blocks, flattened with a host link of 20 GB/s.
struct Flat {
  KernelTimes times{committed::a100(), committed::dgx_a100().gpu};
  HostRates host{.link = sim::gigabytes_per_second(20),
                 .memory = sim::gigabytes_per_second(40),
                 .storage_read = sim::gigabytes_per_second(5),
                 .storage_write = sim::gigabytes_per_second(2)};

  Flattener::Result operator()(std::vector<sim::Stream> streams, std::vector<sim::Block> blocks = {},
                               const LoweringOptions& options = {}) const {
    const sim::Program program{.name = "test", .ranks = 1, .labels = {"compute", "tensor"}, .blocks = std::move(blocks)};
    const sim::Role role{.name = "all", .ranks = {.first = 0}, .events = 3, .streams = std::move(streams)};
    return Flattener(program, times, host, options).flatten(role);
  }
};

sim::Operation busy(std::uint8_t label, sim::Duration duration) { return {label, sim::Busy{duration}}; }

// "work 0 5us; wait 1 x1": kinds, labels, targets and amounts of a stream's steps.
std::string written(const std::vector<sim::Step>& steps) {
  std::string text;
  for (const sim::Step& step : steps) {
    const char* names[] = {"work", "pause", "join", "record", "record_begun", "wait"};
    const bool timed = step.kind == StepKind::work || step.kind == StepKind::pause;
    text += (text.empty() ? "" : "; ") + std::string(names[static_cast<int>(step.kind)]);
    if (sim::takes_time(step.kind)) text += " label " + std::to_string(step.label);
    if (!timed) text += " of " + std::to_string(step.target);
    if (timed || step.kind == StepKind::wait) text += " " + std::to_string(step.amount);
  }
  return text;
}

TEST(Flatten, CallsWithinCallsAreUnrolled) {
  // Twice the outer block: three times 10 ns and once 1 ns under another label.
  const auto result =
      Flat{}({{"main", {{0, sim::Call{1, 2}}}}}, {{"inner", {busy(0, 10_ns)}}, {"outer", {{0, sim::Call{0, 3}}, busy(1, 1_ns)}}});
  EXPECT_EQ(written(result.script.streams[0]), "work label 0 30000; work label 1 1000; work label 0 30000; work label 1 1000");
}

TEST(Flatten, WorkBeforeAndAfterABlockJoinsIt) {
  const auto result = Flat{}({{"main", {busy(0, 1_ns), {0, sim::Call{0, 2}}, busy(0, 2_ns)}}}, {{"ten", {busy(0, 10_ns)}}});
  EXPECT_EQ(written(result.script.streams[0]), "work label 0 23000");
}

TEST(Flatten, APauseIsNoWork) {
  const auto result = Flat{}({{"main", {busy(0, 1_ns), {0, sim::Pause{2_ns}}, {0, sim::Pause{3_ns}}, busy(0, 4_ns)}}});
  EXPECT_EQ(written(result.script.streams[0]), "work label 0 1000; pause label 0 2000; pause label 0 3000; work label 0 4000");
}

TEST(Flatten, TheHostDelaysKernelsAndNotMeasuredTimes) {
  // Two norms of some 50 us and a measured time of 1 us: with 1 ms a launch 2 ms, whatever else.
  const Flat flat;
  const std::vector<sim::Stream> streams{
      {"main", {{0, sim::Compute{test::layer_norm}}, busy(0, 1_us), {0, sim::Compute{test::layer_norm}}}}};
  const std::int64_t alone = (flat.times.duration(test::layer_norm) * 2 + 1_us).ticks;
  EXPECT_EQ(written(flat(streams).script.streams[0]), "work label 0 " + std::to_string(alone));
  EXPECT_EQ(written(flat(streams, {}, {.host_per_kernel = 1_ms}).script.streams[0]), "work label 0 2000000000");
  EXPECT_EQ(written(flat({{"main", {busy(0, 1_us)}}}, {}, {.host_per_kernel = 1_ms}).script.streams[0]), "work label 0 1000000");
}

// A "long" kernel of 50 us or so on the device, then a short one; the CPU takes 0.6 of the long one for each launch.
struct HostAndDevice {
  Flat flat;
  sim::Kernel small{sim::KernelKind::layer_norm, sim::DataType::fp16, {1, 1, 1, 1}};
  sim::Duration longer = flat.times.duration(test::layer_norm);
  sim::Duration shorter = flat.times.duration(small);
  sim::Duration launch{longer.ticks * 3 / 5};
  std::vector<sim::Operation> both{{0, sim::Compute{test::layer_norm}}, {1, sim::Compute{small}}};

  std::int64_t total(const std::vector<sim::Step>& steps) const {
    std::int64_t sum = 0;
    for (const sim::Step& step : steps) sum += step.kind == StepKind::work ? step.amount : 0;
    return sum;
  }
};

TEST(Flatten, TheCpuRunsAheadWithinABlockAndNotIntoTheNext) {
  // In a block of both the CPU needs 1.2 of the long kernel, which is more than both take: it sets the pace, whatever their labels. A block
  // of each: the long kernel hides its own launch, the short one waits for its own.
  const HostAndDevice machine;
  const LoweringOptions slow_host{.host_per_kernel = machine.launch};
  const auto together = machine.flat({{"main", {{0, sim::Call{0, 1}}}}}, {{"both", machine.both}}, slow_host);
  EXPECT_EQ(machine.total(together.script.streams[0]), 2 * machine.launch.ticks);
  const auto apart = machine.flat({{"main", {{0, sim::Call{0, 1}}, {0, sim::Call{1, 1}}}}},
                                  {{"long", {machine.both[0]}}, {"short", {machine.both[1]}}}, slow_host);
  EXPECT_EQ(machine.total(apart.script.streams[0]), machine.longer.ticks + machine.launch.ticks);
}

TEST(Flatten, TheDeviceWaitsBetweenKernelsHoweverFarAheadTheCpuIs) {
  const HostAndDevice machine;
  const auto gaps = machine.flat({{"main", machine.both}}, {}, {.launch_gap = 7_us});
  EXPECT_EQ(machine.total(gaps.script.streams[0]), (machine.longer + machine.shorter + 14_us).ticks);
}

TEST(Flatten, BlockingLaunchesAddUp) {
  const HostAndDevice machine;
  const auto blocking =
      machine.flat({{"main", machine.both}}, {}, {.host_per_kernel = 30_us, .launch_gap = 7_us, .blocking_launches = true});
  EXPECT_EQ(machine.total(blocking.script.streams[0]), (machine.longer + machine.shorter + 74_us).ticks);
}

TEST(Flatten, ACollectiveIsLaunchedToo) {
  const HostAndDevice machine;
  const sim::Collect whole{sim::CollectiveKind::all_reduce, 100, sim::DataType::fp16, 0};
  const auto result = machine.flat({{"main", {machine.both[0], {1, whole}}}}, {}, {.launch_gap = 7_us});
  EXPECT_EQ(machine.total(result.script.streams[0]), (machine.longer + 14_us).ticks);
}

TEST(Flatten, WorkKnowsWhatItIsBoundBy) {
  // A norm is bound by memory, measured times by arithmetic; where the host takes longer, the rest is slack.
  const Flat flat;
  const sim::Duration norm = flat.times.duration(test::layer_norm);
  const std::vector<sim::Stream> streams{{"main", {{0, sim::Compute{test::layer_norm}}, busy(0, norm), busy(1, 1_us)}}};
  const auto result = flat(streams);
  EXPECT_EQ(result.script.mixes, (std::vector<sim::Mix>{{.memory = 0.5}, {}}));
  EXPECT_EQ(result.script.streams[0][0].target, 0U);
  EXPECT_EQ(result.script.streams[0][1].target, 1U);
  EXPECT_EQ(flat(streams, {}, {.host_per_kernel = norm * 4}).script.mixes, (std::vector<sim::Mix>{{.memory = 0.25, .slack = 0.5}, {}}));
}

TEST(Flatten, WaitsCountTheRecordsOfTheirEvent) {
  // The k-th wait of a stream for an event needs the event k times, each stream counting for itself.
  const std::vector<sim::Operation> waits{{0, sim::Wait{0}}, {0, sim::Wait{2}}, {0, sim::Wait{0}}};
  const auto result = Flat{}({{"main", {{0, sim::Record{0}}, {0, sim::Record{2, sim::Record::When::begun}}}}, {"a", waits}, {"b", waits}});
  EXPECT_EQ(written(result.script.streams[0]), "record of 0; record_begun of 2");
  EXPECT_EQ(written(result.script.streams[1]), "wait of 0 1; wait of 2 1; wait of 0 2");
  EXPECT_EQ(written(result.script.streams[2]), "wait of 0 1; wait of 2 1; wait of 0 2");
  EXPECT_EQ(result.script.events, 3U);
}

TEST(Flatten, EqualCommunicationsAreOneSlot) {
  const sim::Collect whole{sim::CollectiveKind::all_reduce, 100, sim::DataType::fp16, 0};
  sim::Collect wide = whole;
  wide.type = sim::DataType::fp32;
  const auto result = Flat{}({{"main", {{1, whole}, {1, wide}, {1, whole}, {1, sim::Send{{8}, 1, 0}}, {1, sim::Send{{8}, 1, 7}}}},
                              {"side", {{1, sim::Send{{8}, 1, 0}}, {1, sim::Receive{{8}, 1, 0}}}}});
  EXPECT_EQ(written(result.script.streams[0]),
            "join label 1 of 0; join label 1 of 1; join label 1 of 0; join label 1 of 2; join label 1 of 3");
  EXPECT_EQ(written(result.script.streams[1]), "join label 1 of 2; join label 1 of 4");
  ASSERT_EQ(result.slots.size(), 5U);
  EXPECT_EQ(result.script.slots, 5U);
  EXPECT_EQ(std::get<sim::Collect>(result.slots[1]), wide);
}

TEST(Flatten, ACopyToTheHostTakesThePcieLane) {
  // 20 MB at 20 GB/s: 1 ms, in which the processor is free.
  EXPECT_EQ(written(Flat{}({{"main", {{0, sim::Copy{sim::CopyKind::to_host, {20'000'000}}}}}}).script.streams[0]),
            "pause label 0 1000000000");
}

TEST(Flatten, CopiesBesideTheDeviceTakeWhatTheHostHas) {
  // 20 MB at 40 GB/s of memory, 2 GB/s onto storage and 5 GB/s from it.
  const auto copy = [](const Flat& flat, sim::CopyKind kind) {
    return written(flat({{"main", {{0, sim::Copy{kind, {20'000'000}}}}}}).script.streams[0]);
  };
  EXPECT_EQ(copy({}, sim::CopyKind::host), "pause label 0 500000000");
  EXPECT_EQ(copy({}, sim::CopyKind::to_storage), "pause label 0 10000000000");
  EXPECT_EQ(copy({}, sim::CopyKind::from_storage), "pause label 0 4000000000");
  Flat unknown;
  unknown.host = {.link = sim::gigabytes_per_second(20)};
  EXPECT_THROW(copy(unknown, sim::CopyKind::host), sim::Error);
}

TEST(Flatten, ACopyOnTheDeviceIsAKernelThatReadsAndWrites) {
  const Flat flat;
  const sim::Kernel bytes{sim::KernelKind::elementwise, sim::DataType::int8, {20'000'000, 1, 1, 1}};
  EXPECT_EQ(written(flat({{"main", {{0, sim::Copy{sim::CopyKind::device, {20'000'000}}}}}}).script.streams[0]),
            "work label 0 " + std::to_string(flat.times.duration(bytes).ticks));
}

TEST(Flatten, AReceiveFromAnyoneIsRefused) {
  EXPECT_THROW(Flat{}({{"main", {{1, sim::Receive{{8}, 1, std::nullopt}}}}}), sim::Error);
  EXPECT_THROW(Flat{}({{"main", {{1, sim::Receive{{8}, std::nullopt, 0}}}}}), sim::Error);
}

}  // namespace
}  // namespace orrery::workloads
