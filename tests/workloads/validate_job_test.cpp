#include "workloads/validate_job.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/committed.h"
#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

// The faults of a job on two nodes, as "pointer: what".
std::vector<std::string> faults_of(const TrainingJob& job, const Software& software = test::plain_software()) {
  std::vector<std::string> faults;
  for (const sim::Fault& fault : validate_job(job, software, {.node = committed::dgx_a100(), .nodes = 2, .fabric = {}})) {
    faults.push_back(fault.place + ": " + fault.what);
    EXPECT_FALSE(fault.remedy.empty()) << fault.what;
  }
  return faults;
}

using Texts = std::vector<std::string>;

TEST(ValidateJob, ASoundJobHasNoFault) {
  EXPECT_EQ(faults_of(test::small_job(2, 4, 2, 8)), Texts{});
  EXPECT_EQ(faults_of(test::small_job(8, 1, 2, 1)), Texts{});
}

TEST(ValidateJob, DegreesMustFitTheMachine) {
  // 16 GPUs: 2 x 4 x 2 fits exactly, 2 x 4 x 3 does not.
  EXPECT_EQ(faults_of(test::small_job(2, 4, 3, 8)),
            Texts{"/workload/parallelism: tensor 2 x context 1 x pipeline 4 x data 3 is 24 GPUs, but the cluster has 16"});
}

TEST(ValidateJob, DegreesBeyondAnyMachineDoNotWrapRound) {
  // 2^20 x 2^20 x 2^20 x 2^20 = 2^80, which is 0 in 64 bits.
  TrainingJob job = test::small_job(1 << 20, 1 << 20, 1 << 20, 8);
  job.parallelism.context = 1 << 20;
  const Texts faults = faults_of(job);
  EXPECT_NE(std::ranges::find_if(faults, [](const std::string& fault) { return fault.starts_with("/workload/parallelism: "); }),
            faults.end());
}

TEST(ValidateJob, HeadsAndColumnsMustDivideByTensor) {
  TrainingJob job = test::small_job(4, 1, 1, 1);
  job.model.heads = job.model.kv_heads = 10;
  job.model.hidden = 1280;
  EXPECT_EQ(faults_of(job), Texts{"/workload/parallelism/tensor: 10 heads do not divide by tensor 4"});
}

TEST(ValidateJob, TheBatchMustDivide) {
  TrainingJob job = test::small_job(1, 1, 4, 2);
  job.global_batch = 10;
  EXPECT_EQ(faults_of(job), Texts{"/workload/global_batch: global_batch 10 does not divide by micro_batch 1 x data 4 = 4"});
}

TEST(ValidateJob, KeyValueHeadsServeEqualNumbersOfHeads) {
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.model.kv_heads = 4;
  EXPECT_EQ(faults_of(job), Texts{});
  job.model.kv_heads = 5;
  EXPECT_EQ(faults_of(job), Texts{"/workload/model: 16 heads do not divide by 5 key-value heads"});
  job.model.kv_heads = 32;
  EXPECT_EQ(faults_of(job), Texts{"/workload/model: 16 heads do not divide by 32 key-value heads"});
}

TEST(ValidateJob, SizesThatSixtyFourBitsDoNotHoldAreRefused) {
  // The vocabulary, padded to 51,200 = 25 * 2^11, is the widest: of 2^9 tokens a sequence, 2^44 / 2^9 / 51,200 = 671,088.64 sequences.
  const Software fused = test::flash_software();
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.micro_batch = job.global_batch = 671'088;
  EXPECT_EQ(faults_of(job, fused), Texts{});
  job.micro_batch = job.global_batch = 671'089;
  EXPECT_EQ(faults_of(job, fused), Texts{"/workload/micro_batch: activations of a micro-batch have more than 17 trillion (2^44) elements"});

  // Scores: 16 heads * s^2 are 2^44 at s = 2^20.
  job = test::small_job(1, 1, 1, 1);
  job.sequence_length = job.model.max_sequence = 1 << 20;
  EXPECT_EQ(faults_of(job), Texts{});
  ++job.sequence_length;
  ++job.model.max_sequence;
  EXPECT_EQ(faults_of(job), Texts{"/workload/sequence_length: attention scores of a layer have more than 17 trillion (2^44) elements"});
  EXPECT_EQ(faults_of(job, fused), Texts{});

  job = test::small_job(1, 1, 1, 1);
  job.model.layers = 10'000;
  job.model.hidden = 1'000'000;
  job.model.ffn = 4'000'000;
  EXPECT_EQ(faults_of(job), Texts{"/workload/model: weights are more than 17 trillion (2^44) elements"});
}

TEST(ValidateJob, APipelineTakesAMillionMicroBatches) {
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.global_batch = 1'000'000;
  EXPECT_EQ(faults_of(job), Texts{});
  job.global_batch = 1'000'001;
  EXPECT_EQ(faults_of(job),
            Texts{"/workload/global_batch: 1000001 micro-batches (times interleave) go through a pipeline; 1000000 are the most"});
}

TEST(ValidateJob, TheStackMustBeAbleToSplitTheLayers) {
  TrainingJob job = test::small_job(1, 4, 1, 4);
  job.model.layers = 10;
  EXPECT_EQ(faults_of(job).size(), 1U);
  Software uniform = test::plain_software();
  uniform.stage_partition = StagePartition::uniform;
  EXPECT_EQ(faults_of(job, uniform), Texts{});
}

TEST(ValidateJob, InterleavingHasItsOwnConditions) {
  TrainingJob job = test::small_job(1, 4, 1, 6);
  job.model.layers = 8;
  job.parallelism.interleave = 2;
  job.schedule = Schedule::gpipe;
  EXPECT_EQ(faults_of(job), Texts{"/workload/schedule: the schedule \"gpipe\" has no interleaving, but interleave is 2"});
  job.schedule = Schedule::interleaved;
  // Six micro-batches do not divide by four stages; eight do.
  EXPECT_EQ(faults_of(job).size(), 1U);
  job.global_batch = 8;
  EXPECT_EQ(faults_of(job), Texts{});
}

}  // namespace
}  // namespace orrery::workloads
