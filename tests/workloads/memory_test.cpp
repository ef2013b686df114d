#include "workloads/memory.h"

#include <gtest/gtest.h>

#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/stages.h"

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

TEST(Memory, ExpertsKeepCopiesAndTheirInnerTensors) {
  // Beside 34 sbh/t with flash attention, 16/t of it between the MLP's matrices: now two copies a token of half as wide an MLP have 2 * 8/t
  // there, and 2 bytes a copy of what they are given, on each rank of the tensor group.
  const Software flash = test::flash_software();
  TrainingJob job = korthikanti_22b();
  job.parallelism.sequence = true;
  job.model.experts = 8;
  job.model.experts_per_token = 2;
  job.model.expert_ffn = 2 * 6144;
  const double sbh = 2048.0 * 4 * 6144;
  EXPECT_NEAR(static_cast<double>(layer_activations(job, flash)), sbh * (34.0 / 8 + 2 * 2), 2);
  // Gated, three inner tensors: 2 * 12/t instead of 16/t. A shared expert: 12/t more.
  job.model.gated = true;
  job.model.shared_experts = 1;
  EXPECT_NEAR(static_cast<double>(layer_activations(job, flash)), sbh * ((34.0 + 24 + 12 - 16) / 8 + 2 * 2), 2);
}

TEST(Memory, ExpertsAreShardedOverThoseWhoHoldTheSame) {
  // ZeRO-1, 8 replicas, experts shared by 4 of them: of common weights an eighth, of experts half. Everything is 16-bit, 12 bytes a state.
  TrainingJob job = test::small_job(1, 1, 8, 1);
  job.model.experts = 8;
  job.parallelism.expert = 4;
  job.parallelism.zero = 1;
  const Stage stage = partition(job, test::plain_software())[0];
  const LocalWeights weights = stage_weights(job, stage);
  const MemoryUse use = rank_memory(job, test::plain_software(), dgx_a100().gpu, 0);
  EXPECT_EQ(use.weights.count, 2 * weights.total());
  EXPECT_NEAR(static_cast<double>(use.optimizer.count),
              12 * (static_cast<double>(weights.common) / 8 + static_cast<double>(weights.experts) / 2), 1);
}

TEST(Memory, FusedAttentionKeepsNoScores) {
  const Software flash = test::flash_software();
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

TEST(Memory, ZeroThreeShardsWeightsButForTheLayersAtHand) {
  // 2 layers of 12,596,224 weights and a rest of table, positions and last norm: a quarter of each, and whole: the rest, both layers'
  // weights, one layer's gradients.
  TrainingJob job = test::small_job(1, 1, 4, 2);
  job.parallelism.zero = 3;
  const std::int64_t layer = 12'596'224;
  const std::int64_t rest = 51'200 * 1024 + 2048 * 1024 + 2048;
  const MemoryUse use = rank_memory(job, test::plain_software(), dgx_a100().gpu, 0);
  EXPECT_EQ(use.weights.count, 2 * ((2 * layer + rest) / 4 + rest + 2 * layer));
  EXPECT_EQ(use.gradients.count, 4 * (2 * layer + rest) / 4 + 2 * (rest + layer));
  EXPECT_EQ(use.optimizer.count, 12 * (2 * layer + rest) / 4);
}

TEST(Memory, ALossInSixteenBitsNeedsNoWideLogits) {
  Software software = test::plain_software();
  software.loss_precision = LossPrecision::as_reductions;
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.reductions = sim::DataType::fp32;
  const auto wide = rank_memory(job, software, dgx_a100().gpu, 0).activations;
  job.reductions = sim::DataType::fp16;
  EXPECT_EQ((wide - rank_memory(job, software, dgx_a100().gpu, 0).activations).count, 2 * 512 * 51'200);
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

TEST(Memory, TheTwentyTwoBillionModelByHand) {
  // Full recomputation. Weights: 48 (12 h^2 + 13 h) + 51200 h + 2048 h + 2 h = 22,074,273,792, an eighth of them 2,759,284,224 a rank.
  //     weights     2 bytes each                                      5,518,568,448
  //     gradients   4                                                11,037,136,896
  //     optimizer   12                                               33,111,410,688
  //     activations 48 layers' inputs of 2 s b h = 100,663,296        4,831,838,208
  //                 the layer done again: s b h (10 + 24/8 + 106.67/8)
  //                 = 50,331,648 * 26.333                             1,325,400,064
  //                 logits: 8192 tokens * 6400 columns * (2 + 4)        314,572,800
  //     buffers                                                       2,000,000,000
  TrainingJob job = korthikanti_22b();
  job.recompute = Recompute::full;
  const MemoryUse use = training_memory(job, test::plain_software(), dgx_a100().gpu);
  EXPECT_EQ(use.weights.count, 5'518'568'448);
  EXPECT_EQ(use.gradients.count, 11'037'136'896);
  EXPECT_EQ(use.optimizer.count, 33'111'410'688);
  EXPECT_NEAR(static_cast<double>(use.activations.count), 6'471'811'072.0, 2);
  EXPECT_EQ(use.buffers.count, 2'000'000'000);
  EXPECT_NEAR(static_cast<double>(use.total().count), 58'138'927'104.0, 2);
}

TEST(Memory, SelectiveRecomputationHoldsTheScoresOfOneLayer) {
  // 48 layers of s b h / 8 * 34, once the scores s b h / 8 * 106.67, and the logits: 10,267,656,192 + 671,088,640 + 314,572,800.
  TrainingJob job = korthikanti_22b();
  job.recompute = Recompute::selective;
  job.parallelism.sequence = true;
  EXPECT_NEAR(static_cast<double>(rank_memory(job, test::plain_software(), dgx_a100().gpu, 0).activations.count), 11'253'317'632.0, 2);
}

TEST(Memory, AnInterleavedRankHoldsChunks) {
  // Rank 0 of 2, 8 layers in 2 x 2 chunks of 2 layers: the warm-up of 2 * 1 + 1 * 2 passes and one more, 5 chunks of 2 layers' inputs;
  // no head, no logits. An input is 2 * 512 * 1024 bytes, the layer done again 512 * 1024 (34 + 5 * 16 * 512 / 1024) = 74 * 2^19.
  TrainingJob job = test::small_job(1, 2, 1, 4);
  job.model.layers = 8;
  job.schedule = Schedule::interleaved;
  job.parallelism.interleave = 2;
  EXPECT_EQ(rank_memory(job, test::plain_software(), dgx_a100().gpu, 0).activations.count, 5 * 2 * (2 << 19) + 74 * (1 << 19));
}

TEST(Memory, GpipesHeadHoldsTheLogitsOfEveryMicroBatch) {
  // Rank 1 of 2 of two layers each, 4 micro-batches: 4 * 2 inputs under GPipe, 1 * 2 under 1F1B; logits are 512 * 51200 * 6 bytes.
  TrainingJob job = test::small_job(1, 2, 1, 4);
  const auto last = [&] { return rank_memory(job, test::plain_software(), dgx_a100().gpu, 1).activations.count; };
  EXPECT_EQ(last(), 1 * (2 * (2 << 19) + 512 * 51200 * 6) + 74 * (1 << 19));
  job.schedule = Schedule::gpipe;
  EXPECT_EQ(last(), 4 * (2 * (2 << 19) + 512 * 51200 * 6) + 74 * (1 << 19));
}

TEST(Memory, SinglePrecisionNeedsNoMasterAndTwiceTheActivations) {
  // 4 bytes a weight and gradient, 8 of Adam's moments; activations of 4 bytes; logits in fp32 and once more.
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.precision = sim::DataType::fp32;
  const MemoryUse use = rank_memory(job, test::plain_software(), dgx_a100().gpu, 0);
  EXPECT_EQ(use.weights.count, 4 * parameters(job.model));
  EXPECT_EQ(use.optimizer.count, 8 * parameters(job.model));
  EXPECT_EQ(use.activations.count, 2 * (2 * (2 << 19) + 74 * (1 << 19)) + 512 * 51200 * 8);
}

TEST(Memory, WhatNoMachineHoldsDoesNotWrapRound) {
  // Logits of a million micro-batches of 2^44 elements, 6 bytes each, are 1e20 bytes: more than 64 bits hold.
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.schedule = Schedule::gpipe;
  job.micro_batch = 671'088;
  job.global_batch = job.micro_batch * 1'000'000;
  const MemoryUse use = training_memory(job, test::plain_software(), dgx_a100().gpu);
  EXPECT_EQ(use.activations.count, 1'000'000'000'000'000'000);
  EXPECT_FALSE(use.fits());
}

TEST(Memory, AFaultNamesTheParts) {
  TrainingJob job = korthikanti_22b();
  EXPECT_FALSE(memory_fault(test::small_job(1, 1, 1, 1), {}, dgx_a100().gpu).has_value());
  const MemoryUse activations{.weights = {1}, .activations = {10}, .capacity = {5}, .pipeline_rank = 3};
  const auto by_activations = memory_fault(job, activations, dgx_a100().gpu);
  ASSERT_TRUE(by_activations.has_value());
  EXPECT_NE(by_activations->what.find("pipeline rank 3 needs 11 B of the 5 B"), std::string::npos) << by_activations->what;
  EXPECT_NE(by_activations->remedy.find("micro_batch"), std::string::npos);
  // Nothing to shard over one data-parallel rank.
  const MemoryUse state{.optimizer = {10}, .capacity = {5}};
  EXPECT_EQ(memory_fault(job, state, dgx_a100().gpu)->remedy.find("zero"), std::string::npos);
  job.parallelism.data = 2;
  EXPECT_NE(memory_fault(job, state, dgx_a100().gpu)->remedy.find("zero 1"), std::string::npos);
}

}  // namespace
}  // namespace orrery::workloads
