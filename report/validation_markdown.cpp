#include "report/validation_markdown.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "report/counted.h"

namespace orrery::report {
namespace {

using workloads::Accuracy;
using workloads::Comparison;

constexpr std::size_t shown_rows = 5;

constexpr std::string_view markdown_head = R"(# Predictions beside measured runs

Printed by `orrery validate --markdown`, with `ORRERY_DATA` naming the folder of the measured tables, which do not come with Orrery
(docs/training.md says what the figures rest on); a test compares the two. `./orrery validate` gives all of it again, `./orrery validate SET` one
set with its rows (`--rows all`), `--json` every row and `--out DIR` a page with scatter plots. Your own runs: write a set
(docs/scenario.md, data-set) and name its file.

Errors are |predicted / measured - 1|, bias is the mean of predicted / measured - 1, rank the correlation of ranks, regret what it costs to run the layout that is
predicted fastest instead of the fastest. One fitted MFU is a spreadsheet whose one number is fitted to the very rows that it is judged by. A run that is refused
or found infeasible though it was measured counts with 100 %.
)";

std::int64_t found_of(const Validation& validation) { return std::ranges::count_if(validation.infeasible, &InfeasibleRun::found); }

std::string others_of(const Validation& validation) {
  std::string text;
  for (const auto& errors : validation.published_errors) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", errors.of, percent(errors.mape));
  }
  return text;
}

std::string overview_table(const std::vector<Validation>& validations) {
  std::string text =
      "\n| set | runs | mean error | median | 90 % within | worst | bias | rank | regret | out of memory, found | one fitted MFU | "
      "published of others |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Validation& validation : validations) {
    const Accuracy ours = workloads::accuracy(validation.rows);
    const auto fitted = workloads::fitted_spreadsheet(validation.rows);
    const std::string rank = ours.spearman ? fmt::format("{:.3f}", *ours.spearman) : "";
    const std::string memory =
        validation.infeasible.empty() ? "" : fmt::format("{} of {}", found_of(validation), validation.infeasible.size());
    text += fmt::format("| {} | {} | **{}** | {} | {} | {} | {:+.1f} % | {} | {} | {} | {} | {} |\n", validation.name, ours.rows,
                        percent(ours.mape), percent(ours.median), percent(ours.p90), percent(ours.max), 100 * ours.bias, rank,
                        percent(workloads::regret(validation.rows, "iteration_seconds")), memory,
                        fitted ? percent(fitted->accuracy.mape) : "", others_of(validation));
  }
  return text;
}

std::string fitted_table(const std::vector<Validation>& validations) {
  std::string text =
      "\n## What is fitted to whole runs\n\nBeside the constants of devices, which are fitted to kernels and collectives alone "
      "(docs/kernels.md, docs/collectives.md).\n\n| stack | number | value | what it is | fitted to |\n|---|---|---|---|---|\n";
  std::set<std::pair<std::string, std::string>> told;
  for (const Validation& validation : validations) {
    for (const FittedConstant& constant : validation.constants) {
      if (!told.emplace(constant.stack, constant.name).second) continue;
      text += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", constant.stack, constant.name, constant.value, constant.meaning, constant.to);
    }
  }
  return text;
}

std::vector<const Comparison*> worst_of(const Validation& validation) {
  std::vector<const Comparison*> rows;
  for (const Comparison& row : validation.rows) rows.push_back(&row);
  std::ranges::sort(rows, [](const Comparison* a, const Comparison* b) {
    return std::abs(a->error()) != std::abs(b->error()) ? std::abs(a->error()) > std::abs(b->error()) : a->id < b->id;
  });
  rows.resize(std::min(rows.size(), shown_rows));
  return rows;
}

std::string worst_table(const Validation& validation) {
  std::string text = "\n| off most | layout | key | measured | predicted | error |\n|---|---|---|---|---|---|\n";
  for (const Comparison* row : worst_of(validation)) {
    text += fmt::format("| {} | {} | `{}` | {:.4g} | {} | {:+.1f} % |\n", row->id, row->layout, row->metric, row->measured,
                        row->predicted ? fmt::format("{:.4g}", *row->predicted) : "refused", 100 * row->error());
  }
  return text;
}

std::string section_of(const Validation& validation) {
  std::string text = fmt::format("\n## {}\n\n{}\n\n    ./orrery validate {}\n", validation.name, validation.source, validation.argument);
  if (validation.outside.empty()) {
    text += "\nAll of it inside of what was compared.\n";
  } else {
    text += "\nOutside of what was compared:\n\n";
    for (const OutsideNote& note : validation.outside) text += fmt::format("- {} ({} of {} runs)\n", note.text, note.rows, validation.runs);
  }
  for (const auto& errors : validation.published_errors) text += fmt::format("\n{}: {}.\n", errors.of, errors.source);
  if (!validation.rows.empty()) text += worst_table(validation);
  for (const InfeasibleRun& run : validation.infeasible) {
    if (!run.found) text += fmt::format("\nRan out of memory, and is found to fit: {} ({}), which {}.\n", run.id, run.layout, run.why);
  }
  return text;
}

}  // namespace

std::string validation_markdown(const std::vector<Validation>& validations) {
  std::string text = std::string(markdown_head) + overview_table(validations) + fitted_table(validations);
  for (const Validation& validation : validations) text += section_of(validation);
  return text;
}

}  // namespace orrery::report
