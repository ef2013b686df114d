#include "workloads/tensor_overlap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::KernelKind;

constexpr int group_size = 4;
constexpr std::int64_t own_tokens = 2048;
constexpr std::int64_t columns = 8192;

sim::Operation gather(std::int64_t parts = 1) {
  return {1, sim::Collect{CollectiveKind::all_gather, own_tokens * columns / parts, sim::DataType::fp16, 0}};
}
sim::Operation scatter(std::int64_t parts = 1) {
  return {1, sim::Collect{CollectiveKind::reduce_scatter, own_tokens * columns / parts, sim::DataType::fp16, 0}};
}
sim::Operation product(std::int64_t width, std::int64_t parts = 1) {
  return {0, sim::Compute{{KernelKind::gemm, sim::DataType::fp16, {group_size * own_tokens / parts, width, columns, 1}}}};
}

// Seconds of a program of four GPUs of a node, without what collectives take from kernels.
double seconds_of(const std::vector<sim::Operation>& main, const std::vector<sim::Operation>& beside = {}) {
  sim::Program program{
      .name = "overlap", .ranks = group_size, .labels = {"compute", "tensor"}, .communicators = {}, .blocks = {}, .roles = {}};
  program.communicators = {{.name = "tensor", .groups = {.first = 0}, .members = {{group_size, 1}}}};
  program.roles = {{.name = "all",
                    .ranks = {.first = 0, .extents = {{group_size, 1}}},
                    .events = first_overlap_event + overlap_event_count,
                    .streams = {{.name = "main", .operations = main}}}};
  if (!beside.empty()) program.roles[0].streams.push_back({.name = "tensor", .operations = beside});
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  Calibration calibration = committed::a100();
  calibration.noise.reset();
  const auto timeline = play_program(program, {test::plain_software(), calibration, committed::nccl()}, cluster, *sim::make_fluid_engine(),
                                     {}, {.interference = Conduct::Interference::none});
  return timeline.end.seconds();
}

double seconds_of(const Overlapped& overlapped) { return seconds_of(overlapped.main, overlapped.beside); }

// Products of many and of few columns: longer than a part of the collective, and shorter.
constexpr std::int64_t wide = 16'384;
constexpr std::int64_t narrow = 128;

TEST(TensorOverlap, AGatherAndItsProductTakeTheLongerOnesPartsAndOneOfTheOther) {
  // Parts of g and m seconds: the first part of the product waits for the first of the gather, after which the longer ones follow each
  // other: max(4 g + m, g + 4 m).
  const double g = seconds_of({gather(4)});
  for (const std::int64_t width : {wide, narrow}) {
    const double m = seconds_of({product(width, 4)});
    EXPECT_NEAR(seconds_of(overlap_tensor({gather(), product(width)}, 4, 0)), std::max(4 * g + m, g + 4 * m), 1e-9) << width;
  }
  EXPECT_GT(seconds_of({product(wide, 4)}), g);  // both cases were met
  EXPECT_LT(seconds_of({product(narrow, 4)}), g);
}

TEST(TensorOverlap, AProductAndItsScatterAlike) {
  const double s = seconds_of({scatter(4)});
  for (const std::int64_t width : {wide, narrow}) {
    const double m = seconds_of({product(width, 4)});
    EXPECT_NEAR(seconds_of(overlap_tensor({product(width), scatter()}, 4, 0)), std::max(4 * s + m, s + 4 * m), 1e-9) << width;
  }
}

TEST(TensorOverlap, BackwardTheGatherIsBesideTheFirstProductAndTheScatterBesideTheSecond) {
  // The input is gathered for the second product, what the first gives is scattered: max(g, m1) + max(m2, s).
  const double g = seconds_of({gather()});
  const double s = seconds_of({scatter()});
  const std::vector<std::pair<std::int64_t, std::int64_t>> widths{{wide, narrow}, {narrow, wide}};
  for (const auto& [first, second] : widths) {
    const double expected = std::max(g, seconds_of({product(first)})) + std::max(s, seconds_of({product(second)}));
    EXPECT_NEAR(seconds_of(overlap_tensor({gather(), product(first), product(second), scatter()}, 4, 0)), expected, 1e-9) << first;
  }
}

TEST(TensorOverlap, AGatherOfAGradientIsInPartsBesideTheFirstProduct) {
  const double g = seconds_of({gather(4)});
  const double m = seconds_of({product(wide, 4)});
  EXPECT_NEAR(seconds_of(overlap_tensor({gather(), product(wide), product(narrow)}, 4, 0)), g + 4 * m + seconds_of({product(narrow)}),
              1e-9);
}

TEST(TensorOverlap, PartsAddUpToTheWhole) {
  // 8,192 rows in 3 parts: 2,731, 2,731 and 2,730.
  const Overlapped overlapped = overlap_tensor({gather(), product(narrow)}, 3, 0);
  std::vector<std::int64_t> rows;
  for (const sim::Operation& operation : overlapped.main) {
    if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) rows.push_back(compute->kernel.shape[0]);
  }
  EXPECT_EQ(rows, (std::vector<std::int64_t>{2731, 2731, 2730}));
  std::int64_t elements = 0;
  for (const sim::Operation& operation : overlapped.beside) {
    if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) elements += collect->count;
  }
  EXPECT_EQ(elements, own_tokens * columns);
}

TEST(TensorOverlap, WhatFeedsNoProductStaysAsItIs) {
  const sim::Operation norm{0, sim::Compute{test::layer_norm}};
  const sim::Operation reduce{1, sim::Collect{CollectiveKind::all_reduce, 100, sim::DataType::fp16, 0}};
  const sim::Operation elsewhere{1, sim::Collect{CollectiveKind::all_gather, 100, sim::DataType::fp16, 1}};
  const std::vector<sim::Operation> plain{gather(), norm, product(wide), reduce, elsewhere, product(wide)};
  const Overlapped overlapped = overlap_tensor(plain, 4, 0);
  EXPECT_EQ(overlapped.main, plain);
  EXPECT_TRUE(overlapped.beside.empty());
}

TrainingJob overlapping_job() {
  TrainingJob job = test::small_job(4, 2, 1, 4);
  job.model.hidden = 4096;
  job.model.heads = job.model.kv_heads = 32;
  job.model.ffn = 16'384;
  job.sequence_length = 2048;
  job.parallelism.sequence = true;
  return job;
}

TrainingRun run_overlapped(const TrainingJob& job, const Software& software) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  return run_training(job, {software, committed::a100(), committed::nccl()}, cluster, *sim::make_fluid_engine(), {});
}

TEST(TensorOverlap, AWholeIterationIsFasterAndNoFasterThanItsParts) {
  const TrainingJob job = overlapping_job();
  Software software = test::flash_software();
  software.interference = false;
  const TrainingRun plain = run_overlapped(job, software);
  software.overlap_tensor = true;
  const TrainingRun overlapped = run_overlapped(job, software);
  const auto part = [](const TrainingRun& run, const std::string& name) {
    const auto found = std::ranges::find(run.iteration.breakdown, name, &std::pair<std::string, sim::Duration>::first);
    return found == run.iteration.breakdown.end() ? 0 : found->second.seconds();
  };
  EXPECT_LT(overlapped.iteration.iteration, plain.iteration.iteration);
  EXPECT_LT(part(overlapped, "tensor"), 0.7 * part(plain, "tensor"));
  EXPECT_GE(part(overlapped, "compute"), part(plain, "compute"));  // products in parts are no faster
}

TEST(TensorOverlap, WithoutSequenceParallelismNothingChanges) {
  TrainingJob job = overlapping_job();
  job.parallelism.sequence = false;
  Software software = test::flash_software();
  const sim::Program plain = training_program(job, software);
  software.overlap_tensor = true;
  EXPECT_EQ(training_program(job, software), plain);
}

TEST(TensorOverlap, SplitBackwardPassesAreRefused) {
  TrainingJob job = overlapping_job();
  job.schedule = Schedule::zb_h1;
  job.recompute = Recompute::none;
  Software software = test::flash_software();
  const topology::ClusterSpec cluster{.node = committed::dgx_a100(), .nodes = 1, .fabric = {}};
  EXPECT_TRUE(validate_job(job, software, cluster).empty());
  software.overlap_tensor = true;
  ASSERT_EQ(validate_job(job, software, cluster).size(), 1U);
  EXPECT_EQ(validate_job(job, software, cluster)[0].place, "/workload/schedule");
}

}  // namespace
}  // namespace orrery::workloads
