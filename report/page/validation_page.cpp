#include "report/page/validation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "report/counted.h"
#include "report/page/page.h"
#include "report/page/reproduce_section.h"
#include "workloads/accuracy.h"

namespace orrery::report {
namespace {

using workloads::Comparison;

Section overview(const std::vector<Validation>& validations) {
  Section section{.id = "overview", .title = "Errors", .body = ""};
  section.body = paragraph(
      "Of every row, the prediction over the measurement, less one. Regret is what it costs to run the layout that is predicted fastest "
      "instead of the one measured fastest.");
  Table table{"Errors by data set",
              {{"data set"},
               {"rows", Column::Kind::number},
               {"mean", Column::Kind::number},
               {"median", Column::Kind::number},
               {"90 % are within", Column::Kind::number},
               {"bias", Column::Kind::number},
               {"rank correlation", Column::Kind::number},
               {"regret", Column::Kind::number},
               {"published of others"}},
              {}};
  for (const Validation& set : validations) {
    const workloads::Accuracy accuracy = workloads::accuracy(set.rows);
    std::string others;
    for (const auto& published : set.published_errors) {
      others += fmt::format("{}{} {}", others.empty() ? "" : ", ", published.of, percent(published.mape));
    }
    table.rows.push_back({set.name, grouped(accuracy.rows), percent(accuracy.mape), percent(accuracy.median), percent(accuracy.p90),
                          fmt::format("{:+.1f} %", 100 * accuracy.bias), accuracy.spearman ? fmt::format("{:.3f}", *accuracy.spearman) : "",
                          percent(workloads::regret(set.rows, "iteration_seconds")), others});
  }
  section.table = std::move(table);
  return section;
}

/// What a key of the result is called, and its unit.
struct Metric {
  std::string name;
  std::string unit;
  double of_unit = 1;  // of the key's
};
Metric metric_of(const std::string& key) {
  if (key == "iteration_seconds") return {"iteration", "s"};
  if (key.ends_with("tflops_per_gpu")) return {"rate of a GPU", "TFLOP/s"};
  if (key.starts_with("memory_bytes")) return {"memory", "GB", 1e9};
  return {key, "as in the result"};
}

Table worst_rows(const std::vector<Comparison>& rows) {
  constexpr std::size_t shown = 40;
  std::vector<const Comparison*> by_error;
  for (const Comparison& row : rows) by_error.push_back(&row);
  const auto rank = [](const Comparison* row) { return std::pair(-std::abs(row->error()), row); };
  std::ranges::sort(by_error, [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  Table table{
      rows.size() > shown ? fmt::format("The {} rows that are off most, of {}", shown, grouped(std::ssize(rows)))
                          : "Every row, those off most first",
      {{"row"}, {"layout"}, {"measured", Column::Kind::number}, {"predicted", Column::Kind::number}, {"error", Column::Kind::number}},
      {}};
  for (std::size_t i = 0; i < std::min(shown, by_error.size()); ++i) {
    const Comparison& row = *by_error[i];
    table.rows.push_back({row.id, row.layout, fmt::format("{:.4g}", row.measured),
                          row.predicted ? fmt::format("{:.4g}", *row.predicted) : row.why, fmt::format("{:+.1f} %", 100 * row.error())});
  }
  return table;
}

std::string sources_of_set(const Validation& set) {
  std::string html = paragraph(set.source);
  for (const FittedConstant& constant : set.constants) {
    html += paragraph(
        fmt::format("Fitted in {}: {} = {} ({}), to {}.", constant.stack, constant.name, constant.value, constant.meaning, constant.to));
  }
  if (!set.infeasible.empty()) {
    const auto found = std::ranges::count(set.infeasible, true, &InfeasibleRun::found);
    html += paragraph(
        fmt::format("Of {} that ran out of memory, {} are found to.", counted(std::ssize(set.infeasible), "run"), grouped(found)));
  }
  return html;
}

/// A plot has one figure: of sets that compare several, each has its own.
std::vector<Section> scatters(const Validation& set, int& number) {
  std::map<std::string, std::vector<Comparison>> by_metric;
  for (const Comparison& row : set.rows) by_metric[row.metric].push_back(row);
  std::vector<Section> sections;
  for (const auto& [metric, rows] : by_metric) {
    const Metric figure = metric_of(metric);
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const Comparison& row : rows) {
      if (row.predicted && *row.predicted > 0 && row.measured > 0)
        points.push_back({row.measured / figure.of_unit, *row.predicted / figure.of_unit, row.id + ", " + row.layout});
    }
    Section section{.id = fmt::format("scatter-{}", ++number), .title = set.name, .body = sources_of_set(set)};
    if (by_metric.size() > 1) section.title += ": " + figure.name;
    if (!points.empty()) {
      section.chart = {{"figure", figure.name}, {"unit", figure.unit}, {"points", std::move(points)}};
      section.chart_label =
          fmt::format("Dots: the predicted {0} of each row over the measured {0}; on the line they are equal.", figure.name);
    }
    section.table = worst_rows(rows);
    sections.push_back(std::move(section));
  }
  return sections;
}

}  // namespace

std::string validation_page(const std::vector<Validation>& validations, const std::string& version, const std::string& command,
                            std::string charts) {
  std::int64_t rows = 0;
  for (const Validation& set : validations) rows += std::ssize(set.rows);
  Page page{.title = "Predictions and measurements",
            .subtitle = fmt::format("{} of {}", counted(rows, "measured figure"), counted(std::ssize(validations), "data set")),
            .version = version,
            .sections = {overview(validations)},
            .charts = std::move(charts)};
  int number = 0;
  for (const Validation& set : validations) {
    for (Section& section : scatters(set, number)) page.sections.push_back(std::move(section));
  }
  page.sections.push_back({.id = "reproduce", .title = "Have it again", .body = command_html(command)});
  return to_html(page);
}

}  // namespace orrery::report
