#include "workloads/training_run.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/labels.h"
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
    const Watch everyone{.recorded = [](const sim::Program& of) { return first_of_roles(of); }};
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

// Two stages and two micro-batches whose passes and transfers take round times: forward 10 us on rank 0 and 20 us on rank 1 (the head),
// backward 20 us and 30 us, a transfer of 1 MiB 5 us. Nothing else is left of the iteration, and transfers take nothing
// from passes.
std::array<std::string, 2> passes_by_hand(Schedule schedule, bool blocking) {
  using namespace sim::literals;
  TrainingJob job = test::small_job(1, 2, 1, 2);
  job.model.layers = 2;
  job.schedule = schedule;
  Stack stack = stack_with(test::plain_software());
  stack.software.blocking_pipeline = blocking;
  stack.software.interference = false;
  stack.calibration.collectives.send_latency = 0_us;
  stack.calibration.collectives.send_bandwidth = sim::BytesPerSecond{(1 << 20) / 5e-6};
  sim::Program program = training_program(job, stack.software);
  const sim::Duration times[] = {10_us, 20_us, 0_us, 0_us, 10_us, 10_us};  // of layer, embedding and head, forward and backward
  for (std::size_t i = 0; i < program.blocks.size(); ++i) program.blocks[i].operations = {{0, sim::Busy{times[i]}}};
  for (sim::Role& role : program.roles) {
    std::erase_if(role.streams[0].operations, [](const sim::Operation& operation) {
      return sim::takes_time(operation) && operation.label != static_cast<std::uint8_t>(Label::pipeline_transfer);
    });
  }
  const Watch both{.recorded = [](const sim::Program& of) { return first_of_roles(of); }};
  const sim::Timeline timeline = play_program(program, stack, cluster_of(1), *sim::make_fluid_engine(), both);
  std::array<std::string, 2> passes;  // "0-10 15-25": begin and end of the passes of each rank in us
  for (const sim::Span& span : timeline.spans) {
    if (span.label != static_cast<std::uint8_t>(Label::compute)) continue;
    std::string& text = passes[sim::index(span.actor)];
    const auto microseconds = [](sim::Time time) { return std::to_string(std::lround(time.seconds() * 1e6)); };
    text += (text.empty() ? "" : " ") + microseconds(span.begun) + "-" + microseconds(span.ended);
  }
  return passes;
}

TEST(TrainingRun, ABlockingPipelineWaitsForItsSendsAndPostsItsReceivesLate) {
  // 1F1B. Rank 0: F0 to 10, sends to 15; F1 to 25, whose receive is posted at 65 only, when rank 1 is through with F0 and B0 (15-65): both
  // directions move 65-70. Rank 0 does B0 70-90, rank 1 F1 70-90 and B1 90-120, which arrives at 125: B1 125-145.
  EXPECT_EQ(passes_by_hand(Schedule::one_f_one_b, true), (std::array<std::string, 2>{"0-10 15-25 70-90 125-145", "15-65 70-120"}));
  // GPipe. Rank 1: F0 15-35; F1, made at 25, is asked for at 35 and arrives at 40; F1 40-60, B0 60-90, whose send is waited for until 95;
  // B1 95-125 arrives at 130. Rank 0: B0 95-115, B1 130-150.
  EXPECT_EQ(passes_by_hand(Schedule::gpipe, true), (std::array<std::string, 2>{"0-10 15-25 95-115 130-150", "15-35 40-90 95-125"}));
}

TEST(TrainingRun, AnOverlappingPipelineWaitsForItsInputsAlone) {
  // 1F1B. Rank 0: F0 to 10, F1 to 20, arriving at 15 and 25. Rank 1: F0 and B0 15-65, F1 and B1 65-115. B0 arrives at 70, B1 at 120.
  EXPECT_EQ(passes_by_hand(Schedule::one_f_one_b, false), (std::array<std::string, 2>{"0-10 10-20 70-90 120-140", "15-65 65-115"}));
  // GPipe. Rank 1: F0 15-35, F1 and B0 35-85, B1 85-115; they arrive at 90 and 120.
  EXPECT_EQ(passes_by_hand(Schedule::gpipe, false), (std::array<std::string, 2>{"0-10 10-20 90-110 120-140", "15-35 35-85 85-115"}));
}

TEST(TrainingRun, TheStacksFittedNumbersReachTheMachine) {
  // A GPU alone is compute from end to end: a quarter slower, a quarter longer (but for rounding up each kernel). With a tenth of a
  // second a launch, which no kernel of this job needs, as many tenths as kernels.
  const TrainingJob job = test::small_job(1, 1, 1, 1);
  const double plain = run(job, test::plain_software(), 1).iteration.iteration.seconds();
  Software slow = test::plain_software();
  slow.compute_slowdown = 1.25;
  EXPECT_NEAR(run(job, slow, 1).iteration.iteration.seconds() / plain, 1.25, 1e-6);
  Software slow_host = test::plain_software();
  slow_host.host_per_kernel = sim::Duration::from_seconds(0.1);
  const TrainingRun launched = run(job, slow_host, 1);
  std::int64_t kernels = 0;
  for (const sim::Operation& operation : launched.program.roles[0].streams[0].operations) {
    const auto* call = std::get_if<sim::Call>(&operation.action);
    const auto body = [&] { return std::ssize(launched.program.blocks[static_cast<std::size_t>(call->block)].operations) * call->times; };
    kernels += call != nullptr ? body() : 1;
  }
  EXPECT_EQ(launched.iteration.iteration, sim::Duration::from_seconds(0.1) * kernels);
}

double share(const IterationResult& result, std::string_view name) {
  for (const auto& [part, duration] : result.breakdown) {
    if (part == name) return duration.seconds() / result.iteration.seconds();
  }
  return 0;
}

TEST(TrainingRun, TheBubbleOfAnUntiedModelIsTheClosedForm) {
  // A Llama-like model has no second copy of its table to sum and no positions: the last stage holds a final norm more than the first,
  // ends last and waits for the others in the norm of the gradients. Of m + p - 1 = 15 equal turns it waits for 3; its 400 million weights
  // are updated in some 10 ms of 5 s.
  TrainingJob job = test::small_job(1, 4, 1, 12);
  job.model.vocabulary = 128;
  job.model.hidden = 4096;
  job.model.heads = job.model.kv_heads = 32;
  job.model.ffn = 11008;
  job.model.gated = true;
  job.model.norm = Norm::rms_norm;
  job.model.tied_embeddings = false;
  job.sequence_length = 2048;
  job.micro_batch = 8;
  job.global_batch *= 8;
  const Software software = test::flash_software();
  const IterationResult result = run(job, software, 1).iteration;
  EXPECT_NEAR(share(result, "pipeline_bubble"), 3.0 / 15, 0.01);
  EXPECT_LT(share(result, "optimizer"), 0.01);
  EXPECT_LT(share(result, "data"), 0.001);
  EXPECT_EQ(result.bottleneck, "compute");
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
  const bool is_long = random() % 4 == 0;  // long enough that attention dominates; in memory as flash attention alone
  if (is_long) {
    job.sequence_length = job.model.max_sequence = pick({8192, 16384, 32768, 65536});
    job.model.vocabulary = 1024;
    job.global_batch /= job.micro_batch;
    job.micro_batch = 1;
  }
  software.fused_attention = is_long || random() % 2 == 0;
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
    // Published FLOPs count the masked half of attention, which nothing computes.
    if (job.sequence_length == 512) {
      EXPECT_LE(result.training.hfu, 1) << i;
    }
  }
}

TEST(TrainingRun, APlayThatCannotGoOnSaysWhoIsCutOff) {
  // Two nodes on one switch; the NIC that the pipeline's second stage receives by dies on the way.
  const Stack stack = stack_with(test::plain_software());
  const TrainingJob job = test::small_job(8, 2, 1, 4);
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const auto engine = sim::make_fluid_engine();
  const sim::Duration healthy = run_training(job, stack, cluster, *engine, {}).iteration.iteration;
  Conduct conduct;
  conduct.condition = {.link_changes = {{sim::Time{healthy.ticks / 2}, cluster.fabric().link("node1/nic3 -> switch"), 0}},
                       .reroute = sim::Duration{}};
  try {
    run_training(job, stack, cluster, *engine, {}, conduct);
    FAIL() << "came to its end";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.kind(), sim::ErrorKind::infeasible);
    EXPECT_NE(std::string(error.what()).find("between them has a dead link; revive a link"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("node1/nic3"), std::string::npos) << error.what();
  }
  // With the cable back before routes follow, it goes on.
  conduct.condition.link_changes.push_back({sim::Time{healthy.ticks / 2 + 1'000'000}, conduct.condition.link_changes[0].link, 1});
  conduct.condition.reroute = healthy;
  EXPECT_GE(run_training(job, stack, cluster, *engine, {}, conduct).iteration.iteration, healthy);
}

}  // namespace
}  // namespace orrery::workloads
