// What `orrery validate` has to say: predictions beside measurements, a data set at a time, as tables for a terminal and as one JSON
// document (design: data set of measured runs).
#pragma once

#include <string>
#include <vector>

#include "report/terminal_style.h"
#include "scenarios/data_set.h"
#include "workloads/accuracy.h"

namespace orrery::report {

/// A run that did not fit the memory where it was tried, and whether we say so too.
struct InfeasibleRun {
  std::string id;
  std::string layout;
  bool found = false;
  std::string why;  // as found, or what else is the matter
};

/// A constant of a stack that was fitted to measurements.
struct FittedConstant {
  std::string stack;
  std::string name;
  std::string value;
  std::string meaning;
  std::string to;  // which runs
};

/// What of a run lies outside of what predictions were compared with (workloads/validity.h), and of how many of the runs.
struct OutsideNote {
  std::string text;
  int rows = 0;
};

struct Validation {
  std::string argument;  // that names the set to `orrery validate`
  std::string name;
  std::string source;
  int runs = 0;  // that were read, infeasible ones too; a run may have several rows
  std::vector<workloads::Comparison> rows;
  std::vector<InfeasibleRun> infeasible;
  std::vector<FittedConstant> constants;  // of the stacks in use
  std::vector<OutsideNote> outside;       // each note once
  std::vector<scenarios::PublishedErrors> published_errors;
};

/// In words: measured runs that were not predicted, and infeasible ones that were. Empty where there are none.
std::string shortcomings(const Validation& validation);

enum class Rows { worst, all };

/// The tables: ours, a spreadsheet's and others' errors; then the rows, those off most where there are many and not all are asked for.
std::string validation_text(const Validation& validation, Rows which, const TerminalStyle& style);

/// A line for each data set, where there are several: mean errors of ours, of a spreadsheet and of others.
std::string validation_overview(const std::vector<Validation>& validations, const TerminalStyle& style);

/// {rows, summary, ...} for one data set, {"data_sets": [{name, rows, summary, ...}]} for several.
std::string validation_json(const std::vector<Validation>& validations);

}  // namespace orrery::report
