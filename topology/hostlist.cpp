#include "topology/hostlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "sim/error.h"
#include "sim/printable.h"

namespace orrery::topology {
namespace {

[[noreturn]] void refuse_hostlist(std::string_view text, std::string_view why) {
  throw sim::Error(
      {.what = fmt::format("\"{}\" is no list of names: {}", text.substr(0, 80), why), .remedy = "write e.g. node[001-020],login1"});
}

/// "001-020" or "7".
struct NameRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t width = 0;
  std::uint64_t size() const { return last - first + 1; }
};

std::uint64_t range_end(std::string_view digits, std::string_view list) {
  constexpr std::size_t most_digits = 18;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || digits.size() > most_digits || error != std::errc{} || end != digits.data() + digits.size()) {
    refuse_hostlist(list, fmt::format("\"{}\" is no number", digits));
  }
  return value;
}

/// What stands between brackets.
std::vector<NameRange> ranges_in(std::string_view text, std::string_view list) {
  std::vector<NameRange> ranges;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t dash = part.find('-');
    const std::string_view low = part.substr(0, dash), high = dash == std::string_view::npos ? low : part.substr(dash + 1);
    const NameRange range{range_end(low, list), range_end(high, list), low.size()};
    if (range.last < range.first) refuse_hostlist(list, fmt::format("{} runs backwards", part));
    ranges.push_back(range);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return ranges;
}

/// Every name so far with every number of the ranges.
void append_numbers(std::vector<std::string>& names, const std::vector<NameRange>& ranges, std::size_t most, std::string_view list) {
  std::uint64_t numbers = 0;
  for (const NameRange& range : ranges) numbers = std::min<std::uint64_t>(numbers + range.size(), UINT64_MAX / 4);
  if (numbers > most / names.size()) refuse_hostlist(list, fmt::format("it stands for more than {} names", most));
  std::vector<std::string> longer;
  longer.reserve(names.size() * numbers);
  for (const std::string& name : names) {
    for (const NameRange& range : ranges) {
      for (std::uint64_t i = range.first; i <= range.last; ++i) longer.push_back(fmt::format("{}{:0{}}", name, i, range.width));
    }
  }
  names = std::move(longer);
}

/// "a[1-3]b[1-2]".
std::vector<std::string> names_of_pattern(std::string_view pattern, std::size_t most) {
  std::vector<std::string> names{""};
  const std::string_view whole = pattern;
  while (!pattern.empty()) {
    const std::size_t open = std::min(pattern.find('['), pattern.size());
    for (std::string& name : names) name += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    const std::size_t close = pattern.find(']');
    append_numbers(names, ranges_in(pattern.substr(1, close - 1), whole), most, whole);
    pattern.remove_prefix(close + 1);
  }
  return names;
}

/// Where the pattern at the front of `text` ends: at a comma outside brackets, or at the end.
std::size_t pattern_end(std::string_view text) {
  bool in_brackets = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' && !in_brackets) return i;
    if (text[i] == '[' && in_brackets) refuse_hostlist(text, "brackets in brackets");
    if (text[i] == ']' && !in_brackets) refuse_hostlist(text, "a bracket closes that was not opened");
    if (text[i] == '[' || text[i] == ']') in_brackets = text[i] == '[';
  }
  if (in_brackets) refuse_hostlist(text, "a bracket is not closed");
  return text.size();
}

}  // namespace

std::vector<std::string> hostlist(std::string_view text, std::size_t most) {
  if (!sim::is_printable(text) || text.find(' ') != std::string_view::npos)
    refuse_hostlist(text, "names have no blanks and no control characters");
  std::vector<std::string> names;
  for (bool more = true; more;) {
    const std::size_t end = pattern_end(text);
    if (end == 0) refuse_hostlist(text, "a name is empty");
    if (names.size() >= most) refuse_hostlist(text, fmt::format("there are more than {} names", most));
    for (std::string& name : names_of_pattern(text.substr(0, end), most - names.size())) names.push_back(std::move(name));
    more = end < text.size();
    if (more) text.remove_prefix(end + 1);
  }
  return names;
}

}  // namespace orrery::topology
