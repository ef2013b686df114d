#include "workloads/memory.h"

#include <gtest/gtest.h>

#include "tests/committed.h"
#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

using committed::dgx_a100;

// The 22B model of Korthikanti et al.: 48 layers, hidden 6144, 64 heads, tensor 8, micro-batch 4, no pipeline: one micro-batch in flight.
TrainingJob korthikanti_22b() {
  TrainingJob job;
  job.model.layers = 48;
  job.model.hidden = 6144;
  job.model.heads = job.model.kv_heads = 64;
  job.model.ffn = 4 * 6144;
  job.sequence_length = 2048;
  job.micro_batch = 4;
  job.global_batch = 4;
  job.parallelism.tensor = 8;
  return job;
}

std::int64_t layer_activations(TrainingJob job, const Software& software = test::plain_software()) {
  // Of layers alone: the difference between 48 layers and 47 is one layer.
  const auto more = rank_memory(job, software, dgx_a100().gpu, 0).activations;
  --job.model.layers;
  return (more - rank_memory(job, software, dgx_a100().gpu, 0).activations).count;
}

TEST(Memory, ActivationsFollowKorthikanti) {
  const double sbh = 2048.0 * 4 * 6144;
  const double scores = 5.0 * 64 * 2048 / 6144;
  TrainingJob job = korthikanti_22b();
  EXPECT_NEAR(static_cast<double>(layer_activations(job)), sbh * (10 + 24.0 / 8 + scores / 8), 2);
  job.parallelism.sequence = true;
  EXPECT_NEAR(static_cast<double>(layer_activations(job)), sbh / 8 * (34 + scores), 2);
  job.recompute = Recompute::selective;
  EXPECT_NEAR(static_cast<double>(layer_activations(job)), sbh / 8 * 34, 2);
  job.recompute = Recompute::full;
  EXPECT_NEAR(static_cast<double>(layer_activations(job)), sbh / 8 * 2, 2);
  job.parallelism.sequence = false;
  EXPECT_NEAR(static_cast<double>(layer_activations(job)), sbh * 2, 2);
}

TEST(Memory, FusedAttentionKeepsNoScores) {
  Software flash = test::plain_software();
  flash.fused_attention = true;
  EXPECT_NEAR(static_cast<double>(layer_activations(korthikanti_22b(), flash)), 2048.0 * 4 * 6144 * (10 + 24.0 / 8), 2);
}

TEST(Memory, WeightsGradientsAndOptimizerAreBytesAParameter) {
  TrainingJob job = test::small_job(1, 1, 4, 2);
  const auto count = parameters(job.model);
  Software software = test::plain_software();
  software.gradient_type = sim::DataType::fp32;
  const MemoryUse use = rank_memory(job, software, dgx_a100().gpu, 0);
  EXPECT_EQ(use.weights.count, 2 * count);
  EXPECT_EQ(use.gradients.count, 4 * count);
  EXPECT_EQ(use.optimizer.count, 12 * count);
  EXPECT_EQ(use.total(), use.weights + use.gradients + use.optimizer + use.activations + use.buffers);
}

TEST(Memory, ZeroShardsStateByState) {
  TrainingJob job = test::small_job(1, 1, 4, 2);
  const auto whole = rank_memory(job, test::plain_software(), dgx_a100().gpu, 0);
  job.parallelism.zero = 1;
  const auto one = rank_memory(job, test::plain_software(), dgx_a100().gpu, 0);
  EXPECT_EQ(one.optimizer.count, whole.optimizer.count / 4);
  EXPECT_EQ(one.gradients, whole.gradients);
  job.parallelism.zero = 2;
  EXPECT_EQ(rank_memory(job, test::plain_software(), dgx_a100().gpu, 0).gradients.count, whole.gradients.count / 4);
}

TEST(Memory, TheFirstPipelineRankHoldsTheMostMicroBatches) {
  TrainingJob job = test::small_job(1, 4, 1, 16);
  job.model.vocabulary = 128;  // or the head's logits weigh more than layers
  job.model.max_sequence = 512;
  job.micro_batch = 1;
  EXPECT_EQ(training_memory(job, test::plain_software(), dgx_a100().gpu).pipeline_rank, 0);
}

TEST(Memory, WhatIsTooBigDoesNotFit) {
  TrainingJob job = korthikanti_22b();
  EXPECT_TRUE(training_memory(
                  [&] {
                    auto full = job;
                    full.recompute = Recompute::full;
                    return full;
                  }(),
                  test::plain_software(), dgx_a100().gpu)
                  .fits());
  job.parallelism.tensor = 1;
  EXPECT_FALSE(training_memory(job, test::plain_software(), dgx_a100().gpu).fits());
}

}  // namespace
}  // namespace orrery::workloads
