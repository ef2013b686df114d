// Numbers of things in words.
//
//     counted(2240, "GPU");      // "2,240 GPUs"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace orrery::report {

/// Thousands apart: "2,240".
inline std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const int first = number < 0 ? 1 : 0;
  for (int at = static_cast<int>(digits.size()) - 3; at > first; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

/// "1 node", "2 nodes", "3 switches".
inline std::string counted(std::int64_t number, std::string_view noun) {
  const char* plural = noun.ends_with("ch") ? "es" : "s";
  return grouped(number) + " " + std::string(noun) + (number == 1 ? "" : plural);
}

}  // namespace orrery::report
