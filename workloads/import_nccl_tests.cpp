#include "workloads/import_nccl_tests.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

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

/// Where the first time stands, counted from the end of a row: words before it may be left blank.
std::optional<std::size_t> time_from_end(const std::vector<std::string_view>& words) {
  const auto time = std::find(words.begin(), words.end(), "time");
  const bool is_heading = words.size() > 4 && words[0] == "#" && words[1] == "size" && words[2] == "count" && words[3] == "type";
  if (!is_heading || time == words.end()) return std::nullopt;
  return static_cast<std::size_t>(words.end() - time);
}

bool begins_with_a_number(const std::vector<std::string_view>& words) {
  return !words.empty() && std::all_of(words[0].begin(), words[0].end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

NcclTestsRow row_from(const std::vector<std::string_view>& words, std::size_t from_end, const std::string& name, int line) {
  constexpr std::size_t before_time = 3;  // size, count, type
  if (words.size() < before_time + from_end) throw wrong_line(name, line, "the row has fewer columns than the heading");
  const auto size = number_from<std::int64_t>(words[0]);
  const auto microseconds = number_from<double>(words[words.size() - from_end]);
  constexpr double most = 1e12;  // eleven days
  if (!size) throw wrong_line(name, line, "\"" + std::string(words[0]) + "\" is no size");
  if (!microseconds || !std::isfinite(*microseconds) || *microseconds <= 0 || *microseconds > most) {
    throw wrong_line(name, line, "\"" + std::string(words[words.size() - from_end]) + "\" is no time in microseconds");
  }
  return {.line = line, .size = {*size}, .time = sim::Duration::from_seconds(*microseconds / 1e6)};
}

}  // namespace

NcclTestsLog read_nccl_tests(std::string_view text, const std::string& name) {
  NcclTestsLog log;
  std::optional<std::size_t> from_end;
  int line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::vector<std::string_view> words = words_of(text.substr(at, end - at));
    at = end + 1;
    ++line;
    if (const auto found = time_from_end(words)) from_end = found;
    if (!from_end || !begins_with_a_number(words)) continue;
    const NcclTestsRow row = row_from(words, *from_end, name, line);
    const std::string type = sim::printable(std::string(words[2]));
    if (log.type.empty()) log.type = type;
    if (type != log.type) throw wrong_line(name, line, "rows of " + log.type + " and of " + type);
    if (row.size.count > 0) log.rows.push_back(row);
  }
  if (!from_end) throw wrong_line(name, 1, "there is no heading of nccl-tests");
  if (log.rows.empty()) throw wrong_line(name, line, "there is no row below the heading");
  return log;
}

}  // namespace orrery::workloads
