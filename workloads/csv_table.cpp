#include "workloads/csv_table.h"

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <charconv>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace orrery::workloads {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // of UTF-8, which spreadsheets begin with

std::vector<std::string> split_at_commas(std::string_view line) {
  std::vector<std::string> fields;
  if (line.ends_with('\r')) line.remove_suffix(1);
  for (;;) {
    const std::size_t comma = line.find(',');
    fields.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

sim::Error CsvRow::fault(const std::string& what, const std::string& remedy) const {
  return sim::Error({.place = path_ + ":" + std::to_string(line_), .what = what, .remedy = remedy});
}

const std::string& CsvRow::text(const std::string& column) const {
  const auto found = columns_.find(column);
  if (found == columns_.end()) throw fault("has no column \"" + column + "\"", "is it a table of this kind?");
  if (found->second >= fields_.size()) throw fault("the row ends before column \"" + column + "\"", "is the file whole?");
  return fields_[found->second];
}

bool CsvRow::has(const std::string& column) const { return columns_.contains(column) && !text(column).empty(); }

double CsvRow::number(const std::string& column) const {
  const std::string& field = text(column);
  double value = 0;
  const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (code != std::errc{} || end != field.data() + field.size() || !std::isfinite(value)) {
    throw fault("\"" + field + "\" is no number", "correct column \"" + column + "\"");
  }
  return value;
}

std::int64_t CsvRow::count(const std::string& column) const {
  constexpr double most = 9e15;  // exact in a double
  const double value = number(column);
  if (!(value >= 1 && value <= most) || value != std::floor(value)) {
    throw fault("\"" + text(column) + "\" is no whole number", "correct column \"" + column + "\"");
  }
  return static_cast<std::int64_t>(value);
}

void for_each_row(const std::string& path, const std::function<void(const CsvRow&)>& use) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {  // a pipe may never begin, a device end
    throw sim::Error({.place = path, .what = "is not a plain file", .remedy = "name a CSV file"});
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw sim::Error({.place = path, .what = "cannot be opened", .remedy = "check the path"});
  boost::iostreams::filtering_istream input;
  if (path.ends_with(".gz")) input.push(boost::iostreams::gzip_decompressor());
  input.push(file);
  input.exceptions(std::ios::badbit);  // else a damaged archive reads as a short one
  std::string line;
  CsvRow::Columns columns;
  int number = 0;
  const auto next_line = [&] {
    try {
      return static_cast<bool>(std::getline(input, line));
    } catch (const std::exception&) {  // gzip_error, or the stream's own failure on top of it
      throw sim::Error(
          {.place = path, .what = "cannot be decompressed after line " + std::to_string(number), .remedy = "fetch the file anew"});
    }
  };
  while (next_line()) {
    if (++number == 1 && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
    const std::vector<std::string> fields = split_at_commas(line);
    const CsvRow row(path, number, columns, fields);
    if (line.find('"') != std::string::npos) throw row.fault("holds a quote", "write fields without quotes or commas");
    if (number == 1) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns[fields[i]] = i;
    } else if (!line.empty() && line != "\r") {
      use(row);
    }
  }
}

}  // namespace orrery::workloads
