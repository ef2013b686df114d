#include "scenarios/quantity_text.h"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "sim/error.h"
#include "sim/units_text.h"

namespace orrery::scenarios {
namespace {

struct NamedScale {
  std::string_view unit;
  double scale;
};
constexpr NamedScale byte_scales[] = {{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}};
constexpr NamedScale rate_scales[] = {{"TB/s", 1e12}, {"GB/s", 1e9}, {"MB/s", 1e6}, {"kB/s", 1e3}, {"B/s", 1}};
constexpr NamedScale bit_scales[] = {{"Gbit/s", 1e9 / 8}, {"Mbit/s", 1e6 / 8}, {"B/s", 1}};
constexpr NamedScale flop_scales[] = {{"TFLOP/s", 1e12}, {"GFLOP/s", 1e9}, {"MFLOP/s", 1e6}, {"FLOP/s", 1}};
constexpr NamedScale time_scales[] = {{"s", 1e12}, {"ms", 1e9}, {"us", 1e6}, {"ns", 1e3}, {"ps", 1}};

template <class Quantity>
bool reads_back(const std::string& text, Quantity value) {
  Quantity read{};
  try {
    parse_quantity(text, read);
  } catch (const sim::Error&) {
    return false;
  }
  return read == value;
}

template <class Quantity>
std::string exact(Quantity value, std::span<const NamedScale> scales) {
  const double amount = magnitude(value);
  for (const auto& [unit, scale] : scales) {
    if (std::abs(amount) < scale && scale > 1) continue;
    const std::string text = fmt::format("{} {}", amount / scale, unit);
    if (reads_back(text, value)) return text;
  }
  return fmt::format("{:.0f} {}", amount, scales.back().unit);
}

}  // namespace

void parse_quantity(std::string_view text, sim::Bytes& value) { value = sim::bytes_from(text); }
void parse_quantity(std::string_view text, sim::BytesPerSecond& value) { value = sim::bytes_per_second_from(text); }
void parse_quantity(std::string_view text, sim::FlopsPerSecond& value) { value = sim::flops_per_second_from(text); }
void parse_quantity(std::string_view text, sim::Duration& value) { value = sim::duration_from(text); }
void parse_quantity(std::string_view text, sim::LongDuration& value) { value = sim::long_duration_from(text); }

std::string exact_text(sim::Bytes value) { return exact(value, byte_scales); }
std::string exact_text(sim::BytesPerSecond value) { return exact(value, rate_scales); }
std::string exact_text_in_bits(sim::BytesPerSecond value) { return exact(value, bit_scales); }
std::string exact_text(sim::FlopsPerSecond value) { return exact(value, flop_scales); }
std::string exact_text(sim::Duration value) { return exact(value, time_scales); }
std::string exact_text(sim::LongDuration value) { return exact_text(sim::refined(value)); }

std::string_view example_of(sim::Bytes) { return "80 GB"; }
std::string_view example_of(sim::BytesPerSecond) { return "400 Gbit/s"; }
std::string_view example_of(sim::FlopsPerSecond) { return "312 TFLOP/s"; }
std::string_view example_of(sim::Duration) { return "130 ns"; }
std::string_view example_of(sim::LongDuration) { return "1.5 s"; }

QuantityRange range_of(sim::Bytes) { return {1e6, 1e15, "1 MB to 1 PB"}; }
QuantityRange range_of(sim::BytesPerSecond) { return {1e3, 1e15, "1 kB/s to 1 PB/s"}; }
QuantityRange range_of(sim::FlopsPerSecond) { return {1e9, 1e21, "1 GFLOP/s to 1000 EFLOP/s"}; }
QuantityRange range_of(sim::Duration) { return {1, 1e12, "1 ps to 1 s"}; }
QuantityRange range_of(sim::LongDuration) { return {1, 86'400e9 * 100, "1 ns to 100 days"}; }

double magnitude(sim::Bytes value) { return static_cast<double>(value.count); }
double magnitude(sim::BytesPerSecond value) { return value.value; }
double magnitude(sim::FlopsPerSecond value) { return value.value; }
double magnitude(sim::Duration value) { return static_cast<double>(value.ticks); }
double magnitude(sim::LongDuration value) { return static_cast<double>(value.ticks); }

}  // namespace orrery::scenarios
