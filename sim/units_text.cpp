#include "sim/units_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <source_location>
#include <span>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/unit_slips.h"

namespace orrery::sim {

namespace {

enum class Dimension { data, data_rate, compute_rate, time };

struct KnownUnit {
  std::string_view name;
  Dimension dimension;
  double size;  // in bytes, bytes/s, FLOP/s or picoseconds: every one of them is exact in a double
};

constexpr double picoseconds_per_second = Picosecond::per_second;

constexpr auto known_units = std::to_array<KnownUnit>({
    {"B", Dimension::data, 1},
    {"kB", Dimension::data, 1e3},
    {"MB", Dimension::data, 1e6},
    {"GB", Dimension::data, 1e9},
    {"TB", Dimension::data, 1e12},
    {"PB", Dimension::data, 1e15},
    {"KiB", Dimension::data, 0x1p10},
    {"MiB", Dimension::data, 0x1p20},
    {"GiB", Dimension::data, 0x1p30},
    {"TiB", Dimension::data, 0x1p40},
    {"PiB", Dimension::data, 0x1p50},
    {"B/s", Dimension::data_rate, 1},
    {"kB/s", Dimension::data_rate, 1e3},
    {"MB/s", Dimension::data_rate, 1e6},
    {"GB/s", Dimension::data_rate, 1e9},
    {"TB/s", Dimension::data_rate, 1e12},
    {"PB/s", Dimension::data_rate, 1e15},
    {"KiB/s", Dimension::data_rate, 0x1p10},
    {"MiB/s", Dimension::data_rate, 0x1p20},
    {"GiB/s", Dimension::data_rate, 0x1p30},
    {"TiB/s", Dimension::data_rate, 0x1p40},
    {"PiB/s", Dimension::data_rate, 0x1p50},
    {"bit/s", Dimension::data_rate, 1.0 / 8},
    {"kbit/s", Dimension::data_rate, 1e3 / 8},
    {"Mbit/s", Dimension::data_rate, 1e6 / 8},
    {"Gbit/s", Dimension::data_rate, 1e9 / 8},
    {"Tbit/s", Dimension::data_rate, 1e12 / 8},
    {"FLOP/s", Dimension::compute_rate, 1},
    {"kFLOP/s", Dimension::compute_rate, 1e3},
    {"MFLOP/s", Dimension::compute_rate, 1e6},
    {"GFLOP/s", Dimension::compute_rate, 1e9},
    {"TFLOP/s", Dimension::compute_rate, 1e12},
    {"PFLOP/s", Dimension::compute_rate, 1e15},
    {"EFLOP/s", Dimension::compute_rate, 1e18},
    {"ps", Dimension::time, 1},
    {"ns", Dimension::time, 1e3},
    {"us", Dimension::time, 1e6},
    {"\u00b5s", Dimension::time, 1e6},  // the micro sign
    {"\u03bcs", Dimension::time, 1e6},  // and the Greek letter, which looks the same
    {"ms", Dimension::time, 1e9},
    {"s", Dimension::time, picoseconds_per_second},
    {"min", Dimension::time, 60 * picoseconds_per_second},
    {"h", Dimension::time, 3600 * picoseconds_per_second},
    {"day", Dimension::time, 86400 * picoseconds_per_second},
    {"days", Dimension::time, 86400 * picoseconds_per_second},
});

/// What a reader of text wants, for its complaints.
struct Wanted {
  Dimension dimension;
  std::string_view name;
  std::string_view example_number;
  std::string_view example_unit;
};
constexpr Wanted wanted_data{Dimension::data, "an amount of data", "80", "GB"};
constexpr Wanted wanted_data_rate{Dimension::data_rate, "a data rate", "400", "Gbit/s"};
constexpr Wanted wanted_compute_rate{Dimension::compute_rate, "a computing rate", "312", "TFLOP/s"};
constexpr Wanted wanted_duration{Dimension::time, "a time", "130", "ns"};
constexpr Wanted wanted_long_duration{Dimension::time, "a time", "1.5", "h"};

std::string_view name_of_dimension(Dimension dimension) {
  switch (dimension) {
    case Dimension::data:
      return wanted_data.name;
    case Dimension::data_rate:
      return wanted_data_rate.name;
    case Dimension::compute_rate:
      return wanted_compute_rate.name;
    case Dimension::time:
      return wanted_duration.name;
  }
  fail_check("a dimension is one of four", std::source_location::current());
}

/// A decimal number and its unit.
struct Quantity {
  std::string_view text;  // as it was given, for complaints
  std::string_view number;
  double value;
  KnownUnit unit;
};

std::string quoted_quantity(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string example_quantity(std::string_view number, std::string_view unit) {
  return "write e.g. " + quoted_quantity(std::string(number) + " " + std::string(unit));
}

std::string example_of(const Wanted& wanted) { return example_quantity(wanted.example_number, wanted.example_unit); }

[[noreturn]] void refuse_quantity(std::string_view text, std::string_view why, std::string remedy) {
  throw Error(Fault{.what = quoted_quantity(text) + " " + std::string(why), .remedy = std::move(remedy)});
}

bool is_quantity_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed_quantity(std::string_view text) {
  while (!text.empty() && is_quantity_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_quantity_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<KnownUnit> unit_named(std::string_view name) {
  for (const KnownUnit& unit : known_units) {
    if (unit.name == name) return unit;
  }
  return std::nullopt;
}

std::vector<std::string_view> units_of_dimension(Dimension dimension) {
  std::vector<std::string_view> names;
  for (const KnownUnit& unit : known_units) {
    if (unit.dimension == dimension) names.push_back(unit.name);
  }
  return names;
}

KnownUnit unit_from(std::string_view text, std::string_view number, double value, std::string_view rest, const Wanted& wanted) {
  if (rest.empty()) refuse_quantity(text, "has no unit", example_quantity(number, wanted.example_unit));
  std::size_t end = 0;
  while (end < rest.size() && !is_quantity_blank(rest[end])) ++end;
  const std::string_view name = rest.substr(0, end);
  const std::string_view junk = trimmed_quantity(rest.substr(end));

  const std::optional<KnownUnit> unit = unit_named(name);
  const std::string readings = wanted.dimension == Dimension::data_rate ? bits_or_bytes(number, value, name) : "";
  if (!unit && !readings.empty()) refuse_quantity(text, "may count bits or bytes", readings);
  if (!unit) {
    const std::string meant = unit_meant_by(name, units_of_dimension(wanted.dimension));
    refuse_quantity(text, "has the unknown unit " + quoted_quantity(name),
                    meant.empty() ? example_of(wanted) : "did you mean " + quoted_quantity(meant) + "?");
  }
  if (!junk.empty()) refuse_quantity(text, "goes on with " + quoted_quantity(junk) + " after its unit", example_of(wanted));
  if (unit->dimension != wanted.dimension) {
    refuse_quantity(text, "is " + std::string(name_of_dimension(unit->dimension)) + " where " + std::string(wanted.name) + " is expected",
                    readings.empty() ? example_of(wanted) : readings);
  }
  return *unit;
}

bool is_not_finite(std::string_view body) {
  if (body.starts_with('-') || body.starts_with('+')) body.remove_prefix(1);
  double value = 0;
  const auto [end, fault] = std::from_chars(body.data(), body.data() + body.size(), value);
  return fault == std::errc{} && !std::isfinite(value);
}

Quantity quantity_from(std::string_view text, const Wanted& wanted) {
  const std::string_view body = trimmed_quantity(text);
  if (is_not_finite(body)) refuse_quantity(text, "is no finite number", example_of(wanted));
  if (body.starts_with('-')) refuse_quantity(text, "is negative", example_of(wanted));
  const bool begins_as_number = !body.empty() && (body.front() == '.' || (body.front() >= '0' && body.front() <= '9'));
  double value = 0;
  const auto [end, fault] = std::from_chars(body.data(), body.data() + body.size(), value);
  if (!begins_as_number || fault == std::errc::invalid_argument) refuse_quantity(text, "does not begin with a number", example_of(wanted));
  if (fault == std::errc::result_out_of_range) refuse_quantity(text, "is out of range", example_of(wanted));

  const std::string_view number(body.data(), static_cast<std::size_t>(end - body.data()));
  const std::string_view rest = trimmed_quantity(body.substr(number.size()));
  // Whatever comes next is a unit, not more of a number: "1,000 GB", "1.2.3 GB" and "200-300 GB" are none.
  if (!rest.empty() && std::string_view(".,'_+-0123456789").find(rest.front()) != std::string_view::npos) {
    refuse_quantity(text, "is not one plain decimal number with a unit", example_of(wanted));
  }
  return {text, number, value, unit_from(text, number, value, rest, wanted)};
}

/// The decimal number digits * 10^exponent.
struct DecimalNumber {
  std::int64_t digits = 0;
  int exponent = 0;
};
/// `number` exactly; nothing where it has too many digits for 64 bits.
std::optional<DecimalNumber> decimal_of(std::string_view number) {
  DecimalNumber decimal;
  const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
  if (mantissa_end < number.size()) {
    std::string_view power = number.substr(mantissa_end + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto [end, fault] = std::from_chars(power.data(), power.data() + power.size(), decimal.exponent);
    if (fault != std::errc{}) return std::nullopt;
  }
  std::string_view mantissa = number.substr(0, mantissa_end);
  if (const std::size_t point = mantissa.find('.'); point != std::string_view::npos) {
    while (mantissa.ends_with('0')) mantissa.remove_suffix(1);
    decimal.exponent -= static_cast<int>(mantissa.size() - point - 1);
  }
  for (const char c : mantissa) {
    if (c == '.') continue;
    if (__builtin_mul_overflow(decimal.digits, 10, &decimal.digits)) return std::nullopt;
    if (__builtin_add_overflow(decimal.digits, c - '0', &decimal.digits)) return std::nullopt;
  }
  return decimal;
}

/// number * size / divisor where that is a whole number of 64 bits: as a fraction in lowest terms, never through a double.
std::optional<std::int64_t> whole_product(std::string_view number, std::int64_t size, std::int64_t divisor) {
  const std::optional<DecimalNumber> decimal = decimal_of(number);
  if (!decimal) return std::nullopt;
  std::int64_t digits = decimal->digits;
  if (digits == 0) return 0;
  for (int power = decimal->exponent; power > 0; --power) {
    if (__builtin_mul_overflow(digits, 10, &digits)) return std::nullopt;
  }
  for (int power = decimal->exponent; power < 0; ++power) {
    if (__builtin_mul_overflow(divisor, 10, &divisor)) return std::nullopt;
  }
  for (std::int64_t* factor : {&digits, &size}) {
    const std::int64_t common = std::gcd(*factor, divisor);
    *factor /= common;
    divisor /= common;
  }
  std::int64_t product = 0;
  if (divisor != 1 || __builtin_mul_overflow(digits, size, &product)) return std::nullopt;
  return product;
}

double rate_from(std::string_view text, const Wanted& wanted) {
  const Quantity quantity = quantity_from(text, wanted);
  const double rate = quantity.value * quantity.unit.size;
  if (!std::isfinite(rate)) refuse_quantity(text, "is out of range", example_of(wanted));
  return rate;
}

/// The nearest tick of `picoseconds_per_tick`.
std::int64_t ticks_from(std::string_view text, const Wanted& wanted, std::int64_t picoseconds_per_tick, std::string_view longest) {
  const Quantity quantity = quantity_from(text, wanted);
  if (const auto whole = whole_product(quantity.number, static_cast<std::int64_t>(quantity.unit.size), picoseconds_per_tick)) return *whole;
  const double ticks = std::round(quantity.value * quantity.unit.size / static_cast<double>(picoseconds_per_tick));
  if (!(ticks < 0x1p63)) refuse_quantity(text, "is too long a time here", "write at most " + quoted_quantity(longest));
  return static_cast<std::int64_t>(ticks);
}

/// A unit to write in, and from where on it is used.
struct UnitScale {
  double from;
  double size;
  std::string_view name;
};
constexpr auto data_scales = std::to_array<UnitScale>({
    {0, 1, "B"},
    {1e3, 1e3, "kB"},
    {1e6, 1e6, "MB"},
    {1e9, 1e9, "GB"},
    {1e12, 1e12, "TB"},
    {1e15, 1e15, "PB"},
});
constexpr auto data_rate_scales = std::to_array<UnitScale>({
    {0, 1, "B/s"},
    {1e3, 1e3, "kB/s"},
    {1e6, 1e6, "MB/s"},
    {1e9, 1e9, "GB/s"},
    {1e12, 1e12, "TB/s"},
    {1e15, 1e15, "PB/s"},
});
constexpr auto compute_rate_scales = std::to_array<UnitScale>({
    {0, 1, "FLOP/s"},
    {1e3, 1e3, "kFLOP/s"},
    {1e6, 1e6, "MFLOP/s"},
    {1e9, 1e9, "GFLOP/s"},
    {1e12, 1e12, "TFLOP/s"},
    {1e15, 1e15, "PFLOP/s"},
    {1e18, 1e18, "EFLOP/s"},
});
// In picoseconds. A time is said in the smaller unit until it is two of the larger: 60.1 s, 90.0 min.
constexpr auto time_scales = std::to_array<UnitScale>({
    {0, 1, "ps"},
    {1e3, 1e3, "ns"},
    {1e6, 1e6, "us"},
    {1e9, 1e9, "ms"},
    {picoseconds_per_second, picoseconds_per_second, "s"},
    {120 * picoseconds_per_second, 60 * picoseconds_per_second, "min"},
    {7200 * picoseconds_per_second, 3600 * picoseconds_per_second, "h"},
    {172800 * picoseconds_per_second, 86400 * picoseconds_per_second, "days"},
});

/// `value` with three significant digits, more where it has more before the point, and none after the point where it is `whole`.
std::string scaled_text(double value, std::span<const UnitScale> scales, double whole) {
  const UnitScale* scale = &scales.front();
  for (const UnitScale& larger : scales) {
    // What would round to 1000 of the smaller unit has reached the larger.
    if (std::abs(value) >= larger.from * (1 - 0.5e-3)) scale = &larger;
  }
  const double shown = value / scale->size;
  // 9.995 would show as 10.00, not 10.0.
  const double magnitude = std::abs(shown);
  const int decimals = value == 0 || std::abs(value) < whole || magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2;
  std::array<char, 400> buffer;
  const auto [end, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), shown, std::chars_format::fixed, decimals);
  check(fault == std::errc{}, "a double fits its buffer");
  return std::string(buffer.data(), end) + " " + std::string(scale->name);
}

}  // namespace

Bytes bytes_from(std::string_view text) {
  const Quantity quantity = quantity_from(text, wanted_data);
  if (const auto count = whole_product(quantity.number, static_cast<std::int64_t>(quantity.unit.size), 1)) return {*count};
  if (!(quantity.value * quantity.unit.size < 0x1p63)) refuse_quantity(text, "is more bytes than 64 bits hold", example_of(wanted_data));
  refuse_quantity(text, "is not a whole number of bytes", example_of(wanted_data));
}

BytesPerSecond bytes_per_second_from(std::string_view text) { return {rate_from(text, wanted_data_rate)}; }

FlopsPerSecond flops_per_second_from(std::string_view text) { return {rate_from(text, wanted_compute_rate)}; }

Duration duration_from(std::string_view text) { return {ticks_from(text, wanted_duration, 1, "106 days")}; }

LongDuration long_duration_from(std::string_view text) { return {ticks_from(text, wanted_long_duration, 1000, "106751 days")}; }

std::vector<std::string_view> unit_names(Bytes) { return units_of_dimension(Dimension::data); }

std::vector<std::string_view> unit_names(BytesPerSecond) { return units_of_dimension(Dimension::data_rate); }

std::vector<std::string_view> unit_names(FlopsPerSecond) { return units_of_dimension(Dimension::compute_rate); }

std::vector<std::string_view> unit_names(Duration) { return units_of_dimension(Dimension::time); }
std::vector<std::string_view> unit_names(LongDuration) { return units_of_dimension(Dimension::time); }

std::string to_text(Bytes value) { return scaled_text(static_cast<double>(value.count), data_scales, 999.5); }

std::string to_text(BytesPerSecond value) { return scaled_text(value.value, data_rate_scales, 0); }

std::string to_text(FlopsPerSecond value) { return scaled_text(value.value, compute_rate_scales, 0); }

std::string to_text(Duration value) { return value.ticks == 0 ? "0 s" : scaled_text(static_cast<double>(value.ticks), time_scales, 999.5); }

std::string to_text(LongDuration value) {
  return value.ticks == 0 ? "0 s" : scaled_text(static_cast<double>(value.ticks) * 1e3, time_scales, 999.5e3);
}

}  // namespace orrery::sim
