#include "sim/program_line.h"

#include <algorithm>
#include <charconv>

#include "sim/error.h"
#include "sim/program_names.h"

namespace orrery::sim {

ProgramLine::ProgramLine(std::string_view text) : line_(text) {
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  rest_ = line_;
  trim();
  indent_ = static_cast<std::int32_t>(std::min(line_.find_first_not_of(' '), line_.size()));
}

void ProgramLine::trim() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
  if (rest_.starts_with('#')) rest_.remove_prefix(rest_.size());
}

std::string_view ProgramLine::word(std::string_view expected) {
  if (failed()) return {};
  if (at_end()) {
    fail(rest_, "the line ends where " + std::string(expected) + " should stand");
    return {};
  }
  const std::string_view word = rest_.substr(0, rest_.find_first_of(" #"));
  rest_.remove_prefix(word.size());
  trim();
  return word;
}

void ProgramLine::keyword(std::string_view expected) {
  const std::string_view found = word(quoted(expected));
  if (found != expected) fail(found, quoted(found) + " where " + quoted(expected) + " should stand");
}

std::string ProgramLine::text(std::string_view expected) {
  std::string text;
  if (failed()) return text;
  const std::string_view start = rest_;
  for (std::size_t i = 1; start.starts_with('"') && i < start.size(); ++i) {
    if (start[i] == '"') {
      rest_.remove_prefix(i + 1);
      trim();
      return text;
    }
    if (start[i] == '\\' && ++i < start.size() && start[i] != '"' && start[i] != '\\') {
      fail(start.substr(i - 1), "\\ before something else than \" or \\", "write \\\\ for a \\");
      return {};
    }
    if (i < start.size()) text += start[i];
  }
  fail(start, std::string(expected) + " should stand here between quotes", "write e.g. \"my program\"");
  return {};
}

std::int64_t ProgramLine::number_in(std::string_view word, std::string_view expected, std::int64_t least, std::int64_t most) {
  if (failed()) return 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (word.empty() || end != word.data() + word.size() || error == std::errc::invalid_argument) {
    fail(word, quoted(word) + " is no number, where " + std::string(expected) + " should stand", "write a decimal integer");
    return 0;
  }
  if (error == std::errc::result_out_of_range || number < least || number > most) {
    fail(word,
         quoted(word) + " is out of range: " + std::string(expected) + " is " + std::to_string(least) + " to " + std::to_string(most));
    return 0;
  }
  return number;
}

void ProgramLine::end() {
  if (!at_end()) fail(rest_, "the line goes on after its end: " + quoted(rest_.substr(0, rest_.find_first_of(" #"))));
}

void ProgramLine::fail(std::string_view place, std::string what, std::string remedy) {
  if (failed()) return;
  fault_ = ProgramLineFault{static_cast<std::int32_t>(place.data() - line_.data()) + 1, std::move(what), std::move(remedy)};
}

void ProgramLine::fail_unknown(std::string_view word, std::string_view expected, const std::vector<std::string>& known) {
  if (failed()) return;
  constexpr std::size_t most_listed = 12;
  const std::string nearest = nearest_name(word, known);
  std::string remedy;
  if (!nearest.empty()) {
    remedy = "did you mean " + quoted(nearest) + "?";
  } else if (!known.empty() && known.size() <= most_listed) {
    for (const std::string& name : known) remedy += (remedy.empty() ? "known: " : ", ") + name;
  }
  fail(word, quoted(word) + " is no " + std::string(expected), std::move(remedy));
}

void ProgramLine::fail_indent(std::string remedy) { fail(line_, "indented by " + std::to_string(indent_) + " blanks", std::move(remedy)); }

}  // namespace orrery::sim
