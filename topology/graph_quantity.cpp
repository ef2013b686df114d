#include "topology/graph_quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "sim/error.h"
#include "sim/units_text.h"

namespace orrery::topology {
namespace {

struct NumberAndUnit {
  double number = 0;
  std::string_view unit;
};

/// Nothing where it does not begin with a finite number of zero or more.
std::optional<NumberAndUnit> number_and_unit(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return NumberAndUnit{number, text};
}

/// SimGrid's units, which say byte or bit by the case of their b.
std::optional<double> bytes_per_second_of(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 14> units = {{{"", 1e9},
                                                                          {"Bps", 1},
                                                                          {"kBps", 1e3},
                                                                          {"MBps", 1e6},
                                                                          {"GBps", 1e9},
                                                                          {"TBps", 1e12},
                                                                          {"KiBps", 0x1p10},
                                                                          {"MiBps", 0x1p20},
                                                                          {"GiBps", 0x1p30},
                                                                          {"bps", 0.125},
                                                                          {"kbps", 0.125e3},
                                                                          {"Mbps", 0.125e6},
                                                                          {"Gbps", 0.125e9},
                                                                          {"Tbps", 0.125e12}}};
  for (const auto& [name, factor] : units) {
    if (unit == name) return factor;
  }
  return std::nullopt;
}

}  // namespace

sim::BytesPerSecond graph_bandwidth(std::string_view text) {
  sim::BytesPerSecond bandwidth;
  const std::optional<NumberAndUnit> parts = number_and_unit(text);
  const std::optional<double> factor = parts ? bytes_per_second_of(parts->unit) : std::nullopt;
  bandwidth = factor ? sim::BytesPerSecond{parts->number * *factor} : sim::bytes_per_second_from(text);
  if (!(bandwidth.value > 0) || !std::isfinite(bandwidth.value)) {
    throw sim::Error(
        {.what = fmt::format("a cable of \"{}\" carries nothing, or too much", text), .remedy = "write e.g. \"25GBps\", or leave it out"});
  }
  return bandwidth;
}

sim::Duration graph_latency(std::string_view text) {
  const std::optional<NumberAndUnit> parts = number_and_unit(text);
  if (!parts || !parts->unit.empty()) return sim::duration_from(text);
  constexpr double most_seconds = 1;  // more is nanoseconds without their unit
  if (parts->number > most_seconds)
    throw sim::Error({.what = fmt::format("a latency of \"{}\" s is no cable's", text), .remedy = "write e.g. \"130ns\""});
  return sim::Duration::from_seconds(parts->number);
}

std::string graph_text(sim::BytesPerSecond bandwidth) {
  const double gigabytes = bandwidth.value / 1e9;
  return gigabytes * 1e9 == bandwidth.value ? fmt::format("{}GBps", gigabytes) : fmt::format("{}Bps", bandwidth.value);
}

std::string graph_text(sim::Duration latency) {
  return latency.ticks % 1000 == 0 ? fmt::format("{}ns", latency.ticks / 1000) : fmt::format("{}ps", latency.ticks);
}

}  // namespace orrery::topology
