#include "topology/dump_lines.h"

#include <algorithm>
#include <array>

namespace orrery::topology {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

struct Speed {
  std::string_view name;     // ibnetdiscover
  std::string_view wire;     // iblinkinfo, Gb/s
  std::string_view opensm;   // Gb/s, rounded down
  double gigabits_per_lane;  // of data
};

/// The InfiniBand Architecture Specification's link lane_speeds. Data: 8b/10b up to QDR, 64b/66b from FDR10 to EDR; from HDR on the lanes
/// carry RS(544,514) and 256b/257b beside whole multiples of 50 Gb/s.
constexpr std::array<Speed, 9> lane_speeds{{{"SDR", "2.5", "2.5", 2},
                                            {"DDR", "5.0", "5", 4},
                                            {"QDR", "10.0", "10", 8},
                                            {"FDR10", "FDR10", "FDR10", 10},
                                            {"FDR", "14.0625", "14", 14.0625 * 64 / 66},
                                            {"EDR", "25.78125", "25", 25},
                                            {"HDR", "53.125", "50", 50},
                                            {"NDR", "106.25", "100", 100},
                                            {"XDR", "212.5", "200", 200}}};

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

LineScan& LineScan::skip_blanks() {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  return *this;
}

bool LineScan::accept(std::string_view expected) {
  if (!skip_blanks().rest_.starts_with(expected)) return false;
  rest_.remove_prefix(expected.size());
  return true;
}

std::optional<std::uint64_t> LineScan::guid() {
  const LineScan before = *this;
  if (accept("0x")) {
    const bool has_digit = !rest_.empty() && !is_blank(rest_.front());
    if (const auto found = has_digit ? parsed<std::uint64_t>(16) : std::nullopt) return found;
    *this = before;
    return std::nullopt;
  }
  return parsed<std::uint64_t>(16);
}

std::string_view LineScan::word() {
  skip_blanks();
  const auto end = std::find_if(rest_.begin(), rest_.end(), is_blank);
  const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(found.size());
  return found;
}

std::optional<std::string_view> LineScan::until(std::string_view mark) {
  const std::size_t at = rest_.find(mark);
  if (at == rest_.npos) return std::nullopt;
  const std::string_view found = rest_.substr(0, at);
  rest_.remove_prefix(at + mark.size());
  return found;
}

std::optional<sim::BytesPerSecond> lane_rate(std::string_view speed) {
  if (speed == "???" || speed == "??") return sim::BytesPerSecond{};
  for (const Speed& known : lane_speeds) {
    if (speed == known.name || speed == known.wire || speed == known.opensm) return sim::gigabits_per_second(known.gigabits_per_lane);
  }
  return std::nullopt;
}

std::optional<sim::BytesPerSecond> port_rate(int width, std::string_view speed) {
  if (width != 1 && width != 2 && width != 4 && width != 8 && width != 12) return std::nullopt;
  const auto lane = lane_rate(speed);
  if (!lane) return std::nullopt;
  return *lane * width;
}

std::string rate_name(sim::BytesPerSecond rate) {
  constexpr std::array widths{4, 2, 1, 12, 8};  // four lanes first, as almost every cable has
  for (const int width : widths) {
    for (const Speed& speed : lane_speeds) {
      if (rate.value > 0 && port_rate(width, speed.name) == rate) return std::to_string(width) + "x" + std::string(speed.name);
    }
  }
  return "4x???";
}

}  // namespace orrery::topology
