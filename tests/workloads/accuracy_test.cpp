#include "workloads/accuracy.h"

#include <gtest/gtest.h>

#include <cmath>

namespace orrery::workloads {
namespace {

Comparison row(double measured, std::optional<double> predicted, std::string problem = "") {
  Comparison comparison;
  comparison.metric = "iteration_seconds";
  comparison.measured = measured;
  comparison.predicted = predicted;
  comparison.problem = std::move(problem);
  return comparison;
}

TEST(Accuracy, StatisticsOfFourRowsByHand) {
  // Errors +0.1, -0.2, +0.3, and 1 for the refused one. Magnitudes sorted 0.1 0.2 0.3 1: mean 0.4, median 0.25, p90 at 2.7: 0.3 + 0.7 *
  // 0.7.
  const std::vector<Comparison> rows = {row(10, 11), row(10, 8), row(100, 130), row(1, std::nullopt)};
  const Accuracy result = accuracy(rows);
  EXPECT_EQ(result.rows, 4);
  EXPECT_NEAR(result.mape, 0.4, 1e-12);
  EXPECT_NEAR(result.median, 0.25, 1e-12);
  EXPECT_NEAR(result.p90, 0.79, 1e-12);
  EXPECT_NEAR(result.max, 1, 1e-12);
  EXPECT_NEAR(result.bias, (0.1 - 0.2 + 0.3 + 1) / 4, 1e-12);
}

TEST(Accuracy, RankCorrelationAsksForOrderAlone) {
  EXPECT_NEAR(*accuracy(std::vector{row(1, 10), row(2, 11), row(3, 1000)}).spearman, 1, 1e-12);
  EXPECT_NEAR(*accuracy(std::vector{row(1, 3), row(2, 2), row(3, 1)}).spearman, -1, 1e-12);
  // Ranks 1 2 3 4 against 1 2.5 2.5 4: covariance 4.5 over sqrt(5 * 4.5).
  EXPECT_NEAR(*accuracy(std::vector{row(1, 1), row(2, 5), row(3, 5), row(4, 9)}).spearman, 4.5 / std::sqrt(5 * 4.5), 1e-12);
  EXPECT_FALSE(accuracy(std::vector{row(1, 1)}).spearman);
  EXPECT_FALSE(accuracy(std::vector{row(1, 1), row(1, 2)}).spearman);
  std::vector<Comparison> mixed = {row(1, 1), row(2, 2)};
  mixed[1].metric = "mfu";
  EXPECT_FALSE(accuracy(mixed).spearman);
}

TEST(Accuracy, NothingIsExactAndRefusedIsOne) {
  EXPECT_EQ(accuracy({}).rows, 0);
  EXPECT_EQ(row(5, 5).error(), 0);
  EXPECT_EQ(row(5, std::nullopt).error(), 1);
}

TEST(Accuracy, QuantilesAreLinearBetweenValues) {
  EXPECT_EQ(quantile({2, 1}, 0.5), 1.5);
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(quantile({7}, 0.9), 7);
  EXPECT_EQ(quantile({1, 2}, 1), 2);
}

TEST(Accuracy, RegretIsWhatFollowingThePredictionCosts) {
  // Problem a: the row predicted fastest (9) takes 12 where 10 is possible: 0.2. Problem b: the best is picked: 0. c has nothing to choose.
  const std::vector<Comparison> rows = {row(10, 11, "a"), row(12, 9, "a"), row(4, 4, "b"), row(5, 8, "b"), row(1, 1, "c"), row(9, 9)};
  EXPECT_NEAR(*regret(rows, "iteration_seconds"), 0.1, 1e-12);
  EXPECT_FALSE(regret(rows, "tokens_per_second"));
  EXPECT_FALSE(regret(std::vector{row(1, 1, "c")}, "iteration_seconds"));
}

TEST(Accuracy, WhatWasRefusedIsNeverPicked) {
  EXPECT_NEAR(*regret(std::vector{row(10, std::nullopt, "a"), row(15, 20, "a")}, "iteration_seconds"), 0.5, 1e-12);
}

TEST(Accuracy, TheSpreadsheetTakesTheBestSingleUtilization) {
  // At the peak: 1 s each; measured 2, 2 and 4: at MFU 0.5 the errors are 0, 0 and 0.5, and no other number does better.
  std::vector<Comparison> rows = {row(2, 1), row(2, 1), row(4, 1)};
  for (Comparison& each : rows) each.at_peak = 1;
  const auto fitted = fitted_spreadsheet(rows);
  EXPECT_NEAR(fitted->mfu, 0.5, 1e-12);
  EXPECT_NEAR(fitted->accuracy.mape, 0.5 / 3, 1e-12);
  for (const double mfu : {0.25, 0.4, 0.45, 0.55, 0.9}) {
    double sum = 0;
    for (const Comparison& each : rows) sum += std::abs(1 / mfu / each.measured - 1);
    EXPECT_GT(sum / 3, fitted->accuracy.mape);
  }
}

TEST(Accuracy, TheSpreadsheetOfARateRisesWithUtilization) {
  std::vector<Comparison> rows = {row(150, 1)};
  rows[0].at_peak = 300;
  rows[0].is_rate = true;
  EXPECT_NEAR(fitted_spreadsheet(rows)->mfu, 0.5, 1e-12);
  EXPECT_NEAR(fitted_spreadsheet(rows)->accuracy.mape, 0, 1e-12);
  EXPECT_FALSE(fitted_spreadsheet(std::vector{row(1, 1)}));
}

}  // namespace
}  // namespace orrery::workloads
