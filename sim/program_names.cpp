#include "sim/program_names.h"

#include <algorithm>

namespace orrery::sim {

bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '#' && c != ':' && c != '"'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), plain);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string result = "\"";
  for (const char c : text.substr(0, most)) result += c >= ' ' && c < 0x7f ? c : '?';
  if (text.size() > most) result += "...";
  return result + "\"";
}

}  // namespace orrery::sim
