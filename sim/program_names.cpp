#include "sim/program_names.h"

#include <algorithm>

namespace orrery::sim {

bool is_line_of_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned lead = byte(i++);
    if (lead < 0x80) {
      if (lead < 0x20 || lead == 0x7f) return false;
      continue;
    }
    const int more = lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 0;
    if (more == 0) return false;
    const unsigned second = byte(i);
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool outside = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);  // surrogates; above U+10FFFF
    if (overlong || outside) return false;
    for (int k = 0; k < more; ++k) {
      if ((byte(i++) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

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
