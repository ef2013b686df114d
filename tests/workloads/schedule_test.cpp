#include "workloads/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

// "F0 F1 B0": chunks in letters after the number, "F0b" for chunk 1, where there are several.
std::string written(const TrainingJob& job, int rank) {
  std::string text;
  for (const Slot& slot : pipeline_schedule(job, rank)) {
    text += (text.empty() ? "" : " ") + std::string(slot.pass == Pass::forward ? "F" : "B") + std::to_string(slot.micro_batch);
    if (job.parallelism.interleave > 1) text += static_cast<char>('a' + slot.chunk);
  }
  return text;
}

TrainingJob job_of(int pipeline, std::int64_t micro_batches, Schedule schedule, int interleave = 1) {
  TrainingJob job = test::small_job(1, pipeline, 1, micro_batches);
  job.schedule = schedule;
  job.parallelism.interleave = interleave;
  return job;
}

TEST(Schedule, OneForwardOneBackward) {
  const TrainingJob job = job_of(3, 4, Schedule::one_f_one_b);
  EXPECT_EQ(written(job, 0), "F0 F1 F2 B0 F3 B1 B2 B3");
  EXPECT_EQ(written(job, 1), "F0 F1 B0 F2 B1 F3 B2 B3");
  EXPECT_EQ(written(job, 2), "F0 B0 F1 B1 F2 B2 F3 B3");
}

TEST(Schedule, GpipeRunsAllForwardFirst) { EXPECT_EQ(written(job_of(2, 3, Schedule::gpipe), 1), "F0 F1 F2 B0 B1 B2"); }

TEST(Schedule, InterleavedTakesMicroBatchesInGroupsThroughTheChunks) {
  // Narayanan et al. 2021, fig. 4, for 2 ranks, 2 chunks and 4 micro-batches: rank 0 warms up with 2*(2-0-1) + (2-1)*2 = 4 passes.
  const TrainingJob job = job_of(2, 4, Schedule::interleaved, 2);
  EXPECT_EQ(written(job, 0), "F0a F1a F0b F1b F2a B0b F3a B1b F2b B0a F3b B1a B2b B3b B2a B3a");
  EXPECT_EQ(written(job, 1), "F0a F1a F0b B0b F1b B1b F2a B0a F3a B1a F2b B2b F3b B3b B2a B3a");
}

TEST(Schedule, FewMicroBatchesNeverWarmUpPastTheirNumber) { EXPECT_EQ(written(job_of(4, 2, Schedule::one_f_one_b), 0), "F0 F1 B0 B1"); }

TEST(Schedule, EveryPassStandsOnceAndForwardFirst) {
  for (const int interleave : {1, 2, 3}) {
    const TrainingJob job = job_of(4, 8, interleave > 1 ? Schedule::interleaved : Schedule::one_f_one_b, interleave);
    for (int rank = 0; rank < 4; ++rank) {
      std::set<std::pair<int, int>> forward;
      std::set<std::pair<int, int>> backward;
      for (const Slot& slot : pipeline_schedule(job, rank)) {
        const std::pair pass{slot.micro_batch, slot.chunk};
        if (slot.pass == Pass::forward) {
          EXPECT_TRUE(forward.insert(pass).second);
        } else {
          EXPECT_TRUE(forward.contains(pass));
          EXPECT_TRUE(backward.insert(pass).second);
        }
      }
      EXPECT_EQ(forward.size(), 8U * static_cast<unsigned>(interleave));
      EXPECT_EQ(backward, forward);
    }
  }
}

TEST(Schedule, InFlightIsThePipelineDepthLeft) {
  const TrainingJob job = job_of(4, 8, Schedule::one_f_one_b);
  EXPECT_EQ(peak_in_flight(job, 0), 4);
  EXPECT_EQ(peak_in_flight(job, 3), 1);
  EXPECT_EQ(peak_in_flight(job_of(4, 8, Schedule::gpipe), 3), 8);
  // Interleaved: the warm-up and one more: 2*3 + 1*4 + 1 chunks of half the layers.
  EXPECT_EQ(peak_in_flight(job_of(4, 8, Schedule::interleaved, 2), 0), 11);
}

TEST(Schedule, InFlightIsWhatTheScheduleHoldsAtMost) {
  for (const Schedule schedule : {Schedule::gpipe, Schedule::one_f_one_b, Schedule::interleaved}) {
    for (int pipeline = 1; pipeline <= 5; ++pipeline) {
      for (int groups = 1; groups <= 3; ++groups) {
        const TrainingJob job = job_of(pipeline, pipeline * groups, schedule, schedule == Schedule::interleaved ? 3 : 1);
        for (int rank = 0; rank < pipeline; ++rank) {
          std::int64_t held = 0;
          std::int64_t most = 0;
          for (const Slot& slot : pipeline_schedule(job, rank)) most = std::max(most, held += slot.pass == Pass::forward ? 1 : -1);
          EXPECT_EQ(peak_in_flight(job, rank), most) << pipeline << " " << groups << " " << rank;
        }
      }
    }
  }
}

}  // namespace
}  // namespace orrery::workloads
