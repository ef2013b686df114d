#include "workloads/pipeline_pace.h"

#include <gtest/gtest.h>

namespace orrery::workloads {
namespace {

using Transfers = PipelineOrder::Transfers;

TrainingJob pipeline_job(Schedule schedule, int ranks, int interleave = 1) {
  TrainingJob job;
  job.schedule = schedule;
  job.parallelism.pipeline = ranks;
  job.parallelism.interleave = interleave;
  return job;
}

PipelineTimes played(const TrainingJob& job, std::int64_t micro_batches, Transfers transfers, std::int64_t a_transfer,
                     const std::vector<std::int64_t>& passes = {2, 3, 0}) {
  const auto ranks = static_cast<std::size_t>(job.parallelism.pipeline);
  const std::vector<int> kinds(ranks * static_cast<std::size_t>(job.parallelism.interleave), 0);
  PipelineTimes times;
  std::vector<std::int64_t> scratch;
  PipelineOrder(job, micro_batches, kinds, transfers).play(passes, std::vector<std::int64_t>(2 * ranks, a_transfer), times, scratch);
  return times;
}

TEST(PipelinePace, EqualStagesWithoutTransfersAreTheTextbooks) {
  // (m + p - 1) (F + B), whichever comes first; with v chunks of F and B each, (m v + p - 1) (F + B).
  for (const Schedule schedule : {Schedule::one_f_one_b, Schedule::gpipe}) {
    EXPECT_EQ(played(pipeline_job(schedule, 4), 7, Transfers::blocking, 0).ranks.front().end, 10 * 5);
    EXPECT_EQ(played(pipeline_job(schedule, 1), 7, Transfers::blocking, 0).ranks.front().end, 7 * 5);
  }
  EXPECT_EQ(played(pipeline_job(Schedule::interleaved, 4, 3), 8, Transfers::blocking, 0).ranks.front().end, (8 * 3 + 3) * 5);
}

TEST(PipelinePace, SplitBackwardPassesLeaveTheBubblesOfTheirSchedules) {
  // F = B = W = 2 on 3 ranks: m (F + B + W) + (p - 1) (F + B - W), and for H2 (p - 1) F (workloads/schedule.h).
  EXPECT_EQ(played(pipeline_job(Schedule::zb_h1, 3), 9, Transfers::beside, 0, {2, 2, 2}).ranks.front().end, 9 * 6 + 2 * 2);
  const PipelineTimes h2 = played(pipeline_job(Schedule::zb_h2, 3), 9, Transfers::beside, 0, {2, 2, 2});
  EXPECT_EQ(std::max(h2.ranks.front().end, h2.ranks.back().end), 9 * 6 + 2 * 2);
}

TEST(PipelinePace, TransfersBesidePassesAreWaitedForWhereTheyAreNeeded) {
  // Two ranks, two micro-batches, F = 2, B = 3, a transfer 1.
  //   rank 0   F0 0-2, F1 2-4                 B0 9-12           B1 14-17
  //   rank 1            F0 3-5, B0 5-8, F1 8-10, B1 10-13
  const PipelineTimes times = played(pipeline_job(Schedule::one_f_one_b, 2), 2, Transfers::beside, 1);
  EXPECT_EQ(times.ranks[0].end, 17);
  EXPECT_EQ(times.ranks[1].end, 13);
  EXPECT_EQ(times.ranks[0].transfers, 2);  // the last of what it waited for B0, and for B1
  EXPECT_EQ(times.ranks[1].transfers, 1);
  EXPECT_EQ(times.completions, (std::vector<std::int64_t>{14, 10}));
}

TEST(PipelinePace, TransfersThatBlockHoldBothSidesUp) {
  // The same. Rank 1 posts its receive of F1 when it is done with B0, and rank 0 waits for that; B0 goes back at the same time.
  //   rank 0   F0 0-2, sends to 3, F1 3-5, sends 8-9, B0 9-12, waits, B1 15-18
  //   rank 1   F0 3-5, B0 5-8, exchanges to 9, F1 9-11, B1 11-14, sends 14-15
  const PipelineTimes times = played(pipeline_job(Schedule::one_f_one_b, 2), 2, Transfers::blocking, 1);
  EXPECT_EQ(times.ranks[0].end, 18);
  EXPECT_EQ(times.ranks[1].end, 15);
}

TEST(PipelinePace, TheSlowestStageSetsThePace) {
  // Three ranks of F + B = 5, 5 and 8: each further micro-batch takes 8.
  const TrainingJob job = pipeline_job(Schedule::one_f_one_b, 3);
  const std::vector<int> kinds{0, 0, 1};
  const std::vector<std::int64_t> passes{2, 3, 0, 3, 5, 0};
  const std::vector<std::int64_t> transfers(6, 0);
  PipelineTimes few;
  PipelineTimes many;
  std::vector<std::int64_t> scratch;
  PipelineOrder(job, 6, kinds, Transfers::blocking).play(passes, transfers, few, scratch);
  PipelineOrder(job, 16, kinds, Transfers::blocking).play(passes, transfers, many, scratch);
  // Down to it, all its passes, and up again.
  EXPECT_EQ(few.ranks.front().end, 2 + 2 + 6 * 8 + 3 + 3);
  EXPECT_EQ(many.ranks.front().end - few.ranks.front().end, 10 * 8);
}

}  // namespace
}  // namespace orrery::workloads
