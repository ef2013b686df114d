#include "workloads/campaign/job_life.h"

#include <gtest/gtest.h>

namespace orrery::workloads::campaign {
namespace {

/// So steep a Weibull that every unit fails when it has served its mean.
constexpr double on_the_dot = 1e9;

FailureCause after_hours(double served) {
  return {.name = "worn",
          .per_unit_day = 24 / served,
          .shape = on_the_dot,
          .noticed = {{.share = 1, .after = fixed(hours(0.5))}},
          .repair = fixed(hours(1))};
}

const CheckpointPlan hourly{.interval = hours(1), .stall = hours(0.1), .commit = hours(0.1), .load = hours(0.2)};

CampaignJob ten_hours(int spares) {
  return {.nodes = 1, .spares = spares, .work = hours(10), .swap = fixed(hours(0.1)), .start = fixed(hours(0.2))};
}

void expect_hours(sim::LongDuration time, double count) { EXPECT_NEAR(time.seconds() / 3600, count, 1e-6); }

// Cycles of 1.1 h. At 5 h: 4.6 h of work, 4 saved. Noticed at 5.5 h, a spare takes the place and begins to age, at 6 h the job goes on from
// 4 h of work. At 10.5 h, 8.1 h of work, 8 saved. At 11.5 h it goes on, and after 1 + 0.1 + 1 h it is done: 13.6 h.
TEST(JobLife, GoesOnFromItsCheckpoints) {
  const FailureModel model{.causes = {after_hours(5)}};
  const Life life = live(ten_hours(1), model, hourly, sim::Random(1, 0));
  expect_hours(life.wall, 13.6);
  EXPECT_TRUE(life.finished);
  EXPECT_EQ(life.useful, hours(10));
  EXPECT_EQ(life.stops, 2);
  expect_hours(life.losses.checkpoints, 0.9);
  expect_hours(life.losses.redone, 0.7);
  expect_hours(life.losses.unnoticed, 1);
  expect_hours(life.losses.restarting, 1);
  expect_hours(life.losses.waiting, 0);
  EXPECT_EQ(life.tolls[0].failures, 2);
  expect_hours(life.tolls[0].lost, 2.7);
  EXPECT_EQ(life.wall, life.useful + life.losses.total());
}

// The same without a spare: each time the node itself is mended for an hour first, and ages from then: 5.5 + 1 = 6.5 h, goes on at 7 h;
// fails at 11.5 h, noticed at 12 h, mended at 13 h, goes on at 13.5 h, done at 15.6 h.
TEST(JobLife, WaitsForANodeWhereThereIsNoSpare) {
  const FailureModel model{.causes = {after_hours(5)}};
  const Life life = live(ten_hours(0), model, hourly, sim::Random(1, 0));
  expect_hours(life.wall, 15.6);
  expect_hours(life.losses.waiting, 2);
}

// Just in time: the surviving replica has it all, but for the work of a quick interval (here 0.4 h: 4.6 h of work are 11.5 of them, 4.4
// saved); loading takes 0.3 h.
TEST(JobLife, QuickCheckpointsLoseLess) {
  const FailureModel model{.causes = {after_hours(5)}};
  CheckpointPlan plan = hourly;
  plan.quick = QuickCheckpoints{.interval = hours(0.4), .load = hours(0.3)};
  const Life life = live(ten_hours(1), model, plan, sim::Random(1, 0));
  // Goes on at 5 + 0.5 + 0.6 h = 6.1 h from 4.4 h. The next failure at 10.5 h: 4 cycles, 8.4 h of work, of which 4.0 since: 10 quick
  // intervals, nothing lost, and the fourth checkpoint has it too, which loads sooner. Goes on at 11.5 h: 1 + 0.1 + 0.6 h.
  expect_hours(life.wall, 13.2);
  expect_hours(life.losses.redone, 0.2);
}

// At 5 h the node slows the job to half its speed. At 5.4 h a checkpoint is due, at 5.5 h the node is noticed, with 4.8 h of work. The job
// saves (0.1 h) and restarts (0.5 h): 6.1 h. The spare, in service since 5.6 h, slows at 10.6 h with 8.9 h of work; in the half hour until
// it is noticed it does 0.25: at 11.7 h the job goes on and is done in 0.85 h.
TEST(JobLife, ASlowNodeIsSwappedWhenItIsNoticed) {
  FailureModel model{.causes = {after_hours(5)}};
  model.causes[0].effect = Effect::slows;
  model.causes[0].speed = 0.5;
  const Life life = live(ten_hours(1), model, hourly, sim::Random(1, 0));
  expect_hours(life.wall, 12.55);
  EXPECT_EQ(life.stops, 0);
  expect_hours(life.losses.slowed, 0.45);
  expect_hours(life.losses.redone, 0);
  EXPECT_EQ(life.wall, life.useful + life.losses.total());
}

// Void since 5 h, noticed at 7.5 h: of the 6.9 h of work then (6 cycles of 1.1 h and 0.9) the 4 h that were saved at 5 h are sound, though
// more was saved since. Goes on at 8 h from 4 h of work; the spare, in service since 7.5 h, spoils it from 12.5 h on: 4.1 h of work later,
// 8 saved. Done, as far as anybody knows, at 8 + 6 + 0.5 h = 14.5 h.
TEST(JobLife, SilentCorruptionVoidsWhatWasSavedSince) {
  FailureModel model{.causes = {after_hours(5)}};
  model.causes[0].effect = Effect::corrupts;
  model.causes[0].noticed = {{.share = 1, .after = fixed(hours(2.5))}};
  const Life life = live(ten_hours(1), model, hourly, sim::Random(1, 0));
  expect_hours(life.losses.redone, 2.9);
  expect_hours(life.wall, 14.5);
}

TEST(JobLife, NeverEndsWithoutNodesAndGivesUp) {
  FailureModel model{.causes = {after_hours(5)}};
  model.causes[0].repair = fixed(days(1e5));
  CampaignJob job = ten_hours(0);
  job.give_up = days(3);
  const Life life = live(job, model, hourly, sim::Random(1, 0));
  EXPECT_FALSE(life.finished);
  EXPECT_EQ(life.useful, hours(4));
  expect_hours(life.wall, 72);
  EXPECT_EQ(life.wall, life.useful + life.losses.total());
}

FailureModel everything() {
  FailureModel model{.name = "everything"};
  const Delay repair = lognormal(hours(3), hours(24));
  model.causes = {
      {.name = "hardware",
       .per_unit_day = 0.02,
       .noticed = {{.share = 0.9, .after = fixed(seconds(30))}, {.share = 0.1, .after = uniform(hours(1), hours(3))}},
       .repair = repair},
      {.name = "infant", .per_unit_day = 0.01, .shape = 0.7, .repair = repair},
      {.name = "leaf", .scope = Scope::group, .per_unit_day = 0.01, .repair = fixed(hours(1))},
      {.name = "power", .scope = Scope::group, .per_unit_day = 0.003, .shape = 2, .repair = fixed(hours(4))},
      {.name = "software", .scope = Scope::job, .per_unit_day = 0.5, .noticed = {{.share = 1, .after = exponential(minutes(10))}}},
      {.name = "straggler",
       .per_unit_day = 0.005,
       .effect = Effect::slows,
       .speed = 0.9,
       .noticed = {{.share = 1, .after = exponential(hours(6))}},
       .repair = repair},
      {.name = "corruption",
       .per_unit_day = 0.001,
       .effect = Effect::corrupts,
       .noticed = {{.share = 1, .after = fixed(hours(5))}},
       .repair = repair},
  };
  model.heterogeneity = {.gamma_shape = 0.4};
  model.operations = {.burn_in_failure = 0.1, .lemon_failures = 3, .lemon_window = days(10)};
  return model;
}

TEST(JobLife, EveryNanosecondIsBookedOnce) {
  const FailureModel model = everything();
  CheckpointPlan plan{.interval = hours(2), .stall = seconds(10), .commit = minutes(5), .speed_meanwhile = 0.97, .load = minutes(4)};
  const CampaignJob job{.nodes = 64, .spares = 4, .nodes_per_group = 20, .work = days(20)};
  for (const bool quick : {false, true}) {
    if (quick) plan.quick = QuickCheckpoints{.interval = minutes(1), .overhead = 0.01, .load = minutes(1)};
    for (std::uint64_t run = 0; run < 50; ++run) {
      const Life life = live(job, model, plan, sim::Random(7, run));
      ASSERT_TRUE(life.finished);
      ASSERT_EQ(life.useful, job.work);
      ASSERT_EQ(life.wall, life.useful + life.losses.total());
      ASSERT_GT(life.stops, 0);
      // What causes lost and what the job lost are the same but for checkpoints.
      sim::LongDuration lost{};
      std::int64_t failures = 0;
      for (const Toll& toll : life.tolls) {
        lost += toll.lost;
        failures += toll.failures;
      }
      EXPECT_EQ(failures, life.events);
      EXPECT_LE(lost, life.losses.total());
      EXPECT_GE(lost + life.losses.checkpoints + seconds(1), life.losses.total());
    }
  }
}

}  // namespace
}  // namespace orrery::workloads::campaign
