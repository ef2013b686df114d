// Physical quantities as types, so that bytes never add to seconds.
//
// Counts (Bytes, Flops) and rates (BytesPerSecond, FlopsPerSecond) are thin wrappers that compile away. Simulated time is an integer:
// picoseconds inside an iteration (Duration, Time; 106 days), nanoseconds above it (LongDuration, LongTime; 292 years). Arithmetic on
// times is checked: an overflow throws std::overflow_error. Nothing converts implicitly; the risky conversions (seconds <-> ticks,
// picoseconds <-> nanoseconds) are written here, once.
//
// Quantities in text are in sim/units_text.h.
//
//     const Duration transfer = Bytes{1 << 20} / gigabytes_per_second(24.6);   // rounded up to a whole picosecond
//     const Time done = Time{} + transfer;
//
// Leaves out: dimensional algebra beyond what Orrery uses, and calendar time.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <stdexcept>

namespace orrery::sim {

/// A number of bytes. Integer, so that conservation can be tested for equality.
struct Bytes {
  std::int64_t count = 0;
  constexpr auto operator<=>(const Bytes&) const = default;
};
constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
constexpr Bytes operator*(Bytes a, std::int64_t factor) { return {a.count * factor}; }
constexpr Bytes operator*(std::int64_t factor, Bytes a) { return a * factor; }
constexpr Bytes& operator+=(Bytes& a, Bytes b) { return a = a + b; }

/// Floating-point operations. Double: an iteration of GPT-3 has 1e21.
struct Flops {
  double count = 0;
  constexpr auto operator<=>(const Flops&) const = default;
};
constexpr Flops operator+(Flops a, Flops b) { return {a.count + b.count}; }
constexpr Flops operator*(Flops a, double factor) { return {a.count * factor}; }
constexpr Flops operator*(double factor, Flops a) { return a * factor; }
constexpr Flops& operator+=(Flops& a, Flops b) { return a = a + b; }

struct BytesPerSecond {
  double value = 0;
  constexpr auto operator<=>(const BytesPerSecond&) const = default;
};
constexpr BytesPerSecond operator*(BytesPerSecond a, double factor) { return {a.value * factor}; }
constexpr BytesPerSecond gigabytes_per_second(double value) { return {value * 1e9}; }
constexpr BytesPerSecond gigabits_per_second(double value) { return {value * 1e9 / 8}; }

struct FlopsPerSecond {
  double value = 0;
  constexpr auto operator<=>(const FlopsPerSecond&) const = default;
};
constexpr FlopsPerSecond operator*(FlopsPerSecond a, double factor) { return {a.value * factor}; }
constexpr FlopsPerSecond teraflops_per_second(double value) { return {value * 1e12}; }

namespace detail {
inline std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw std::overflow_error("simulated time overflows 64 bits");
  return sum;
}
inline std::int64_t checked_subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) throw std::overflow_error("simulated time overflows 64 bits");
  return difference;
}
inline std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::overflow_error("simulated time overflows 64 bits");
  return product;
}
/// `ticks` as an integer; it must already be rounded. Throws std::overflow_error where 64 bits do not hold it (NaN included).
inline std::int64_t checked_ticks(double ticks) {
  if (!(std::abs(ticks) < 9.2e18)) throw std::overflow_error("simulated time overflows 64 bits");
  return static_cast<std::int64_t>(ticks);
}
}  // namespace detail

struct Picosecond {
  static constexpr std::int64_t per_second = 1'000'000'000'000;
};
struct Nanosecond {
  static constexpr std::int64_t per_second = 1'000'000'000;
};

/// A length of simulated time in whole ticks of `Resolution`. May be negative (a difference).
template <class Resolution>
struct BasicDuration {
  std::int64_t ticks = 0;

  /// The nearest tick. For constants and for what is reported; work that takes time rounds up instead (`ceil_seconds`).
  static BasicDuration from_seconds(double seconds) { return {detail::checked_ticks(std::round(seconds * Resolution::per_second))}; }
  static BasicDuration ceil_seconds(double seconds) { return {detail::checked_ticks(std::ceil(seconds * Resolution::per_second))}; }
  constexpr double seconds() const { return static_cast<double>(ticks) / Resolution::per_second; }

  constexpr auto operator<=>(const BasicDuration&) const = default;
  friend BasicDuration operator+(BasicDuration a, BasicDuration b) { return {detail::checked_add(a.ticks, b.ticks)}; }
  friend BasicDuration operator-(BasicDuration a, BasicDuration b) { return {detail::checked_subtract(a.ticks, b.ticks)}; }
  friend BasicDuration operator*(BasicDuration a, std::int64_t factor) { return {detail::checked_multiply(a.ticks, factor)}; }
  friend BasicDuration& operator+=(BasicDuration& a, BasicDuration b) { return a = a + b; }
  friend BasicDuration& operator-=(BasicDuration& a, BasicDuration b) { return a = a - b; }
};

/// A point in simulated time, counted from the start of the simulation.
template <class Resolution>
struct BasicTime {
  std::int64_t ticks = 0;

  static constexpr BasicTime never() { return {INT64_MAX}; }
  constexpr double seconds() const { return static_cast<double>(ticks) / Resolution::per_second; }

  constexpr auto operator<=>(const BasicTime&) const = default;
  friend BasicTime operator+(BasicTime t, BasicDuration<Resolution> d) { return {detail::checked_add(t.ticks, d.ticks)}; }
  friend BasicDuration<Resolution> operator-(BasicTime a, BasicTime b) { return {detail::checked_subtract(a.ticks, b.ticks)}; }
};

using Duration = BasicDuration<Picosecond>;
using Time = BasicTime<Picosecond>;
using LongDuration = BasicDuration<Nanosecond>;
using LongTime = BasicTime<Nanosecond>;

/// Picoseconds to nanoseconds, rounded up: nothing ever ends early.
constexpr LongDuration lengthened(Duration d) { return {d.ticks / 1000 + (d.ticks % 1000 > 0 ? 1 : 0)}; }
/// Nanoseconds to picoseconds. Throws std::overflow_error past 106 days.
inline Duration refined(LongDuration d) { return {detail::checked_multiply(d.ticks, 1000)}; }

namespace detail {
__extension__ using Wide = __int128;

/// The time that `count` takes at `rate` a second, rounded up to a whole picosecond. Whole numbers are divided exactly: 1 byte at 1 GB/s
/// takes 1,000 ps, where 1e-9 s times 1e12 would be rounded up to 1,001.
inline Duration time_at_rate(double count, double rate) {
  constexpr double whole = 9e15;  // doubles below hold every integer
  if (count >= 0 && count < whole && rate > 0 && rate < whole) {
    const auto dividend = static_cast<std::int64_t>(count);
    const auto divisor = static_cast<std::int64_t>(rate);
    if (static_cast<double>(dividend) == count && static_cast<double>(divisor) == rate) {
      const Wide ticks = (Wide{dividend} * Picosecond::per_second + divisor - 1) / divisor;
      if (ticks > INT64_MAX) throw std::overflow_error("simulated time overflows 64 bits");
      return {static_cast<std::int64_t>(ticks)};
    }
  }
  return {checked_ticks(std::ceil(count * Picosecond::per_second / rate))};
}
}  // namespace detail

/// Time to move or compute, rounded up to a whole picosecond. A rate of zero throws std::overflow_error.
inline Duration operator/(Bytes bytes, BytesPerSecond rate) { return detail::time_at_rate(static_cast<double>(bytes.count), rate.value); }
inline Duration operator/(Flops flops, FlopsPerSecond rate) { return detail::time_at_rate(flops.count, rate.value); }

inline namespace literals {
constexpr Bytes operator""_B(unsigned long long n) { return {static_cast<std::int64_t>(n)}; }
constexpr Bytes operator""_KiB(unsigned long long n) { return {static_cast<std::int64_t>(n) << 10}; }
constexpr Bytes operator""_MiB(unsigned long long n) { return {static_cast<std::int64_t>(n) << 20}; }
constexpr Bytes operator""_GiB(unsigned long long n) { return {static_cast<std::int64_t>(n) << 30}; }
constexpr Bytes operator""_MB(unsigned long long n) { return {static_cast<std::int64_t>(n) * 1'000'000}; }
constexpr Bytes operator""_GB(unsigned long long n) { return {static_cast<std::int64_t>(n) * 1'000'000'000}; }
constexpr Duration operator""_ps(unsigned long long n) { return {static_cast<std::int64_t>(n)}; }
constexpr Duration operator""_ns(unsigned long long n) { return {static_cast<std::int64_t>(n) * 1'000}; }
constexpr Duration operator""_us(unsigned long long n) { return {static_cast<std::int64_t>(n) * 1'000'000}; }
constexpr Duration operator""_ms(unsigned long long n) { return {static_cast<std::int64_t>(n) * 1'000'000'000}; }
constexpr Duration operator""_s(unsigned long long n) { return {static_cast<std::int64_t>(n) * Picosecond::per_second}; }
}  // namespace literals

}  // namespace orrery::sim
