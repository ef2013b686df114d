#include "workloads/expert_routing.h"

#include <gtest/gtest.h>

#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

// 4096 tokens a rank, 8 experts, 2 a token; over `expert` ranks.
TrainingJob routed_job(int expert) {
  TrainingJob job = test::small_job(1, 1, 8, 1);
  job.sequence_length = 4096;
  job.model.experts = 8;
  job.model.experts_per_token = 2;
  job.parallelism.expert = expert;
  return job;
}

TEST(ExpertRouting, EvenTokensAreSharedOutEvenly) {
  for (const int expert : {1, 2, 4, 8}) {
    const ExpertRouting routing = expert_routing(routed_job(expert));
    EXPECT_EQ(routing.assigned, std::int64_t{4096} * 2 * expert);
    EXPECT_EQ(routing.dropped, 0);
    EXPECT_EQ(routing.fullest_rank, 4096 * 2) << expert;  // tokens of a rank times experts of a token
    EXPECT_EQ(fullest_rank_load(routed_job(expert)), 1);
  }
}

TEST(ExpertRouting, TheHottestExpertFillsItsRank) {
  // Four ranks assign 4 * 4096 * 2 = 32,768, 4096 an expert. The hottest has 6144, the other seven (32,768 - 6144) / 7 = 3803.4 each: on
  // two experts a rank 6144 + 3803.4, rounded up.
  TrainingJob job = routed_job(4);
  job.imbalance = 1.5;
  EXPECT_EQ(expert_routing(job).fullest_rank, 9948);
  EXPECT_EQ(expert_routing(job).dropped, 0);
  // One expert a rank: it alone. All experts on every rank: no rank has more than another, hot experts or not.
  job.parallelism.expert = 8;
  EXPECT_EQ(expert_routing(job).fullest_rank, 12'288);
  job.parallelism.expert = 1;
  EXPECT_EQ(expert_routing(job).fullest_rank, 8192);
}

TEST(ExpertRouting, WhatIsOverTheCapacityIsDroppedAndNothingIsLost) {
  // As above, with at most 1.25 * 4096 = 5120 an expert: 1024 of the hottest one's 6144 are dropped, the others are below.
  TrainingJob job = routed_job(4);
  job.imbalance = 1.5;
  job.capacity_factor = 1.25;
  ExpertRouting routing = expert_routing(job);
  EXPECT_EQ(routing.dropped, 1024);
  EXPECT_EQ(routing.fullest_rank, 5120 + 3804);
  // Half of the mean: every expert is full, half of all is dropped.
  job.capacity_factor = 0.5;
  routing = expert_routing(job);
  EXPECT_EQ(routing.dropped, 16'384);
  EXPECT_EQ(routing.fullest_rank, 2 * 2048);
  for (const double factor : {0.0, 0.1, 0.5, 0.99, 1.0, 1.3, 2.0, 4.0}) {
    for (const double imbalance : {1.0, 1.01, 1.7, 4.0}) {
      job.capacity_factor = factor;
      job.imbalance = imbalance;
      const ExpertRouting any = expert_routing(job);
      EXPECT_EQ(any.kept() + any.dropped, 32'768);
      EXPECT_LE(any.fullest_rank, any.kept()) << factor << " " << imbalance;
      EXPECT_GE(any.fullest_rank * 4, any.kept()) << factor << " " << imbalance;  // the fullest is at least the mean
    }
  }
}

}  // namespace
}  // namespace orrery::workloads
