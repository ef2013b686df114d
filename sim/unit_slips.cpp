#include "sim/unit_slips.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "sim/error.h"

namespace orrery::sim {

namespace {

/// Endings that people write, and ours. What stands before them, the prefix, is kept.
struct Misspelling {
  std::string_view ending;
  std::string_view meant;
};
constexpr auto misspellings = std::to_array<Misspelling>({
    {"bits/s", "bit/s"}, {"FLOPS", "FLOP/s"}, {"FLOPs", "FLOP/s"}, {"FLOP", "FLOP/s"}, {"FLOPS/s", "FLOP/s"}, {"flops", "FLOP/s"},
    {"flop", "FLOP/s"},  {"bytes", "B"},      {"byte", "B"},       {"nsec", "ns"},     {"usec", "us"},        {"msec", "ms"},
    {"sec", "s"},        {"secs", "s"},       {"second", "s"},     {"seconds", "s"},   {"mins", "min"},       {"minute", "min"},
    {"minutes", "min"},  {"hour", "h"},       {"hours", "h"},      {"hr", "h"},        {"hrs", "h"},          {"d", "days"},
});

char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// "G" of "Gb/s", "gbps", "GBps", "Gb" and "GB".
std::optional<std::string_view> prefix_of_bits_or_bytes(std::string_view unit) {
  std::string name(unit);
  std::ranges::transform(name, name.begin(), lower_case);
  for (const std::string_view ending : {"/s", "/sec", "ps"}) {
    if (!name.ends_with(ending)) continue;
    name.resize(name.size() - ending.size());
    break;
  }
  for (const std::string_view prefix : {"", "k", "M", "G", "T"}) {
    std::string slip(prefix);
    std::ranges::transform(slip, slip.begin(), lower_case);
    if (name == slip + "b") return prefix;
  }
  return std::nullopt;
}

std::string plain_number(double value) {
  std::array<char, 32> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

}  // namespace

std::string unit_meant_by(std::string_view name, const std::vector<std::string_view>& known) {
  for (const auto& [ending, meant] : misspellings) {
    if (!name.ends_with(ending)) continue;
    const std::string corrected = std::string(name.substr(0, name.size() - ending.size())) + std::string(meant);
    if (std::ranges::find(known, corrected) != known.end()) return corrected;
  }
  return nearest_name(name, {known.begin(), known.end()});
}

std::string bits_or_bytes(std::string_view number, double value, std::string_view unit) {
  const std::optional<std::string_view> prefix = prefix_of_bits_or_bytes(unit);
  if (!prefix) return "";
  const std::string bits = std::string(*prefix) + "bit/s";
  const std::string bytes = std::string(*prefix) + "B/s";
  const std::string as_written(number);
  return "write \"" + as_written + " " + bits + "\" (" + plain_number(value / 8) + " " + bytes + ") or \"" + as_written + " " + bytes +
         "\" (" + plain_number(value * 8) + " " + bits + ")";
}

}  // namespace orrery::sim
