// Attention of sequences that ranks share, listed by hand.
//
// 2 sequences of 1024 tokens over 4 ranks: 512 tokens each; hidden 512, 8 heads of 64, 4 of keys and values: 512 columns of queries, 512 of
// keys and values together.
#include "workloads/context_operations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/labels.h"
#include "workloads/memory.h"
#include "workloads/training_program.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

TrainingJob context_job(ContextMethod method, int context, int tensor = 1, int data = 1) {
  TrainingJob job = test::small_job(tensor, 1, data, 1);
  job.model.hidden = 512;
  job.model.heads = 8;
  job.model.kv_heads = 4;
  job.model.ffn = 2048;
  job.sequence_length = 1024;
  job.micro_batch = 2;
  job.global_batch = 2 * data;
  job.recompute = Recompute::none;
  job.parallelism.context = context;
  job.context_method = method;
  return job;
}

// Attention's lines of a pass through a layer: what is neither a product nor a norm nor of the MLP.
std::string lines_of(const TrainingJob& job, bool backward) {
  std::vector<sim::Operation> operations;
  const ContextAttention attention(job, 3);
  if (backward) {
    attention.backward(operations);
  } else {
    attention.forward(operations);
  }
  sim::Program program = training_program(job, test::flash_software());
  program.blocks = {{"attention", operations}};
  program.roles.clear();
  return test::lines_of_block(program, "attention");
}

TEST(ContextOperations, KeysAndValuesComeTogether) {
  // 512 tokens * 512 columns = 262,144 elements a rank. Causal: of 1024 keys a query sees half in the mean. 2 * 8 heads.
  const TrainingJob job = context_job(ContextMethod::all_gather, 4);
  EXPECT_EQ(lines_of(job, false),
            "\n"
            "context: all_gather fp16 262144 context\n"
            "attention_block fp16 heads=16 queries=256 keys=512 head_dimension=64\n");
  EXPECT_EQ(lines_of(job, true),
            "\n"
            "context: all_gather fp16 262144 context\n"
            "attention_block_backward fp16 heads=16 queries=256 keys=512 head_dimension=64\n"
            "context: reduce_scatter fp16 262144 context\n");
}

TEST(ContextOperations, UlyssesGivesEachRankSomeHeads) {
  // Queries, keys and values: 512 * 1024 elements; one rank's 2 of 8 heads over all tokens; and 512 * 512 of what comes out.
  const TrainingJob job = context_job(ContextMethod::ulysses, 4);
  EXPECT_EQ(lines_of(job, false),
            "\n"
            "context: all_to_all fp16 524288 context\n"
            "elementwise fp16 elements=524288 reads=1 writes=1\n"
            "attention fp16 batch=2 heads=2 sequence=1024 head_dimension=64\n"
            "context: all_to_all fp16 262144 context\n"
            "elementwise fp16 elements=262144 reads=1 writes=1\n");
  EXPECT_EQ(lines_of(job, true),
            "\n"
            "context: all_to_all fp16 262144 context\n"
            "elementwise fp16 elements=262144 reads=1 writes=1\n"
            "attention_backward fp16 batch=2 heads=2 sequence=1024 head_dimension=64\n"
            "context: all_to_all fp16 524288 context\n"
            "elementwise fp16 elements=524288 reads=1 writes=1\n");
}

TEST(ContextOperations, ARingGoesRoundBesideItsKernels) {
  // Two ranks of 512 tokens a sequence; 1024 tokens together.
  const TrainingJob job = context_job(ContextMethod::ring, 2);
  EXPECT_EQ(lines_of(job, false),
            "\n"
            "record 14\n"
            "attention fp16 batch=2 heads=8 sequence=512 head_dimension=64\n"
            "wait 15\n"
            "attention_block fp16 heads=16 queries=512 keys=256 head_dimension=64\n"
            "elementwise fp16 elements=524288 reads=2 writes=1\n");
  EXPECT_EQ(lines_of(job, true),
            "\n"
            "record 14\n"
            "attention_backward fp16 batch=2 heads=8 sequence=512 head_dimension=64\n"
            "record 16\n"
            "wait 15\n"
            "attention_block_backward fp16 heads=16 queries=512 keys=256 head_dimension=64\n"
            "elementwise fp16 elements=524288 reads=2 writes=1\n"
            "wait 17\n"
            "elementwise fp16 elements=524288 reads=2 writes=1\n"
            "record 16\n"
            "wait 17\n");
}

TEST(ContextOperations, EveryMethodHasTheSameScoresToDo) {
  // Causal: s^2 / 2 scores of each of 16 heads, a C-th on each rank. A causal kernel counts its whole square, of which it does half.
  for (const int context : {2, 4, 8}) {
    for (const ContextMethod method : {ContextMethod::all_gather, ContextMethod::ring, ContextMethod::ulysses}) {
      TrainingJob job = context_job(method, context);
      job.model.kv_heads = 8;
      std::vector<sim::Operation> operations;
      ContextAttention(job, 3).forward(operations);
      double scores = 0;
      for (const sim::Operation& operation : operations) {
        const auto* compute = std::get_if<sim::Compute>(&operation.action);
        if (compute == nullptr) continue;
        const double flops = sim::flops(compute->kernel).count;
        scores += flops / (4 * 64) / (compute->kernel.kind == sim::KernelKind::attention ? 2 : 1);
      }
      EXPECT_EQ(scores, 16.0 * 1024 * 1024 / 2 / context) << context << " " << static_cast<int>(method);
    }
  }
}

// Bytes that the ranks of a context group together receive in a layer, forward and backward, by the definition of each operation.
double received_a_layer(const TrainingJob& job) {
  const double ranks = job.parallelism.context;
  double bytes = 0;
  const sim::Program program = training_program(job, test::flash_software());
  const double layer_passes = static_cast<double>(job.model.layers * job.micro_batches());
  for (const sim::Role& role : program.roles) {
    for (const sim::Stream& stream : role.streams) {
      for (const sim::Operation& operation : stream.operations) {
        const auto* call = std::get_if<sim::Call>(&operation.action);
        if (call == nullptr) continue;
        for (const sim::Operation& inner : program.blocks[static_cast<std::size_t>(call->block)].operations) {
          if (inner.label != number(Label::context)) continue;
          const double times = static_cast<double>(call->times * role.ranks.size()) / layer_passes;
          if (const auto* receive = std::get_if<sim::Receive>(&inner.action)) bytes += times * static_cast<double>(receive->bytes.count);
          const auto* collect = std::get_if<sim::Collect>(&inner.action);
          if (collect == nullptr) continue;
          const double whole = collect->kind == sim::CollectiveKind::all_to_all ? 1 / ranks : 1;
          bytes += times * 2 * static_cast<double>(collect->count) * whole * (ranks - 1);
        }
      }
    }
  }
  return bytes;
}

TEST(ContextOperations, BytesALayerAreThoseOfTheClosedForms) {
  // 2 bytes an element; b s = 2048 tokens; queries 512 columns, keys 256, as many values.
  for (const double ranks : {2.0, 4.0}) {
    const int context = static_cast<int>(ranks);
    const double key_values = 2048 * 2.0 * 256 * 2;
    EXPECT_EQ(received_a_layer(context_job(ContextMethod::all_gather, context)), 3 * (ranks - 1) * key_values);
    EXPECT_EQ(received_a_layer(context_job(ContextMethod::ring, context)), (2 * (ranks - 1) + ranks) * key_values);
    EXPECT_EQ(received_a_layer(context_job(ContextMethod::ulysses, context)), 2 * (ranks - 1) / ranks * 2048 * 2 * (2.0 * 512 + 2 * 256));
  }
}

TEST(ContextOperations, ProgramsAreValidReadBackAndPlay) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const Stack stack{test::flash_software(), committed::a100(), committed::nccl()};
  for (const ContextMethod method : {ContextMethod::all_gather, ContextMethod::ring, ContextMethod::ulysses}) {
    for (const auto& [context, tensor, data] : {std::tuple{2, 1, 1}, {4, 1, 2}, {3, 2, 2}, {2, 2, 4}, {4, 1, 4}}) {
      for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
        TrainingJob job = context_job(method, context, tensor, data);
        job.model.heads = job.model.kv_heads = 24;
        job.model.hidden = 24 * 64;
        job.sequence_length = 1152;
        job.recompute = recompute;
        ASSERT_TRUE(validate_job(job, test::flash_software(), cluster.spec()).empty()) << context << tensor << data;
        const sim::Program program = training_program(job, test::flash_software());
        EXPECT_NO_THROW(sim::validate(program));
        EXPECT_EQ(sim::program_from(sim::text_of(program), "text"), program);
        EXPECT_GT(run_training(job, stack, cluster, *sim::make_fluid_engine(), {}).iteration.iteration.ticks, 0);
      }
    }
  }
}

TEST(ContextOperations, AFastRingHidesBehindItsKernelsAndASlowOneDoesNot) {
  // Long sequences on a node: blocks go round while kernels are at work, so that nothing is waited for. Over NICs of a thousandth the rate,
  // an iteration takes what the messages take one after the other, at least.
  TrainingJob job = context_job(ContextMethod::ring, 4);
  job.sequence_length = 65'536;
  const Stack stack{test::flash_software(), committed::a100(), committed::nccl()};
  const auto context_seconds = [&](const topology::Cluster& cluster) {
    const TrainingRun run = run_training(job, stack, cluster, *sim::make_fluid_engine(), {}, {.chance = Conduct::Chance::none});
    const auto found = std::ranges::find(run.iteration.breakdown, "context", &std::pair<std::string, sim::Duration>::first);
    return std::pair{found->second.seconds(), run.iteration.iteration.seconds()};
  };
  const auto [waited, iteration] = context_seconds(topology::Cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}}));
  EXPECT_LT(waited, 0.01 * iteration);
  topology::NodeSpec slow = committed::dgx_a100();
  slow.gpus = 1;
  slow.nics = 1;
  slow.nic.bandwidth = slow.nic.bandwidth * 0.001;
  const auto [waited_long, long_iteration] = context_seconds(topology::Cluster({.node = slow, .nodes = 4, .fabric = {}}));
  // A block: 2 * 16,384 tokens * 512 columns of 2 bytes at 25 MB/s, 2 * 3 of them a layer, and 4 of gradients, which may go beside them.
  const double block = 2.0 * 16'384 * 512 * 2 / 25e6;
  EXPECT_GT(waited_long, 2 * 7 * block * 0.98);
  EXPECT_LT(waited_long, 2 * 10 * block * 1.1);
  EXPECT_GT(long_iteration, waited_long);
}

TEST(ContextOperations, ActivationsAreSharedAndBuffersAreCounted) {
  // Four ranks have a quarter of the activations of a layer, and keys and values of all of them, with gradients, while they are at work:
  // 2 * 2048 tokens * 512 columns of 2 bytes; in a ring three blocks of a quarter.
  TrainingJob alone = context_job(ContextMethod::all_gather, 1);
  alone.model.layers = 40;
  const auto activations = [](const TrainingJob& job) {
    return rank_memory(job, test::flash_software(), committed::dgx_a100().gpu, 0).activations.count;
  };
  TrainingJob job = alone;
  job.parallelism.context = 4;
  const std::int64_t block = std::int64_t{2048} / 4 * 512 * 2;
  EXPECT_EQ(activations(job), activations(alone) / 4 + 8 * block);
  job.context_method = ContextMethod::ring;
  EXPECT_EQ(activations(job), activations(alone) / 4 + 3 * block);
  job.context_method = ContextMethod::ulysses;
  EXPECT_EQ(activations(job), activations(alone) / 4);
}

TEST(ContextOperations, WeightsAreReplicatedOverContextRanks) {
  // Gradients are reduced, and ZeRO shards, over data x context ranks.
  TrainingJob job = context_job(ContextMethod::all_gather, 4, 1, 2);
  const sim::Program program = training_program(job, test::flash_software());
  EXPECT_EQ(program.ranks, 8);
  EXPECT_EQ(program.communicators[1].members, (std::vector<sim::Extent>{{8, 1}}));
  job.parallelism.zero = 1;
  TrainingJob without = context_job(ContextMethod::all_gather, 1, 1, 8);
  without.parallelism.zero = 1;
  const auto optimizer = [](const TrainingJob& of) {
    return rank_memory(of, test::flash_software(), committed::dgx_a100().gpu, 0).optimizer;
  };
  EXPECT_EQ(optimizer(job), optimizer(without));
}

TEST(ContextOperations, AMethodWithoutRanksChangesNothing) {
  const auto program = training_program(context_job(ContextMethod::all_gather, 1, 2, 2), test::flash_software());
  EXPECT_EQ(training_program(context_job(ContextMethod::ring, 1, 2, 2), test::flash_software()), program);
  EXPECT_EQ(training_program(context_job(ContextMethod::ulysses, 1, 2, 2), test::flash_software()), program);
}

std::vector<std::string> context_faults(const TrainingJob& job, const Software& software) {
  std::vector<std::string> faults;
  for (const sim::Fault& fault : validate_job(job, software, {.node = committed::dgx_a100(), .nodes = 2, .fabric = {}})) {
    faults.push_back(fault.place + ": " + fault.what);
    EXPECT_FALSE(fault.remedy.empty());
  }
  return faults;
}

TEST(ContextOperations, JobsThatCannotShareSequencesAreRefused) {
  using Texts = std::vector<std::string>;
  const std::string place = "/workload/parallelism/context: ";
  EXPECT_EQ(context_faults(context_job(ContextMethod::ring, 4), test::plain_software()),
            Texts{place + "sequences are shared by fused attention alone, which plain has not"});
  TrainingJob job = context_job(ContextMethod::ring, 4);
  job.sequence_length = 1020;
  EXPECT_EQ(context_faults(job, test::flash_software()),
            Texts{place + "1020 tokens of a sequence do not divide into two parts for each of 4 context ranks"});
  job.context_method = ContextMethod::ulysses;
  EXPECT_EQ(context_faults(job, test::flash_software()), Texts{});
  job.sequence_length = 1022;
  EXPECT_EQ(context_faults(job, test::flash_software()), Texts{place + "1022 tokens of a sequence do not divide by context 4"});
  EXPECT_EQ(context_faults(context_job(ContextMethod::ulysses, 4, 2), test::flash_software()),
            Texts{place + "Ulysses divides heads by context x tensor = 8; there are 8, 4 of keys and values"});
  // 12 tokens a rank do not divide by tensor 8.
  job = context_job(ContextMethod::ring, 2, 8);
  job.model.kv_heads = 8;
  job.sequence_length = 24;
  job.parallelism.sequence = true;
  EXPECT_EQ(context_faults(job, test::flash_software()),
            Texts{"/workload/parallelism/tensor: 12 tokens of a context rank do not divide by tensor 8"});
}

}  // namespace
}  // namespace orrery::workloads
