#include "workloads/import_nccl_tests.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "sim/error.h"
#include "sim/printable.h"

namespace orrery::workloads {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t\r", at);
    if (begin == std::string_view::npos) break;
    at = std::min(line.find_first_of(" \t\r", begin), line.size());
    words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

template <class Number>
std::optional<Number> number_from(std::string_view word) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

sim::Error wrong_line(const std::string& name, int line, std::string what) {
  return sim::Error({.place = name + ":" + std::to_string(line),
                     .what = sim::printable(std::move(what)),
                     .remedy = "give what nccl-tests printed, from its heading \"size count type ... time algbw busbw\" on"});
}

/// Where the first time stands, counted from the end of a row: words before it may be left blank. What stands behind it.
struct Columns {
  std::size_t time_from_end = 0;
  bool has_bandwidths = false;
  bool counts_wrong = false;
};

std::optional<Columns> columns_of(const std::vector<std::string_view>& words) {
  const auto time = std::find(words.begin(), words.end(), "time");
  const bool is_heading = words.size() > 4 && words[0] == "#" && words[1] == "size" && words[2] == "count" && words[3] == "type";
  if (!is_heading || time == words.end()) return std::nullopt;
  const auto behind = [&](std::ptrdiff_t places, std::string_view name) { return words.end() - time > places && *(time + places) == name; };
  return Columns{.time_from_end = static_cast<std::size_t>(words.end() - time),
                 .has_bandwidths = behind(1, "algbw") && behind(2, "busbw"),
                 .counts_wrong = behind(3, "#wrong")};
}

bool begins_with_a_number(const std::vector<std::string_view>& words) {
  return !words.empty() && std::all_of(words[0].begin(), words[0].end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::optional<RoundedFigure> figure_from(std::string_view word) {
  const auto value = number_from<double>(word);
  if (!value || !std::isfinite(*value) || *value < 0 || word.find_first_of("eE") != std::string_view::npos) return std::nullopt;
  const std::size_t point = word.find('.');
  const std::size_t decimals = point == std::string_view::npos ? 0 : word.size() - point - 1;
  return RoundedFigure{*value, 0.5 * std::pow(10, -static_cast<double>(decimals))};
}

NcclTestsRow row_from(const std::vector<std::string_view>& words, const Columns& columns, const std::string& name, int line) {
  constexpr std::size_t before_time = 3;  // size, count, type
  if (words.size() < before_time + columns.time_from_end) throw wrong_line(name, line, "the row has fewer columns than the heading");
  const std::size_t time = words.size() - columns.time_from_end;
  const auto size = number_from<std::int64_t>(words[0]);
  const auto microseconds = number_from<double>(words[time]);
  constexpr double most = 1e12;  // eleven days
  if (!size) throw wrong_line(name, line, "\"" + std::string(words[0]) + "\" is no size");
  if (!microseconds || !std::isfinite(*microseconds) || *microseconds <= 0 || *microseconds > most) {
    throw wrong_line(name, line, "\"" + std::string(words[time]) + "\" is no time in microseconds");
  }
  NcclTestsRow row{.line = line, .size = {*size}, .time = sim::Duration::from_seconds(*microseconds / 1e6)};
  if (columns.has_bandwidths) {
    const auto algorithm = figure_from(words[time + 1]);
    const auto bus = figure_from(words[time + 2]);
    if (algorithm && bus) {
      row.algorithm_bandwidth = *algorithm;
      row.bus_bandwidth = *bus;
    }
  }
  if (columns.counts_wrong) row.wrong = number_from<std::int64_t>(words[time + 3]).value_or(0);
  return row;
}

/// "2.28" of "2.28.9+cuda13.0".
std::string version_from(std::string_view word) {
  const std::size_t point = word.find('.');
  if (point == std::string_view::npos) return "";
  const std::string_view version = word.substr(0, word.find_first_not_of("0123456789", point + 1));
  const bool is_version =
      point > 0 && version.size() > point + 1 && version.size() < 10 && version.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_version ? std::string(version) : "";
}

/// What the library's number says: 22809, and 2809 before 2.9.
std::string version_of_code(int code) {
  const int major = code >= 10000 ? code / 10000 : code / 1000;
  return std::to_string(major) + "." + std::to_string(code % (code >= 10000 ? 10000 : 1000) / 100);
}

/// Lines beside the table that tell of the run; of several the first of a kind is taken, but devices are counted.
void take_facts(const std::vector<std::string_view>& words, int line, NcclTestsLog& log) {
  if (words.size() > 3 && words[0] == "#" && words[1] == "Rank") {
    const auto rank = number_from<int>(words[2]);
    constexpr int most = 1 << 24;
    if (rank && *rank >= 0 && *rank < most) log.ranks = {std::max(log.ranks.value, *rank + 1), line};
  }
  for (std::size_t i = 0; i + 2 < words.size() && log.calls.line == 0; ++i) {
    if (words[i] != "agg" || words[i + 1] != "iters:") continue;
    if (const auto calls = number_from<int>(words[i + 2]); calls && *calls > 0) log.calls = {*calls, line};
  }
  const auto take_version = [&](std::string version) {
    if (version.empty() || !log.nccl_version.empty()) return;
    log.nccl_version = std::move(version);
    log.nccl_version_line = line;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    constexpr std::string_view library = "nccl-library=";
    if (i + 2 < words.size() && words[i] == "NCCL" && words[i + 1] == "version") take_version(version_from(words[i + 2]));
    if (!words[i].starts_with(library)) continue;
    if (const auto code = number_from<int>(words[i].substr(library.size())); code && *code > 1000) take_version(version_of_code(*code));
  }
}

}  // namespace

NcclTestsLog read_nccl_tests(std::string_view text, const std::string& name) {
  NcclTestsLog log;
  std::optional<Columns> columns;
  int line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::vector<std::string_view> words = words_of(text.substr(at, end - at));
    at = end + 1;
    ++line;
    if (const auto found = columns_of(words)) columns = found;
    if (!columns || !begins_with_a_number(words)) {
      take_facts(words, line, log);
      continue;
    }
    const NcclTestsRow row = row_from(words, *columns, name, line);
    const std::string type = sim::printable(std::string(words[2]));
    if (log.type.empty()) log.type = type;
    if (type != log.type) throw wrong_line(name, line, "rows of " + log.type + " and of " + type);
    if (row.size.count > 0) log.rows.push_back(row);
  }
  if (!columns) throw wrong_line(name, 1, "there is no heading of nccl-tests");
  if (log.rows.empty()) throw wrong_line(name, line, "there is no row below the heading");
  return log;
}

}  // namespace orrery::workloads
