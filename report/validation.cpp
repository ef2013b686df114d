#include "report/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/counted.h"

namespace orrery::report {
namespace {

using Json = nlohmann::ordered_json;
using workloads::Accuracy;
using workloads::Comparison;

constexpr const char* regret_metric = "iteration_seconds";
constexpr double good_error = 0.1;  // an error that is shown as good
constexpr std::size_t many = 100;
constexpr std::size_t shown_of_many = 20;

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

/// Errors of no rows are none, not zero.
Json accuracy_json(const Accuracy& accuracy) {
  const auto known = [&](double value) { return accuracy.rows > 0 ? Json(value) : Json(nullptr); };
  return {{"n", accuracy.rows},
          {"mape", known(accuracy.mape)},
          {"median", known(accuracy.median)},
          {"p90", known(accuracy.p90)},
          {"max", known(accuracy.max)},
          {"bias", known(accuracy.bias)},
          {"spearman", optional_json(accuracy.spearman)}};
}

Json row_json(const Comparison& row) {
  Json json = {{"id", row.id},         {"metric", row.metric}, {"measured", row.measured}, {"predicted", optional_json(row.predicted)},
               {"error", row.error()}, {"layout", row.layout}};
  if (!row.predicted) json["why"] = row.why;
  return json;
}

Json row_json(const InfeasibleRun& row) {
  return {{"id", row.id},     {"metric", "infeasible"}, {"measured", true}, {"predicted", row.found},
          {"error", nullptr}, {"layout", row.layout},   {"why", row.why}};
}

Json published_json(const scenarios::PublishedErrors& errors) {
  return {{"of", errors.of},
          {"source", errors.source},
          {"n", errors.rows ? Json(*errors.rows) : Json(nullptr)},
          {"mape", optional_json(errors.mape)},
          {"median", optional_json(errors.median)},
          {"max", optional_json(errors.max)},
          {"regret", optional_json(errors.regret)}};
}

std::int64_t found_infeasible(const Validation& validation) { return std::ranges::count_if(validation.infeasible, &InfeasibleRun::found); }

Json validation_part(const Validation& validation) {
  Json rows = Json::array();
  for (const Comparison& row : validation.rows) rows.push_back(row_json(row));
  for (const InfeasibleRun& row : validation.infeasible) rows.push_back(row_json(row));
  Json summary = accuracy_json(workloads::accuracy(validation.rows));
  summary["infeasible"] = {{"n", validation.infeasible.size()}, {"found", found_infeasible(validation)}};
  if (const auto regret = workloads::regret(validation.rows, regret_metric)) summary["regret"] = *regret;
  Json spreadsheet = nullptr;
  if (const auto fitted = workloads::fitted_spreadsheet(validation.rows)) {
    spreadsheet = accuracy_json(fitted->accuracy);
    spreadsheet["mfu"] = fitted->mfu;
  }
  Json published = Json::array();
  for (const auto& errors : validation.published_errors) published.push_back(published_json(errors));
  Json constants = Json::array();
  for (const FittedConstant& constant : validation.constants) {
    constants.push_back({{"software", constant.stack},
                         {"name", constant.name},
                         {"value", constant.value},
                         {"meaning", constant.meaning},
                         {"to", constant.to}});
  }
  return {{"rows", rows}, {"summary", summary}, {"spreadsheet", spreadsheet}, {"published_errors", published}, {"fitted", constants}};
}

// ---- tables

std::string percent_signed(double share) { return fmt::format("{:+.1f} %", 100 * share); }

std::string summary_line(const std::string& who, const std::string& rows, const std::optional<double>& mape,
                         const std::optional<double>& median, const std::optional<double>& p90, const std::optional<double>& max,
                         const std::string& bias, const std::optional<double>& spearman, const std::optional<double>& regret) {
  return fmt::format("    {:<26} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8}\n", who, rows, percent(mape), percent(median),
                     percent(p90), percent(max), bias, spearman ? fmt::format("{:.3f}", *spearman) : "", percent(regret));
}

std::string summary_table(const Validation& validation, const TerminalStyle& style) {
  if (validation.rows.empty()) return "";
  const Accuracy ours = workloads::accuracy(validation.rows);
  std::string text = style.faint(fmt::format("    {:<26} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8}\n", "error", "rows", "mean",
                                             "median", "p90", "max", "bias", "spearman", "regret"));
  const auto regret = workloads::regret(validation.rows, regret_metric);
  const auto line = [](const std::string& who, const Accuracy& a, const std::optional<double>& cost) {
    return summary_line(who, std::to_string(a.rows), a.mape, a.median, a.p90, a.max, percent_signed(a.bias), a.spearman, cost);
  };
  text += style.bold(line("Orrery", ours, regret));
  if (const auto fitted = workloads::fitted_spreadsheet(validation.rows)) {
    text += line(fmt::format("one fitted MFU, {:.1f} %", 100 * fitted->mfu), fitted->accuracy, std::nullopt);
  }
  for (const auto& errors : validation.published_errors) {
    text += summary_line(errors.of, errors.rows ? std::to_string(*errors.rows) : "", errors.mape, errors.median, std::nullopt, errors.max,
                         "", std::nullopt, errors.regret);
  }
  for (const auto& errors : validation.published_errors) text += style.faint(fmt::format("    {}: {}\n", errors.of, errors.source));
  return text;
}

std::string row_line(const Comparison& row, const TerminalStyle& style) {
  const std::string error = fmt::format("{:>8}", percent_signed(row.error()));
  return fmt::format("    {:<30} {:<44} {:>10.4g} {:>10} {}\n", row.id, row.layout, row.measured,
                     row.predicted ? fmt::format("{:.4g}", *row.predicted) : "refused",
                     std::abs(row.error()) <= good_error ? error : style.bad(error));
}

std::string rows_table(const Validation& validation, Rows which, const TerminalStyle& style) {
  std::vector<const Comparison*> rows;
  for (const Comparison& row : validation.rows) rows.push_back(&row);
  std::string title = "every row";
  if (rows.size() > many && which == Rows::worst) {
    std::ranges::sort(rows, [](const Comparison* a, const Comparison* b) {
      return std::abs(a->error()) != std::abs(b->error()) ? std::abs(a->error()) > std::abs(b->error()) : a->id < b->id;
    });
    rows.resize(shown_of_many);
    title = fmt::format("the {} rows that are off most (--rows all: every one)", shown_of_many);
  }
  std::string text;
  std::string metric;
  for (const Comparison* row : rows) {
    if (row->metric != metric) {
      metric = row->metric;
      text +=
          style.faint(fmt::format("\n    {:<30} {:<44} {:>10} {:>10} {:>8}  {}\n", title, "", "measured", "predicted", "error", metric));
    }
    text += row_line(*row, style);
    if (!row->predicted) text += style.bad("      " + row->why) + "\n";
  }
  return text;
}

std::string infeasible_table(const Validation& validation, const TerminalStyle& style) {
  if (validation.infeasible.empty()) return "";
  std::string text = fmt::format("\n    Ran out of memory: {} of {} found\n", found_infeasible(validation), validation.infeasible.size());
  for (const InfeasibleRun& row : validation.infeasible) {
    text += fmt::format("    {:<44} {}\n", row.id, row.found ? style.good("found") : style.bad("not found: " + row.why));
  }
  return text;
}

std::string constants_table(const Validation& validation, const TerminalStyle& style) {
  std::string text;
  for (const FittedConstant& constant : validation.constants) {
    text += style.faint(fmt::format("    fitted in {}: {} = {} ({}), to {}\n", constant.stack, constant.name, constant.value,
                                    constant.meaning, constant.to));
  }
  return text;
}

}  // namespace

std::string shortcomings(const Validation& validation) {
  const auto refused = std::ranges::count_if(validation.rows, [](const Comparison& row) { return !row.predicted; });
  const std::int64_t missed = std::ssize(validation.infeasible) - found_infeasible(validation);
  std::string text;
  if (refused > 0) text = fmt::format("{} of {} measured runs refused or found infeasible", refused, validation.rows.size());
  if (missed > 0) {
    text +=
        fmt::format("{}{} of {} runs that were infeasible found to fit", text.empty() ? "" : ", ", missed, validation.infeasible.size());
  }
  return text;
}

std::string validation_text(const Validation& validation, Rows which, const TerminalStyle& style) {
  return style.bold(validation.name) + (validation.source.empty() ? "" : "\n  " + validation.source) + "\n\n" +
         summary_table(validation, style) + constants_table(validation, style) + rows_table(validation, which, style) +
         infeasible_table(validation, style) + "\n";
}

std::string validation_overview(const std::vector<Validation>& validations, const TerminalStyle& style) {
  if (validations.size() < 2) return "";
  std::string text = style.bold("Mean errors") + "\n";
  text += style.faint(fmt::format("    {:<36} {:>5} {:>8} {:>16} {:>14}  {}\n", "", "rows", "Orrery", "one fitted MFU", "out of memory",
                                  "published of others"));
  for (const Validation& validation : validations) {
    const auto fitted = workloads::fitted_spreadsheet(validation.rows);
    std::string others;
    for (const auto& errors : validation.published_errors) {
      if (errors.mape) others += fmt::format("{}{} {}", others.empty() ? "" : ", ", errors.of, percent(errors.mape));
    }
    const std::string found =
        validation.infeasible.empty() ? "" : fmt::format("{} of {}", found_infeasible(validation), validation.infeasible.size());
    text += fmt::format("    {:<36} {:>5} {:>8} {:>16} {:>14}  {}\n", validation.name, validation.rows.size(),
                        percent(workloads::accuracy(validation.rows).mape), fitted ? percent(fitted->accuracy.mape) : "", found, others);
  }
  return text;
}

std::string validation_json(const std::vector<Validation>& validations) {
  if (validations.size() == 1) return validation_part(validations.front()).dump(2) + "\n";
  Json sets = Json::array();
  for (const Validation& validation : validations) {
    Json set = {{"name", validation.name}};
    set.update(validation_part(validation));
    sets.push_back(std::move(set));
  }
  return Json{{"data_sets", sets}}.dump(2) + "\n";
}

}  // namespace orrery::report
