#include "cli/page.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "scenarios/read_file.h"

namespace orrery::cli {
namespace {

bool is_plain(const std::string& word) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%^";
  return !word.empty() && word.find_first_not_of(letters) == word.npos;
}

}  // namespace

std::string charts_bundle(const Context& context) {
  constexpr std::size_t most_bytes = 8U << 20U;
  std::error_code error;
  if (!std::filesystem::is_regular_file(context.charts, error)) return "";
  return scenarios::file_text(context.charts, most_bytes);
}

std::string command_line_of(const std::vector<std::string>& arguments) {
  std::string line = "orrery";
  for (const std::string& word : arguments) {
    line += ' ';
    if (is_plain(word)) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace orrery::cli
