#include "workloads/campaign/progress.h"

#include <gtest/gtest.h>

namespace orrery::workloads::campaign {
namespace {

// Intervals of 10 s and stalls of 2 s. 25 s are 10 + 2 + 10 + 2 + 1: 21 s of work, 4 s of checkpoints, and 20 s saved since the second
// stall ended at 24 s.
TEST(Progress, ComputesAndStands) {
  const CheckpointPlan plan{.interval = seconds(10), .stall = seconds(2), .commit = seconds(2)};
  Losses losses;
  Progress progress(plan, losses);
  progress.advance(seconds(23));
  EXPECT_EQ(progress.saved(Scope::group), seconds(10));
  progress.advance(seconds(2));
  EXPECT_EQ(progress.work(), seconds(21));
  EXPECT_EQ(losses.checkpoints, seconds(4));
  EXPECT_EQ(progress.saved(Scope::group), seconds(20));
}

// A checkpoint begins at 10 s, the job goes on at 11 s at half its speed and the checkpoint counts at 14 s: 11.5 s of work by then. The
// interval's other 7 s end at 21 s with 18.5 s.
TEST(Progress, IsSlowerBesideACheckpointThatIsWritten) {
  const CheckpointPlan plan{.interval = seconds(10), .stall = seconds(1), .commit = seconds(4), .speed_meanwhile = 0.5};
  Losses losses;
  Progress progress(plan, losses);
  progress.advance(sim::LongDuration{13'999'999'999});
  EXPECT_EQ(progress.saved(Scope::group), seconds(0));
  progress.advance(sim::LongDuration{1});
  EXPECT_EQ(progress.saved(Scope::group), seconds(10));
  EXPECT_NEAR(progress.work().seconds(), 11.5, 1e-8);
  progress.advance(seconds(7));
  EXPECT_NEAR(progress.work().seconds(), 18.5, 1e-8);
  EXPECT_EQ(progress.work() + losses.total(), seconds(21));
}

// A tenth of the time goes to quick checkpoints, one each second of work: of 5 s 4.5 are work, 4 of them are saved for who loses no group.
TEST(Progress, QuickCheckpointsSurviveWhatTheyAreMadeFor) {
  CheckpointPlan plan{.interval = seconds(10)};
  plan.quick = QuickCheckpoints{.interval = seconds(1), .overhead = 0.1};
  Losses losses;
  Progress progress(plan, losses);
  progress.advance(seconds(5));
  EXPECT_EQ(progress.work(), seconds(4.5));
  EXPECT_EQ(progress.saved(Scope::node), seconds(4));
  EXPECT_EQ(progress.saved(Scope::job), seconds(4));
  EXPECT_EQ(progress.saved(Scope::group), seconds(0));
  plan.quick->survives = Scope::job;
  EXPECT_EQ(progress.saved(Scope::node), seconds(0));
}

TEST(Progress, TellsHowLongWorkTakesAndRollsBack) {
  const CheckpointPlan plan{.interval = seconds(10), .stall = seconds(2), .commit = seconds(2)};
  Losses losses;
  Progress progress(plan, losses);
  EXPECT_EQ(progress.time_to(seconds(21), hours(1)), seconds(25));
  EXPECT_EQ(progress.time_to(seconds(20), hours(1)), seconds(22));  // its stall is not waited for
  EXPECT_EQ(progress.time_to(seconds(21), seconds(3)), seconds(3));
  progress.set_speed(0.5);
  EXPECT_NEAR(progress.time_to(seconds(6), hours(1)).seconds(), 14, 1e-8);
  progress.advance(seconds(14));
  EXPECT_EQ(progress.work(), seconds(6));
  EXPECT_EQ(losses.slowed, seconds(6));
  progress.roll_back(progress.saved(Scope::group));
  EXPECT_EQ(progress.work(), seconds(5));
  EXPECT_EQ(losses.redone, seconds(1));
  EXPECT_EQ(progress.work() + losses.total(), seconds(14));
}

TEST(CheckpointPlan, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(fault_of({.interval = seconds(10), .stall = seconds(1), .commit = seconds(11)}), "");
  EXPECT_NE(fault_of({}), "");
  EXPECT_NE(fault_of({.interval = seconds(10), .stall = seconds(1), .commit = seconds(12)}), "");
  EXPECT_NE(fault_of({.interval = seconds(10), .stall = seconds(2), .commit = seconds(1)}), "");
}

// Young's sqrt(2 * 40 s * 10 h) is 1,697 s; Daly's optimum is a little shorter (his higher-order estimate: sqrt(2 d M) (1 + sqrt(d/2M)/3 +
// d/18M) - d = 1,697 * 1.0079 - 40 = 1,671 s).
TEST(OptimalInterval, IsDalys) {
  const double interval = optimal_interval(40, 300, 36'000);
  EXPECT_NEAR(interval, 1671, 2);
  const auto cost = [](double at) { return daly_seconds(at, 40, 300, 36'000, 1); };
  EXPECT_LE(cost(interval), cost(interval * 1.01));
  EXPECT_LE(cost(interval), cost(interval * 0.99));
}

}  // namespace
}  // namespace orrery::workloads::campaign
