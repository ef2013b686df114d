// Backward passes split in two (Qi et al. 2023, arXiv 2401.10241): order, bubbles and memory by the paper's table 2.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/schedule.h"
#include "workloads/training_blocks.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

TrainingJob split_job(Schedule schedule, int pipeline, std::int64_t micro_batches, int data = 1) {
  TrainingJob job = test::small_job(1, pipeline, data, micro_batches);
  job.schedule = schedule;
  job.recompute = Recompute::none;
  return job;
}

/// How long passes take; in 1F1B a backward pass is both of its parts.
struct PassTimes {
  int forward, inputs, weights;
};

struct Waits {
  int longest_of_a_rank = 0;  // from its first pass on
  int iteration = 0;
};

// Every rank does its passes in order, each as soon as the micro-batch is there; nothing else takes time.
Waits waits_of(const TrainingJob& job, const PassTimes& times) {
  const int ranks = job.parallelism.pipeline;
  std::vector<std::vector<Slot>> order;
  for (int rank = 0; rank < ranks; ++rank) order.push_back(pipeline_schedule(job, rank));
  std::map<std::tuple<Pass, int, int>, int> done;
  std::vector<std::size_t> next(static_cast<std::size_t>(ranks), 0);
  std::vector<int> clock(static_cast<std::size_t>(ranks), 0);
  std::vector<int> start(static_cast<std::size_t>(ranks), -1);
  for (bool moved = true; moved;) {
    moved = false;
    for (int rank = 0; rank < ranks; ++rank) {
      const auto r = static_cast<std::size_t>(rank);
      if (next[r] == order[r].size()) continue;
      const Slot slot = order[r][next[r]];
      const int before = slot.pass == Pass::forward ? rank - 1 : slot.pass == Pass::backward ? rank + 1 : -1;
      int ready = 0;
      if (before >= 0 && before < ranks) {
        const auto found = done.find({slot.pass, slot.micro_batch, before});
        if (found == done.end()) continue;
        ready = found->second;
      }
      const int backward = times.inputs + (splits_backward(job) ? 0 : times.weights);
      const int takes = slot.pass == Pass::forward ? times.forward : slot.pass == Pass::backward ? backward : times.weights;
      const int begin = std::max(clock[r], ready);
      if (start[r] < 0) start[r] = begin;
      clock[r] = done[{slot.pass, slot.micro_batch, rank}] = begin + takes;
      ++next[r];
      moved = true;
    }
  }
  const int work = static_cast<int>(job.micro_batches()) * (times.forward + times.inputs + times.weights);
  Waits waits;
  for (std::size_t r = 0; r < order.size(); ++r) {
    EXPECT_EQ(next[r], order[r].size()) << "rank " << r << " is stuck";
    waits.longest_of_a_rank = std::max(waits.longest_of_a_rank, clock[r] - start[r] - work);
    waits.iteration = std::max(waits.iteration, clock[r] - work);
  }
  return waits;
}

TEST(ZeroBubble, BubblesAreThePapers) {
  for (const int p : {2, 4, 8}) {
    for (const PassTimes& t : {PassTimes{10, 10, 10}, {10, 11, 9}, {10, 12, 8}, {10, 12, 10}}) {
      const auto waits = [&](Schedule schedule) { return waits_of(split_job(schedule, p, 3 * p), t); };
      const int h1 = (p - 1) * (t.forward + t.inputs - t.weights);
      EXPECT_EQ(waits(Schedule::one_f_one_b).iteration, (p - 1) * (t.forward + t.inputs + t.weights));
      EXPECT_EQ(waits(Schedule::zb_h1).iteration, h1) << p;
      EXPECT_EQ(waits(Schedule::zb_h1).longest_of_a_rank, h1) << p;
      EXPECT_EQ(waits(Schedule::zb_h2).longest_of_a_rank, (p - 1) * (t.forward + t.inputs - 2 * t.weights)) << p;
      // Ranks begin a forward pass apart, and step together.
      EXPECT_EQ(waits(Schedule::zb_h2).iteration, (p - 1) * t.forward) << p;
    }
  }
}

TEST(ZeroBubble, TheOrderOfTwoRanksIsThatOfTheFigure) {
  // Ranks 0 and 1 of 2, 3 micro-batches.
  const auto order = [](Schedule schedule, int rank) {
    std::string text;
    for (const Slot& slot : pipeline_schedule(split_job(schedule, 2, 3), rank)) {
      text += slot.pass == Pass::forward ? " F" : slot.pass == Pass::backward ? " B" : " W";
      text += std::to_string(slot.micro_batch);
    }
    return text;
  };
  EXPECT_EQ(order(Schedule::zb_h1, 0), " F0 F1 B0 W0 F2 B1 W1 B2 W2");
  EXPECT_EQ(order(Schedule::zb_h1, 1), " F0 B0 F1 B1 W0 F2 B2 W1 W2");
  EXPECT_EQ(order(Schedule::zb_h2, 0), " F0 F1 F2 B0 W0 B1 W1 B2 W2");
  EXPECT_EQ(order(Schedule::zb_h2, 1), " F0 B0 F1 B1 F2 B2 W0 W1 W2");
}

TEST(ZeroBubble, MoreIsInFlightWithH2) {
  // In micro-batches: p on every rank with H1 (1F1B: p - rank), 2p - 1 with H2. Counted from the schedules.
  constexpr int p = 4;
  for (int rank = 0; rank < p; ++rank) {
    for (const auto& [schedule, most] : {std::pair{Schedule::one_f_one_b, p - rank}, {Schedule::zb_h1, p}, {Schedule::zb_h2, 2 * p - 1}}) {
      const TrainingJob job = split_job(schedule, p, 12);
      int held = 0;
      int peak = 0;
      for (const Slot& slot : pipeline_schedule(job, rank)) {
        held += slot.pass == Pass::forward ? 1 : slot.pass == (splits_backward(job) ? Pass::weights : Pass::backward) ? -1 : 0;
        peak = std::max(peak, held);
      }
      EXPECT_EQ(held, 0);
      EXPECT_EQ(peak, most);
      EXPECT_EQ(peak_in_flight(job, rank), most);
    }
  }
  // Few micro-batches: no more than there are.
  EXPECT_EQ(peak_in_flight(split_job(Schedule::zb_h2, p, 3), 0), 3);
}

// Sums of what a rank's main stream does, calls counted.
std::map<std::string, int> work_of(const sim::Program& program, std::size_t role) {
  std::map<std::string, int> found;
  for (const sim::Operation& operation : program.roles[role].streams[0].operations) {
    const auto* call = std::get_if<sim::Call>(&operation.action);
    if (call == nullptr) continue;
    for (const sim::Operation& inner : program.blocks[static_cast<std::size_t>(call->block)].operations) {
      if (const auto* compute = std::get_if<sim::Compute>(&inner.action)) {
        std::string name(sim::name_of(compute->kernel.kind));
        for (const std::int64_t size : compute->kernel.shape) name += " " + std::to_string(size);
        found[name] += call->times;
      } else if (std::holds_alternative<sim::Collect>(inner.action)) {
        found["collect"] += call->times;
      }
    }
  }
  return found;
}

TEST(ZeroBubble, TheSameKernelsRunInAnotherOrder) {
  for (const bool experts : {false, true}) {
    TrainingJob job = split_job(Schedule::one_f_one_b, 2, 4);
    if (experts) {
      job.model.experts = 4;
      job.model.experts_per_token = 2;
      job.model.dense_layers = 1;
    }
    const sim::Program whole = training_program(job, test::plain_software());
    for (const Schedule schedule : {Schedule::zb_h1, Schedule::zb_h2}) {
      job.schedule = schedule;
      const sim::Program split = training_program(job, test::plain_software());
      EXPECT_NO_THROW(sim::validate(split));
      EXPECT_EQ(sim::program_from(sim::text_of(split), "text"), split);
      for (const std::size_t role : {0, 1}) EXPECT_EQ(work_of(split, role), work_of(whole, role));
    }
  }
}

TEST(ZeroBubble, WeightsPassesHaveTheGradientsOfWeightsAlone) {
  // Of a GPT layer: four products, and the accumulation of 12 h^2 + 13 h gradients. Tokens 512, hidden 1024.
  const TrainingJob job = split_job(Schedule::zb_h1, 2, 4);
  const sim::Program program = training_program(job, test::plain_software());
  const auto block = std::ranges::find(program.blocks, "layer_weights", &sim::Block::name);
  ASSERT_NE(block, program.blocks.end());
  std::vector<std::array<std::int64_t, 4>> products;
  std::int64_t accumulated = 0;
  for (const sim::Operation& operation : block->operations) {
    const sim::Kernel& kernel = std::get<sim::Compute>(operation.action).kernel;
    if (kernel.kind == sim::KernelKind::gemm) {
      products.push_back(kernel.shape);
    } else {
      accumulated += kernel.shape[0];
    }
  }
  EXPECT_EQ(products, (std::vector<std::array<std::int64_t, 4>>{
                          {1024, 4096, 512, 1}, {4096, 1024, 512, 1}, {1024, 1024, 512, 1}, {3072, 1024, 512, 1}}));
  EXPECT_EQ(accumulated, 12 * 1024 * 1024 + 13 * 1024);
}

TEST(ZeroBubble, PlayedIterationsShortenByTwiceTheWeightsPass) {
  // (p - 1) (F + B + W) less (p - 1) (F + B - W), for even stages and transfers that are short: 6 W on four ranks.
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  TrainingJob job = split_job(Schedule::zb_h1, 4, 12);
  job.model.layers = 32;
  job.model.vocabulary = 128;
  job.sequence_length = 2048;
  const Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  const auto run = [&](Schedule schedule) {
    job.schedule = schedule;
    return run_training(job, stack, cluster, *sim::make_fluid_engine(), {}, {.chance = Conduct::Chance::none});
  };
  const TrainingRun h1 = run(Schedule::zb_h1);
  const KernelTimes times(committed::a100(), committed::dgx_a100().gpu);
  double weights = 0;
  for (const sim::Operation& operation : std::ranges::find(h1.program.blocks, "layer_weights", &sim::Block::name)->operations) {
    weights += 8 * times.duration(std::get<sim::Compute>(operation.action).kernel).seconds();
  }
  const double plain = run(Schedule::one_f_one_b).iteration.iteration.seconds();
  EXPECT_NEAR((plain - h1.iteration.iteration.seconds()) / (6 * weights), 1, 0.1);
  // Ranks that begin apart and end together: no iteration is shorter than its work and the way to the last rank.
  EXPECT_LT(run(Schedule::zb_h2).iteration.iteration, h1.iteration.iteration);
}

TEST(ZeroBubble, MemoryGrows) {
  // Of the first rank, which has no logits: 4 micro-batches in flight with 1F1B and H1, 7 with H2.
  const auto activations = [](Schedule schedule) {
    return rank_memory(split_job(schedule, 4, 12), test::plain_software(), committed::dgx_a100().gpu, 0).activations.count;
  };
  EXPECT_EQ(activations(Schedule::zb_h1), activations(Schedule::one_f_one_b));
  EXPECT_EQ(activations(Schedule::zb_h2) * 4, activations(Schedule::zb_h1) * 7);
}

TEST(ZeroBubble, DoesNotGoWithEverything) {
  const auto faults = [](const TrainingJob& job) {
    std::vector<std::string> found;
    for (const sim::Fault& fault : validate_job(job, test::plain_software(), {.node = committed::dgx_a100(), .nodes = 2, .fabric = {}})) {
      found.push_back(fault.place + ": " + fault.what);
    }
    return found;
  };
  using Found = std::vector<std::string>;
  TrainingJob job = split_job(Schedule::zb_h2, 2, 4);
  EXPECT_EQ(faults(job), Found{});
  job.parallelism.interleave = 2;
  EXPECT_EQ(faults(job), Found{"/workload/schedule: the schedule \"zb-h2\" has no interleaving, but interleave is 2"});
  job = split_job(Schedule::zb_h1, 2, 4);
  job.recompute = Recompute::full;
  EXPECT_EQ(faults(job), Found{"/workload/recompute: weights' gradients that come late need what full recomputation drops"});
}

}  // namespace
}  // namespace orrery::workloads
