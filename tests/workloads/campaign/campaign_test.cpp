#include "workloads/campaign/campaign.h"

#include <gtest/gtest.h>

#include <cmath>

namespace orrery::workloads::campaign {
namespace {

FailureModel exponential_nodes(double per_node_day) { return {.causes = {{.name = "hardware", .per_unit_day = per_node_day}}}; }

// Meta's RSC-1 has 6.5 failures per 1,000 node-days: 2,048 nodes fail every 24 / 13.3 = 1.80 h, 16,384 every 0.225 h. 128 nodes every
// 28.8 h by that; measured 7.9 h, which a term of the job's own makes up: 24 / 7.9 - 0.832 = 2.21 a day.
TEST(FailureModel, MeanTimeToFailureOfRsc1) {
  FailureModel model = exponential_nodes(6.5e-3);
  EXPECT_NEAR(mean_time_to_failure(model, 2048, 64).seconds() / 3600, 1.80, 0.005);
  EXPECT_NEAR(mean_time_to_failure(model, 16'384, 512).seconds() / 3600, 0.225, 0.0005);
  model.causes.push_back({.name = "software", .scope = Scope::job, .per_unit_day = 2.206});
  EXPECT_NEAR(mean_time_to_failure(model, 128, 4).seconds() / 3600, 7.9, 0.005);
}

CampaignJob long_job(int nodes, sim::LongDuration work) {
  return {.nodes = nodes, .spares = 8, .work = work, .swap = fixed(seconds(0)), .start = fixed(minutes(10))};
}

// Nodes are mended at once, restarts take R = 10 min and fail as well. With M = 24 h / (16 * 0.1) = 15 h Daly's expectation holds exactly,
// but for the last checkpoint, which nobody waits for: 1 in 480.
TEST(Campaign, TakesAsLongAsDalyExpects) {
  const CheckpointPlan plan{.interval = hours(1), .stall = minutes(3), .commit = minutes(3)};
  const Campaign campaign = run_campaign(long_job(16, hours(480)), exponential_nodes(0.1), plan, {.precision = 0, .most = 1024});
  const double expected = daly_seconds(3600, 180, 600, 15 * 3600, 480 * 3600) / 86400;
  EXPECT_NEAR(campaign.days.mean, expected, 2 * campaign.days.mean_error + 0.003 * expected);
  EXPECT_LT(campaign.days.mean_error, 0.005 * expected);  // so that the line above means something
  EXPECT_NEAR(campaign.interruptions.mean, 0, 24 * campaign.days.mean / 15);
}

// Regime of the formula: failures rare beside restarts and intervals (M = 150 h).
TEST(Campaign, AgreesWithMetasRatioWhereThatHolds) {
  const CheckpointPlan plan{.interval = hours(1), .stall = minutes(1), .commit = minutes(1)};
  const Campaign campaign = run_campaign(long_job(16, hours(2400)), exponential_nodes(0.01), plan, {.precision = 0, .most = 256});
  const double expected = meta_ettr(1.0 / (150 * 3600), 600, 3600, 60);
  EXPECT_NEAR(campaign.goodput.mean / expected, 1, 0.02);
}

TEST(Campaign, IsTheSameOnAnyNumberOfThreads) {
  const CheckpointPlan plan{.interval = hours(1), .stall = minutes(1), .commit = minutes(1)};
  const FailureModel model = exponential_nodes(0.05);
  const Campaign one = run_campaign(long_job(16, hours(240)), model, plan, {.seed = 3, .threads = 1});
  const Campaign two = run_campaign(long_job(16, hours(240)), model, plan, {.seed = 3, .threads = 2});
  EXPECT_EQ(one.lives, two.lives);
  EXPECT_EQ(one.finish_days, two.finish_days);
  EXPECT_EQ(one.days.mean, two.days.mean);
  const Campaign other = run_campaign(long_job(16, hours(240)), model, plan, {.seed = 4});
  EXPECT_NE(one.finish_days, other.finish_days);
}

TEST(Campaign, StopsAtThePrecisionThatWasAsked) {
  const CheckpointPlan plan{.interval = hours(1), .stall = minutes(1), .commit = minutes(1)};
  const FailureModel model = exponential_nodes(0.05);
  const Campaign rough = run_campaign(long_job(16, hours(240)), model, plan, {.precision = 0.05});
  const Campaign fine = run_campaign(long_job(16, hours(240)), model, plan, {.precision = 0.0005});
  EXPECT_EQ(rough.lives, 64);
  EXPECT_GT(fine.lives, rough.lives);
  EXPECT_LE(fine.days.mean_error, 0.0005 * fine.days.mean);
}

// Of 100 lives that all end on their day: certain by Wilson to 0.963 at least.
TEST(Campaign, ProbabilityOfADeadline) {
  Campaign campaign{.lives = 100};
  campaign.finish_days.assign(100, 10.0);
  EXPECT_EQ(campaign.probability(days(10)).value, 1);
  EXPECT_NEAR(campaign.probability(days(10)).low, 0.963, 0.0005);
  EXPECT_EQ(campaign.probability(days(9.9)).value, 0);
  EXPECT_NEAR(campaign.probability(days(9.9)).high, 0.037, 0.0005);
}

/// Failures a day of 100 nodes over 200 days, on average over lives.
double measured_rate(const FailureModel& model) {
  CampaignJob job = long_job(100, days(200));
  job.spares = 0;  // who fails takes its own place again
  job.start = fixed(seconds(0));
  const Campaign campaign = run_campaign(job, model, {.interval = days(1000)}, {.precision = 0, .most = 128});
  return campaign.causes[0].failures / campaign.days.mean;
}

// 100 nodes that fail every 50 days: 2 a day. All are new at first, of which a Weibull of shape 3 shows: a renewal process has t / mean +
// (cv^2 - 1) / 2 events by t, here 4 - 0.434 a node (cv^2 = 0.132), which is 1.78 a day. Lemons do not change the mean.
TEST(Campaign, RatesAreTheCauses) {
  FailureModel model = exponential_nodes(0.02);
  model.causes[0].effect = Effect::slows;  // nothing is lost, so that days are the work's
  model.causes[0].noticed = {{}};
  EXPECT_NEAR(measured_rate(model), 2, 0.03);
  model.causes[0].shape = 3;
  EXPECT_NEAR(measured_rate(model), 1.783, 0.01);
  model.causes[0].shape = 1;
  model.heterogeneity.lemon_share = 0.02;
  model.heterogeneity.lemon_factor = 30;
  model.causes[0].repair = {};
  EXPECT_NEAR(measured_rate(model), 2, 0.15);
  model.heterogeneity = {.gamma_shape = 0.4};
  EXPECT_NEAR(measured_rate(model), 2, 0.15);
}

}  // namespace
}  // namespace orrery::workloads::campaign
