// The lines of what `orrery init` prints, and the keys that are commented out in it.
#pragma once

#include <cstddef>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace orrery::test {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// With the commented lines from `begin` to `end` taken in: keys, and the braces that close their objects.
inline std::string uncommented(std::vector<std::string> lines, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i >= begin && i < end) lines[i] = std::regex_replace(lines[i], std::regex(R"(^( *)// ( *["}].*)$)"), "$1$2");
    text += lines[i] + "\n";
  }
  return text;
}

/// The text with one key taken in, for each that is commented out and in no object that is; and the key's line.
struct Uncommented {
  std::string line;
  std::string text;
};
inline std::vector<Uncommented> with_one_key(const std::string& text) {
  const std::regex commented_key(R"(^( *)// (".*)$)");
  const std::vector<std::string> lines = lines_of(text);
  std::vector<Uncommented> result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_match(lines[i], match, commented_key)) continue;
    std::size_t end = i + 1;
    if (lines[i].find("\": {") != std::string::npos) {
      while (!lines[end++].starts_with(match[1].str() + "// }")) {
      }
    }
    result.push_back({lines[i], uncommented(lines, i, end)});
  }
  return result;
}

}  // namespace orrery::test
