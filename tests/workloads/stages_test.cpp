#include "workloads/stages.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

std::vector<std::int64_t> layers(const TrainingJob& job, const Software& software) {
  std::vector<std::int64_t> result;
  for (const Stage& stage : partition(job, software)) result.push_back(stage.layers);
  return result;
}

TrainingJob job_of(std::int64_t layer_count, int pipeline, int interleave = 1) {
  TrainingJob job = test::small_job(1, pipeline, 1, 1);
  job.model.layers = layer_count;
  job.parallelism.interleave = interleave;
  return job;
}

TEST(Stages, MegatronTakesWhatDivides) {
  Software megatron = test::plain_software();
  EXPECT_EQ(layers(job_of(12, 4), megatron), (std::vector<std::int64_t>{3, 3, 3, 3}));
  EXPECT_EQ(layers(job_of(12, 2, 3), megatron), (std::vector<std::int64_t>{2, 2, 2, 2, 2, 2}));
  EXPECT_NE(partition_fault(job_of(13, 4), megatron), "");
  EXPECT_EQ(partition_fault(job_of(12, 4), megatron), "");
}

TEST(Stages, UniformGivesTheFirstStagesOneMore) {
  Software uniform = test::plain_software();
  uniform.stage_partition = StagePartition::uniform;
  EXPECT_EQ(layers(job_of(14, 4), uniform), (std::vector<std::int64_t>{4, 4, 3, 3}));
  EXPECT_NE(partition_fault(job_of(3, 4), uniform), "");
}

TEST(Stages, EmbeddingAndHeadCountAsALayerEach) {
  Software embeddings = test::plain_software();
  embeddings.stage_partition = StagePartition::with_embeddings;
  // 70 layers and two make 72 = 12 x 6: the ends hold 5.
  EXPECT_EQ(layers(job_of(70, 12), embeddings), (std::vector<std::int64_t>{5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5}));
}

TEST(Stages, ParametersOfAllStagesAreTheModels) {
  for (const int pipeline : {1, 2, 5, 10}) {
    TrainingJob job = job_of(10, pipeline);
    const auto stages = partition(job, test::plain_software());
    std::int64_t sum = 0;
    for (const Stage& stage : stages) sum += stage_parameters(job, stage);
    // A tied embedding is held twice where first and last stage differ.
    const std::int64_t second_copy = pipeline > 1 ? embedding_parameters(job.model) : 0;
    EXPECT_EQ(sum, parameters(job.model) + second_copy) << pipeline;
  }
}

TEST(Stages, AnUntiedTableIsHeldBesideTheEmbedding) {
  // Tied, one stage holds the table once; untied twice. On two stages both hold one, tied or not.
  for (const int pipeline : {1, 2}) {
    TrainingJob job = job_of(2, pipeline);
    job.model.tied_embeddings = false;
    std::int64_t sum = 0;
    for (const Stage& stage : partition(job, test::plain_software())) sum += stage_parameters(job, stage);
    // 2 (12 h^2 + 13 h) + 2 * 51200 h + 2048 h + 2 h with h = 1024.
    EXPECT_EQ(sum, 2 * (12 * 1024 * 1024 + 13 * 1024) + (2 * 51200 + 2048 + 2) * 1024) << pipeline;
    EXPECT_EQ(sum, parameters(job.model));
  }
}

TEST(Stages, DenseLayersOfAMixtureComeFirst) {
  TrainingJob job = job_of(10, 5);
  job.model.experts = 4;
  job.model.dense_layers = 3;
  std::vector<std::int64_t> dense;
  std::int64_t sum = 0;
  for (const Stage& stage : partition(job, test::plain_software())) {
    dense.push_back(stage.dense);
    sum += stage_parameters(job, stage);
  }
  EXPECT_EQ(dense, (std::vector<std::int64_t>{2, 1, 0, 0, 0}));
  EXPECT_EQ(sum, parameters(job.model) + embedding_parameters(job.model));
}

TEST(Stages, ARankOfAnExpertGroupHoldsItsShareOfExperts) {
  // 2 layers on a rank of tensor 2 and expert 4: half of everything, of the 8 experts of 2 * 1024 * 4096 + 5120 an eighth.
  TrainingJob job = test::small_job(2, 1, 4, 1);
  job.model.experts = 8;
  job.parallelism.expert = 4;
  const Stage stage = partition(job, test::plain_software())[0];
  const std::int64_t routed = 8 * (2 * 1024 * 4096 + 5120);
  EXPECT_EQ(expert_parameters(job.model, LayerKind::experts), routed);
  EXPECT_EQ(stage_weights(job, stage).experts, 2 * routed / 8);
  EXPECT_EQ(stage_weights(job, stage).common, (parameters(job.model) - 2 * routed) / 2);
}

TEST(Stages, VocabularyIsPaddedToTheTensorGroup) {
  TrainingJob job = test::small_job(8, 1, 1, 1);
  job.model.vocabulary = 50257;
  EXPECT_EQ(padded_vocabulary(job), 51200);
  job.vocabulary_divisible_by = 64;
  EXPECT_EQ(padded_vocabulary(job), 50688);  // 99 * 512
}

TEST(Stages, AVocabularyThatIsNotPaddedLosesWhatIsLeftOver) {
  TrainingJob job = test::small_job(8, 1, 1, 1);
  job.model.vocabulary = 50257;
  job.vocabulary_divisible_by = 0;
  EXPECT_EQ(padded_vocabulary(job), 8 * 6282);
}

}  // namespace
}  // namespace orrery::workloads
