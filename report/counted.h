// Numbers of things in words.
//
//     counted(2240, "GPU");      // "2,240 GPUs"
//     percent(0.123);            // "12.3 %"
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
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

/// "12.3 %"; nothing of what is unknown.
inline std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }
inline std::string percent(const std::optional<double>& share) { return share ? percent(*share) : ""; }

}  // namespace orrery::report
