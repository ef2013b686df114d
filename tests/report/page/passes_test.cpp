#include "report/page/passes.h"

#include <gtest/gtest.h>

#include <map>

#include "scenarios/scenario.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "workloads/kernel_times.h"
#include "workloads/labels.h"
#include "workloads/training_run.h"

namespace orrery::report {
namespace {

using workloads::Label;
using workloads::number;

sim::Operation kernel() { return {number(Label::compute), sim::Compute{{sim::KernelKind::gemm, sim::DataType::fp16, {8, 8, 8, 1}}}}; }
sim::Operation sum(Label label) { return {number(label), sim::Collect{sim::CollectiveKind::all_reduce, 8, sim::DataType::fp16, 0}}; }
sim::Operation call(std::int32_t block, std::int32_t times) { return {0, sim::Call{block, times}}; }

// Two ranks that work alike. Its steps, by number: two layers forward 0 work, 1 sum, 2 work of both, 3 sum, 4 work; 5 event; a pass with
// its input 6, 7 work, 8 sum, 9 work; back 10 sum, 11 work; 12 a sum across stages.
sim::Program two_ranks() {
  sim::Program program{.name = "two", .ranks = 2};
  program.labels.assign(workloads::label_names.begin(), workloads::label_names.end());
  program.communicators = {{.name = "both", .groups = {.first = 0}, .members = {{2, 1}}}};
  program.blocks = {{"layer_forward", {kernel(), sum(Label::tensor), kernel()}}, {"layer_backward", {sum(Label::tensor), kernel()}}};
  const std::vector<sim::Operation> main = {call(0, 2), {0, sim::Record{0}}, sum(Label::pipeline_transfer),
                                            call(0, 1), call(1, 1),          sum(Label::cross_stage)};
  program.roles = {{.name = "all", .ranks = {.first = 0, .extents = {{2, 1}}}, .events = 1, .streams = {{"main", main}}}};
  sim::validate(program);
  return program;
}

// Kernels of 8 x 8 x 8 take a picosecond, larger ones three.
sim::Duration kernel_time(const sim::Kernel& kernel) { return sim::Duration{kernel.shape[0] == 8 ? 1 : 3}; }

sim::Time at(std::int64_t ticks) { return sim::Time{ticks}; }

sim::Span span(std::uint32_t step, std::int64_t begun, std::int64_t ended) {
  return {.actor = sim::ActorId{0}, .stream = 0, .label = 0, .step = step, .posted = at(begun), .begun = at(begun), .ended = at(ended)};
}

TEST(Passes, AreOfBlocksUntilSomethingElseComes) {
  sim::Timeline timeline;
  for (std::uint32_t step : {0U, 1U, 2U, 3U, 4U}) timeline.spans.push_back(span(step, 10 * step, 10 * step + 10));
  timeline.spans.push_back(span(6, 60, 61));
  for (std::uint32_t step : {7U, 8U, 9U, 10U, 11U}) timeline.spans.push_back(span(step, 10 * step, 10 * step + 9));
  timeline.spans.push_back(span(12, 150, 160));
  const Passes found = passes(two_ranks(), timeline, kernel_time, 100);
  ASSERT_EQ(found.ranks.size(), 1U);
  EXPECT_EQ(found.ranks[0].role, "all");
  std::vector<std::string> kinds;
  for (const Pass& pass : found.ranks[0].passes) kinds.push_back(found.kinds[pass.kind]);
  EXPECT_EQ(kinds, (std::vector<std::string>{"forward", "forward", "backward", "data"}));
  const std::vector<Pass>& all = found.ranks[0].passes;
  EXPECT_EQ(all[0].begun, at(0));
  EXPECT_EQ(all[0].ended, at(50));
  EXPECT_EQ(all[1].begun, at(60)) << "with its input";
  EXPECT_EQ(all[1].ended, at(99));
  EXPECT_EQ(all[2].begun, at(100));
  EXPECT_EQ(all[2].ended, at(119));
  EXPECT_EQ(all[3].begun, at(150));
}

// A forward pass of one picosecond and a backward pass of three, without anything between: one step of 80 ps.
TEST(Passes, DivideAStepInWhichOneEnds) {
  sim::Program program = two_ranks();
  sim::Operation longer = kernel();
  std::get<sim::Compute>(longer.action).kernel.shape[0] = 16;
  program.blocks = {{"layer_forward", {kernel()}}, {"layer_backward", {longer}}};
  program.roles[0].streams[0].operations = {call(0, 1), call(1, 1), sum(Label::data)};
  sim::Timeline timeline;
  timeline.spans = {span(0, 20, 100), span(1, 100, 110)};
  const Passes found = passes(program, timeline, kernel_time, 100);
  ASSERT_EQ(found.ranks[0].passes.size(), 3U);
  EXPECT_EQ(found.ranks[0].passes[0].ended, at(40));
  EXPECT_EQ(found.ranks[0].passes[1].begun, at(40));
  EXPECT_EQ(found.ranks[0].passes[1].ended, at(100));
  EXPECT_EQ(found.kinds[found.ranks[0].passes[1].kind], "backward");
  EXPECT_EQ(found.ranks[0].passes[2].begun, at(100));
}

// Twenty kernels of 1 ps every 10 ps, alternately of two labels, and room for two passes a rank: one for each half of the 200 ps.
TEST(Passes, OneStandsForManyWhereThereIsNoRoom) {
  sim::Program program = two_ranks();
  sim::Timeline timeline;
  std::vector<sim::Operation>& main = program.roles[0].streams[0].operations;
  main.clear();
  for (std::uint32_t i = 0; i < 20; ++i) {
    main.push_back(kernel());
    main.back().label = number(i % 2 == 0 ? Label::compute : Label::optimizer);
    timeline.spans.push_back(span(i, 10 * i, 10 * i + (i < 10 && i % 2 == 0 ? 2 : 1)));
  }
  timeline.end = at(199);
  const Passes found = passes(program, timeline, kernel_time, 4);
  EXPECT_TRUE(found.are_joined);
  ASSERT_EQ(found.ranks[0].passes.size(), 2U);
  EXPECT_EQ(found.kinds[found.ranks[0].passes[0].kind], "compute");
  EXPECT_EQ(found.ranks[0].passes[0].begun, at(0));
  EXPECT_EQ(found.ranks[0].passes[0].ended, at(91));
  EXPECT_EQ(found.ranks[0].passes[1].begun, at(100));
  EXPECT_EQ(found.ranks[0].times.front(), sim::Duration{15}) << "of all of them";
  EXPECT_EQ(found.ranks[0].times.back(), sim::Duration{10});
  EXPECT_FALSE(passes(program, timeline, kernel_time, 40).are_joined);
}

TEST(Passes, OtherStreamsAreNotDrawn) {
  sim::Timeline timeline;
  timeline.spans = {span(0, 0, 10)};
  timeline.spans.push_back(span(1, 5, 20));
  timeline.spans.back().stream = 1;
  const Passes found = passes(two_ranks(), timeline, kernel_time, 100);
  ASSERT_EQ(found.ranks[0].passes.size(), 1U);
  EXPECT_EQ(found.ranks[0].passes[0].ended, at(10));
}

TEST(Passes, OfATraceTheBusiestStreamIsDrawn) {
  sim::Program program = two_ranks();
  program.blocks.clear();
  program.roles[0].streams = {{"host", {sum(Label::data)}}, {"device", {kernel(), sum(Label::tensor)}}};
  sim::Timeline timeline;
  timeline.spans = {span(0, 0, 10), span(0, 0, 15), span(1, 20, 30)};
  timeline.spans[1].stream = timeline.spans[2].stream = 1;
  const Passes found = passes(program, timeline, kernel_time, 100);
  ASSERT_EQ(found.ranks[0].passes.size(), 2U);
  EXPECT_EQ(found.kinds[found.ranks[0].passes[0].kind], "compute");
  EXPECT_EQ(found.ranks[0].passes[1].ended, at(30));
}

TEST(Passes, NothingRecordedIsNothingDrawn) { EXPECT_TRUE(passes(two_ranks(), {}, kernel_time, 100).ranks.empty()); }

// What engines play agrees with what is read of the Program: as many passes a stage as it has micro-batches and chunks.
class PassesOfSchedule : public testing::TestWithParam<const char*> {};

scenarios::Scenario small_job(const std::string& schedule, int interleave) {
  const std::string parallelism =
      R"(workload.parallelism={"tensor": 1, "pipeline": 4, "data": 2, "interleave": )" + std::to_string(interleave) + "}";
  return scenarios::read_scenario(std::string(ORRERY_SOURCE_DIR) + "/scenarios/examples/gpt3-175b.json",
                                  {"cluster.nodes=1", "workload.model=gpt-1.7b", "workload.global_batch=16", "workload.micro_batch=1",
                                   "workload.recompute=none", "workload.schedule=" + schedule, parallelism},
                                  committed::library());
}

workloads::TrainingRun watched(const scenarios::Scenario& scenario, std::size_t roles) {
  const auto engine = sim::make_fluid_engine();
  const workloads::Watch watch{.recorded = [roles](const sim::Program& program) { return workloads::first_of_roles(program, roles); }};
  return workloads::run_training(*scenario.training, {scenario.software, *scenario.calibration, scenario.nccl},
                                 topology::Cluster(scenario.cluster), *engine, watch);
}

TEST_P(PassesOfSchedule, AreOnePerMicroBatchAndChunk) {
  const std::string schedule = GetParam();
  const bool splits = schedule.starts_with("zb");
  const int interleave = schedule == "interleaved" ? 2 : 1;
  const scenarios::Scenario scenario = small_job(schedule, interleave);
  const workloads::TrainingRun run = watched(scenario, 100);
  const workloads::KernelTimes times(*scenario.calibration, scenario.cluster.node.gpu);
  const auto alone = [&times](const sim::Kernel& kernel) { return times.estimate(kernel).duration; };
  const Passes found = passes(run.program, run.timeline, alone, 100'000);
  ASSERT_EQ(found.ranks.size(), 4U);
  const std::size_t expected = 8 * static_cast<std::size_t>(interleave);  // 16 sequences over two replicas
  for (const RankPasses& rank : found.ranks) {
    std::map<std::string, std::size_t> counted;
    sim::Time last{};
    for (const Pass& pass : rank.passes) {
      ++counted[found.kinds[pass.kind]];
      EXPECT_GE(pass.begun, last) << rank.role;
      EXPECT_GT(pass.ended, pass.begun) << rank.role;
      last = pass.ended;
    }
    EXPECT_EQ(counted["forward"], expected) << rank.role;
    EXPECT_EQ(counted["backward"], expected) << rank.role;
    // Those of several micro-batches in a row are one.
    EXPECT_EQ(counted["weights"] > 0, splits) << rank.role;
    EXPECT_LE(counted["weights"], expected) << rank.role;
    EXPECT_LE(last, run.timeline.end);
  }
  EXPECT_EQ(passes(run.program, run.timeline, alone, 40).ranks.size(), 2U) << "no more than two stages fit, and two are the fewest";
}

TEST(Passes, AreOfTheRolesThatWereWatched) {
  const workloads::TrainingRun run = watched(small_job("1f1b", 1), 3);
  const Passes found = passes(run.program, run.timeline, kernel_time, 100'000);
  std::vector<std::string> roles;
  for (const RankPasses& rank : found.ranks) roles.push_back(rank.role);
  EXPECT_EQ(roles, (std::vector<std::string>{"stage0", "stage1", "stage3"}));
  EXPECT_EQ(found.roles, 4U);
}

INSTANTIATE_TEST_SUITE_P(Schedules, PassesOfSchedule, testing::Values("gpipe", "1f1b", "interleaved", "zb-h1", "zb-h2"),
                         [](const auto& schedule) {
                           std::string name = std::string("Of") + schedule.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace orrery::report
