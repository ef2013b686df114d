// How far predictions are from measurements: the statistics of a data set, and a spreadsheet's errors on the same rows to compare with.
//
//     std::vector<Comparison> rows = {{.id = "tp8", .metric = "iteration_seconds", .measured = 4, .predicted = 5}};
//     accuracy(rows).mape;       // 0.25
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace orrery::workloads {

/// A measured figure and ours.
struct Comparison {
  std::string id{};
  std::string layout{};  // what was run, in short
  std::string metric{};  // key of the result
  double measured = 0;
  std::optional<double> predicted{};  // nothing where the run was refused or found infeasible
  std::string why{};                  // it was

  /// For the baseline: the metric of a machine that runs at its peak all the time (MFU 1), and how it goes with MFU: a time falls, a rate
  /// rises. Nothing for what does not.
  std::optional<double> at_peak{};
  bool is_rate = false;

  std::string problem{};  // runs of one problem are layouts to choose from; empty: none

  /// predicted / measured - 1; what was refused counts as 1.
  double error() const { return predicted ? *predicted / measured - 1 : 1.0; }
};

/// Linear between the values next to it, as most libraries have it: of {1, 2}, 0.5 is 1.5. There must be some.
double quantile(std::vector<double> values, double share);

/// Of the errors' magnitudes but for the bias, which is the mean error: positive where predictions are too large.
struct Accuracy {
  int rows = 0;
  double mape = 0;
  double median = 0;
  double p90 = 0;
  double max = 0;
  double bias = 0;
  std::optional<double> spearman;  // rank correlation of predicted and measured; of rows that have both, all of one metric
};

/// All zero for no rows.
Accuracy accuracy(std::span<const Comparison> rows);

/// What it costs to follow the predictions: over problems of several rows, the mean of measured time of the row that is predicted fastest /
/// measured time of the fastest - 1. Of rows in `metric`, a time; nothing where no problem has two.
std::optional<double> regret(std::span<const Comparison> rows, const std::string& metric);

/// What a spreadsheet with one number makes of the rows: every machine runs at this share of its peak.
struct Spreadsheet {
  double mfu = 0;  // the one that gives the least mape on these very rows
  Accuracy accuracy;
};
/// Of the rows that have `at_peak`; nothing where there are none.
std::optional<Spreadsheet> fitted_spreadsheet(std::span<const Comparison> rows);

}  // namespace orrery::workloads
