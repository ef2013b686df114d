#include "scenarios/run_table.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "scenarios/field_reader.h"
#include "workloads/csv_table.h"

namespace orrery::scenarios {
namespace {

using nlohmann::json;
using Columns = std::vector<std::pair<std::string, TableColumn>>;

/// A member of "set" or "measured": the name of a column, or an object that says more.
TableColumn column_from(const Document& document, const std::string& pointer, const PresetLibrary& library) {
  Document part = part_of(document, pointer);
  TableColumn column;
  if (part.root.is_string()) {
    column.column = part.root.get<std::string>();
  } else {
    throw_if_any(read(part, library, column));
  }
  return column;
}

Columns columns_of(const json& object, const std::string& pointer, const Document& document, const PresetLibrary& library) {
  Columns columns;
  for (const auto& [name, ignored] : object.items()) columns.emplace_back(name, column_from(document, below(pointer, name), library));
  return columns;
}

std::optional<double> number_in(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = !text.empty() && error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
  return is_number ? std::optional(number) : std::nullopt;
}

/// As an integer where it is one.
json json_of_number(double number) {
  constexpr double exact_integers = 0x1p53;
  if (std::trunc(number) == number && std::abs(number) <= exact_integers) return static_cast<std::int64_t>(number);
  return number;
}

json value_of(const workloads::CsvRow& row, const TableColumn& column) {
  const std::string& text = row.text(column.column);
  if (!column.values.is_null()) {
    const auto found = column.values.find(text);
    if (found == column.values.end()) {
      throw row.fault(fmt::format("column \"{}\" holds \"{}\", which the table's \"values\" do not know", column.column, text),
                      "add it to them");
    }
    return *found;
  }
  const std::optional<double> number = number_in(text);
  if (!number) return text;
  const double value = *number * column.times;
  return json_of_number(column.divided_by ? std::ceil(value / *column.divided_by) : value);
}

double measured_in(const workloads::CsvRow& row, const TableColumn& column) {
  const double value = row.number(column.column) * column.times;
  if (value > 0 && std::isfinite(value)) return value;
  throw row.fault(fmt::format("\"{}\" in column \"{}\" is no positive measurement", row.text(column.column), column.column),
                  "leave it empty where nothing was measured");
}

/// A measurement is a number; it is not rounded up and does not stand for something else.
void refuse_all_but_times(const std::string& key, const TableColumn& column, const Document& document) {
  if (!column.divided_by && column.values.is_null()) return;
  throw sim::Error(document.places.placed(below("/table/measured", key), "a measurement takes no \"divided_by\" or \"values\"",
                                          "scale it by \"times\""));
}

std::filesystem::path path_of(const RunTable& table, const Document& document, const PresetLibrary& library) {
  std::error_code error;
  std::filesystem::path beside = document.directory / table.file;
  if (std::filesystem::exists(beside, error)) return beside;
  if (library.data && std::filesystem::exists(*library.data / table.file, error)) return *library.data / table.file;
  throw sim::Error(document.places.placed("/table/file",
                                          fmt::format("the table \"{}\" is not here{}", table.file,
                                                      library.data ? ", nor in " + library.data->string() : std::string()),
                                          "measured data do not come with Orrery: set ORRERY_DATA to the folder that holds them"),
                   sim::ErrorKind::unavailable);
}

}  // namespace

void describe(Fields& fields, RunTable& table) {
  fields.required("file", "CSV with a header line, beside the data set or in the folder of measured data", text(table.file));
  fields.required("set", "paths of the scenario and the columns that give them", raw(table.set));
  fields.required("measured", "keys of the result and the columns that give them", raw(table.measured));
}

void describe(Fields& fields, TableColumn& column) {
  fields.required("column", "its name in the header line", text(column.column));
  fields.optional("times", "factor on the number, before it is divided", real(column.times, 1e-12, 1e12));
  fields.optional("divided_by", "divisor of the number; the quotient is rounded up", integer(column.divided_by, 1, 1'000'000));
  fields.optional("values", "what each text in the column stands for", raw(column.values));
}

std::vector<MeasuredRun> rows_of(const RunTable& table, const Document& document, const PresetLibrary& library) {
  const Columns set = columns_of(table.set, "/table/set", document, library);
  const Columns measured = columns_of(table.measured, "/table/measured", document, library);
  for (const auto& [key, column] : measured) refuse_all_but_times(key, column, document);
  const std::filesystem::path path = path_of(table, document, library);
  std::vector<MeasuredRun> rows;
  workloads::for_each_row(path.string(), [&](const workloads::CsvRow& row) {
    MeasuredRun run{.id = fmt::format("line {}", row.line()), .set = {}, .measured = {}};
    for (const auto& [target, column] : set) {
      const std::string source = fmt::format("{}:{} {}", path.filename().string(), row.line(), target);
      run.set.push_back(override_of(source, target, value_of(row, column)));
    }
    for (const auto& [key, column] : measured) {
      if (!row.text(column.column).empty()) run.measured[key] = measured_in(row, column);
    }
    if (!run.measured.empty()) rows.push_back(std::move(run));
  });
  return rows;
}

}  // namespace orrery::scenarios
