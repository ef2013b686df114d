// Reads tables of measurements: CSV files with a header line, gzipped or not.
//
//     for_each_row("runs.csv", [&](const CsvRow& row) { seconds.push_back(row.number("iteration_s")); });
//
// Fields hold no commas or quotes in the tables that are read here; a quote is refused rather than misread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/error.h"

namespace orrery::workloads {

/// One row, its fields by column. Every function throws sim::Error, placed at file and line, for what is not there or is no number.
class CsvRow {
 public:
  using Columns = std::map<std::string, std::size_t>;
  CsvRow(const std::string& path, int line, const Columns& columns, const std::vector<std::string>& fields)
      : path_(path), line_(line), columns_(columns), fields_(fields) {}

  int line() const { return line_; }
  const std::string& text(const std::string& column) const;
  /// Whether there is such a column and the row has something in it.
  bool has(const std::string& column) const;
  double number(const std::string& column) const;
  /// An integer from 1 on.
  std::int64_t count(const std::string& column) const;

  sim::Error fault(const std::string& what, const std::string& remedy) const;

 private:
  const std::string& path_;
  int line_;
  const Columns& columns_;
  const std::vector<std::string>& fields_;
};

/// In order of the file. Throws sim::Error where it is no plain file, or cannot be read or decompressed.
void for_each_row(const std::string& path, const std::function<void(const CsvRow&)>& use);

}  // namespace orrery::workloads
