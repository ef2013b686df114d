#include "workloads/accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

/// Ranks from 1; equals share the mean of theirs.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

/// Pearson's correlation of the ranks; nothing where one side is all equal.
std::optional<double> spearman_of(std::span<const Comparison> rows) {
  std::vector<double> measured;
  std::vector<double> predicted;
  for (const Comparison& row : rows) {
    if (!row.predicted) continue;
    measured.push_back(row.measured);
    predicted.push_back(*row.predicted);
  }
  const auto is_another = [&rows](const Comparison& row) { return row.metric != rows.front().metric; };
  if (measured.size() < 2 || std::ranges::any_of(rows, is_another)) return std::nullopt;
  const std::vector<double> a = ranks_of(measured);
  const std::vector<double> b = ranks_of(predicted);
  const double mean = static_cast<double>(a.size() + 1) / 2;
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return aa > 0 && bb > 0 ? std::optional(ab / std::sqrt(aa * bb)) : std::nullopt;
}

double at_utilization(const Comparison& row, double mfu) { return row.is_rate ? *row.at_peak * mfu : *row.at_peak / mfu; }

}  // namespace

double quantile(std::vector<double> values, double share) {
  sim::check(!values.empty() && share >= 0 && share <= 1, "a quantile is of some values");
  std::ranges::sort(values);
  const double position = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

Accuracy accuracy(std::span<const Comparison> rows) {
  Accuracy result;
  if (rows.empty()) return result;
  std::vector<double> magnitudes;
  for (const Comparison& row : rows) {
    magnitudes.push_back(std::abs(row.error()));
    result.bias += row.error() / static_cast<double>(rows.size());
  }
  result.mape = std::accumulate(magnitudes.begin(), magnitudes.end(), 0.0) / static_cast<double>(rows.size());
  result.rows = static_cast<int>(rows.size());
  result.median = quantile(magnitudes, 0.5);
  result.p90 = quantile(magnitudes, 0.9);
  result.max = std::ranges::max(magnitudes);
  result.spearman = spearman_of(rows);
  return result;
}

std::optional<double> regret(std::span<const Comparison> rows, const std::string& metric) {
  std::map<std::string, std::vector<const Comparison*>> problems;
  for (const Comparison& row : rows) {
    if (row.metric == metric && !row.problem.empty()) problems[row.problem].push_back(&row);
  }
  double sum = 0;
  int count = 0;
  for (const auto& [name, choices] : problems) {
    if (choices.size() < 2) continue;
    const auto prediction = [](const Comparison* row) { return row->predicted.value_or(std::numeric_limits<double>::infinity()); };
    const Comparison* picked = *std::ranges::min_element(choices, {}, prediction);
    const Comparison* best = *std::ranges::min_element(choices, {}, &Comparison::measured);
    sum += picked->measured / best->measured - 1;
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

// As a function of MFU (or of its inverse) the error is a sum of magnitudes of straight lines: its least is where one of them is zero.
std::optional<Spreadsheet> fitted_spreadsheet(std::span<const Comparison> rows) {
  std::vector<Comparison> usable;
  std::ranges::copy_if(rows, std::back_inserter(usable), [](const Comparison& row) { return row.at_peak.has_value(); });
  if (usable.empty()) return std::nullopt;
  double best_mfu = 0;
  double least = std::numeric_limits<double>::infinity();
  for (const Comparison& row : usable) {
    const double mfu = row.is_rate ? row.measured / *row.at_peak : *row.at_peak / row.measured;
    double sum = 0;
    for (const Comparison& other : usable) sum += std::abs(at_utilization(other, mfu) / other.measured - 1);
    if (sum < least) {
      least = sum;
      best_mfu = mfu;
    }
  }
  for (Comparison& row : usable) row.predicted = at_utilization(row, best_mfu);
  return Spreadsheet{best_mfu, accuracy(usable)};
}

}  // namespace orrery::workloads
