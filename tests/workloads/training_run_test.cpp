#include "workloads/training_run.h"

#include <gtest/gtest.h>

#include <random>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/training_program.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

Stack stack_with(const Software& software) { return {software, committed::a100(), committed::nccl()}; }

topology::Cluster cluster_of(int nodes) { return topology::Cluster({.node = committed::dgx_a100(), .nodes = nodes, .fabric = {}}); }

TrainingRun run(const TrainingJob& job, const Software& software, int nodes) {
  const auto cluster = cluster_of(nodes);
  const auto faults = validate_job(job, software, cluster.spec());
  EXPECT_TRUE(faults.empty()) << faults.front().what;
  return run_training(job, stack_with(software), cluster, *sim::make_fluid_engine(), {});
}

TEST(TrainingRun, PipelineBubbleIsTheClosedForm) {
  // Equal stages and no cost of communication to speak of: (m + p - 1) passes of each kind. A model without head or embedding of any size,
  // and a hidden size that makes transfers small beside compute.
  TrainingJob job = test::small_job(1, 4, 1, 12);
  job.model.vocabulary = 128;
  job.model.hidden = 4096;
  job.model.ffn = 16384;
  job.micro_batch = 4;
  job.global_batch = 48;
  TrainingJob single = job;
  const double many = run(job, test::plain_software(), 1).iteration.iteration.seconds();
  single.global_batch = 4;
  const double one = run(single, test::plain_software(), 1).iteration.iteration.seconds();  // p passes of one micro-batch
  // one = p (f + b) + end; many = (m + p - 1)(f + b) + end, with transfers in both. The end is common: subtract two more points.
  single.global_batch = 8;
  const double two = run(single, test::plain_software(), 1).iteration.iteration.seconds();
  EXPECT_NEAR((many - one) / (two - one), 11, 11 * 0.02);
}

TEST(TrainingRun, InterleavingShrinksTheBubble) {
  TrainingJob job = test::small_job(1, 4, 1, 8);
  job.model.layers = 16;
  job.model.vocabulary = 128;
  const auto bubble = [](const TrainingRun& result) {
    for (const auto& [name, part] : result.iteration.breakdown) {
      if (name == "pipeline_bubble") return part.seconds();
    }
    return 0.0;
  };
  const double plain = bubble(run(job, test::plain_software(), 1));
  job.schedule = Schedule::interleaved;
  job.parallelism.interleave = 4;
  EXPECT_LT(bubble(run(job, test::plain_software(), 1)), 0.5 * plain);
}

TEST(TrainingRun, TheSameJobTwiceIsTheSameTimeline) {
  const TrainingJob job = test::small_job(2, 2, 4, 8);
  EXPECT_EQ(run(job, test::plain_software(), 2).timeline, run(job, test::plain_software(), 2).timeline);
}

TEST(TrainingRun, AProgramReadFromItsTextGivesTheSameTimeline) {
  for (const auto& [tensor, pipeline, data] : {std::tuple{2, 2, 4}, {8, 2, 1}, {1, 4, 2}}) {
    const TrainingJob job = test::small_job(tensor, pipeline, data, 6);
    const auto cluster = cluster_of(2);
    const auto stack = stack_with(test::plain_software());
    const auto program = training_program(job, stack.software);
    const sim::PlayOptions everyone{.recorded = {sim::ActorId{0}, sim::ActorId{static_cast<std::uint32_t>(program.ranks - 1)}}};
    const auto direct = play_program(program, stack, cluster, *sim::make_fluid_engine(), everyone);
    const auto from_text =
        play_program(sim::program_from(sim::text_of(program), "text"), stack, cluster, *sim::make_fluid_engine(), everyone);
    EXPECT_EQ(direct, from_text);
    EXPECT_FALSE(direct.spans.empty());
  }
}

TEST(TrainingRun, WhatDoesNotFitIsInfeasibleWithItsBreakdown) {
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.model.hidden = 16384;
  job.model.ffn = 65536;
  job.model.layers = 4;
  try {
    run(job, test::plain_software(), 1);
    FAIL() << "13 billion parameters ran on one GPU";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.kind(), sim::ErrorKind::infeasible);
    EXPECT_NE(std::string(error.what()).find("optimizer"), std::string::npos);
  }
}

// Random jobs that are valid, on up to four nodes.
TrainingJob random_job(std::mt19937_64& random, Software& software) {
  const auto pick = [&](std::initializer_list<int> choices) {
    return *(choices.begin() + static_cast<std::ptrdiff_t>(random() % choices.size()));
  };
  TrainingJob job = test::small_job(pick({1, 2, 4, 8}), pick({1, 2, 4}), pick({1, 2}), pick({1, 2, 3, 4, 8}));
  job.micro_batch = pick({1, 2});
  job.global_batch *= job.micro_batch;
  job.recompute = static_cast<Recompute>(random() % 3);
  job.parallelism.zero = pick({0, 1});
  job.parallelism.sequence = job.parallelism.tensor > 1 && random() % 2 == 0;
  if (job.parallelism.pipeline > 1 && job.micro_batches() % job.parallelism.pipeline == 0 && random() % 2 == 0) {
    job.schedule = Schedule::interleaved;
    job.parallelism.interleave = 2;
  } else if (random() % 4 == 0) {
    job.schedule = Schedule::gpipe;
  }
  software.fused_attention = random() % 2 == 0;
  software.fused_softmax = random() % 2 == 0;
  software.scatter_gather = random() % 2 == 0;
  software.blocking_pipeline = random() % 2 == 0;
  software.overlap_gradients = random() % 2 == 0;
  return job;
}

TEST(TrainingRun, NoScheduleBeatsItsBoundsAndTheBreakdownSums) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    Software software = test::plain_software();
    const TrainingJob job = random_job(random, software);
    const TrainingRun result = run(job, software, 8);
    const auto& iteration = result.iteration;
    EXPECT_GE(iteration.iteration, iteration.bounds.compute) << i;
    EXPECT_GE(iteration.iteration, iteration.bounds.memory) << i;
    EXPECT_GE(iteration.iteration, iteration.bounds.network) << i;
    sim::Duration sum{};
    for (const auto& [name, part] : iteration.breakdown) {
      EXPECT_GE(part, sim::Duration{}) << name;
      sum += part;
    }
    EXPECT_EQ(sum, iteration.iteration) << i;
    EXPECT_LE(result.training.hfu, 1) << i;
  }
}

}  // namespace
}  // namespace orrery::workloads
