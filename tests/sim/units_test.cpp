#include "sim/units.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>

namespace orrery::sim {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
static_assert(!Addable<Bytes, Duration>);
static_assert(!Addable<Time, Time>);
static_assert(!Addable<Duration, LongDuration>);
static_assert(Addable<Time, Duration>);
static_assert(!std::is_convertible_v<Duration, LongDuration>);
static_assert(!std::is_convertible_v<std::int64_t, Bytes>);
static_assert(!std::is_convertible_v<double, BytesPerSecond>);
static_assert(sizeof(Bytes) == 8 && sizeof(Time) == 8 && sizeof(BytesPerSecond) == 8);

TEST(Units, LiteralsAreExact) {
  EXPECT_EQ(1_KiB, Bytes{1024});
  EXPECT_EQ(3_MiB, Bytes{3 * 1024 * 1024});
  EXPECT_EQ(80_GiB, Bytes{85'899'345'920});
  EXPECT_EQ(80_GB, 80'000_MB);
  EXPECT_EQ(7_B + 3_B - 4_B, 6_B);
  EXPECT_EQ(1_s, 1'000'000'000'000_ps);
  EXPECT_EQ(1_ms, 1'000_us);
  EXPECT_EQ(1_us, 1'000_ns);
  EXPECT_EQ(1_ns, 1'000_ps);
}

TEST(Units, BitsAreEighthsOfBytes) { EXPECT_EQ(gigabits_per_second(200), gigabytes_per_second(25)); }

// 100 MB at 25 GB/s: 4 ms.
TEST(Units, WorkThatDividesEvenlyIsNotRoundedUp) {
  EXPECT_EQ(100_MB / gigabytes_per_second(25), 4_ms);
  EXPECT_EQ(Flops{312e12} / teraflops_per_second(312), 1_s);
  for (std::int64_t n = 1; n < 2000; ++n) EXPECT_EQ(Bytes{n} / gigabytes_per_second(1), Duration{n * 1000}) << n;
}

// 1 byte at 3 GB/s: 333.3 ps. It is not there after 333.
TEST(Units, WorkIsRoundedUpToAWholePicosecond) {
  EXPECT_EQ(1_B / gigabytes_per_second(3), 334_ps);
  EXPECT_EQ(0_B / gigabytes_per_second(3), 0_ps);
}

TEST(Units, WorkAtNoRateIsRefused) {
  EXPECT_THROW(1_B / BytesPerSecond{0}, std::overflow_error);
  EXPECT_THROW(0_B / BytesPerSecond{0}, std::overflow_error);
  EXPECT_THROW(Flops{1} / FlopsPerSecond{0}, std::overflow_error);
}

TEST(Units, SecondsAreRoundedToTheNearestTickOrUp) {
  EXPECT_EQ(Duration::from_seconds(1.4e-12), 1_ps);
  EXPECT_EQ(Duration::from_seconds(1.6e-12), 2_ps);
  EXPECT_EQ(Duration::ceil_seconds(1.4e-12), 2_ps);
  EXPECT_EQ(LongDuration::from_seconds(86400), LongDuration{86'400'000'000'000});
  EXPECT_DOUBLE_EQ((1_ms).seconds(), 1e-3);
}

TEST(Units, SecondsThatDoNotFitAreRefused) {
  EXPECT_EQ(Duration::from_seconds(9e6).ticks, 9'000'000'000'000'000'000);
  EXPECT_THROW(Duration::from_seconds(9.3e6), std::overflow_error);
  EXPECT_THROW(Duration::from_seconds(-9.3e6), std::overflow_error);
  EXPECT_THROW(Duration::from_seconds(std::numeric_limits<double>::quiet_NaN()), std::overflow_error);
  EXPECT_THROW(Duration::ceil_seconds(std::numeric_limits<double>::infinity()), std::overflow_error);
}

TEST(Units, TimesAddUpToTheLastTickAndNoFurther) {
  const Duration longest{INT64_MAX};
  EXPECT_EQ(Time{} + longest, Time::never());
  EXPECT_THROW(Time::never() + 1_ps, std::overflow_error);
  EXPECT_THROW(longest + 1_ps, std::overflow_error);
  EXPECT_THROW(longest * 2, std::overflow_error);
  EXPECT_EQ(Duration{-1} - Duration{INT64_MIN}, longest);
  EXPECT_THROW(Duration{0} - Duration{INT64_MIN}, std::overflow_error);
  EXPECT_THROW(Time{-2} - Time::never(), std::overflow_error);
  EXPECT_EQ((Time{5} - Time{8}), Duration{-3});
}

TEST(Units, LengtheningRoundsUpAndRefiningIsExact) {
  EXPECT_EQ(lengthened(1000_ps), LongDuration{1});
  EXPECT_EQ(lengthened(1001_ps), LongDuration{2});
  EXPECT_EQ(lengthened(0_ps), LongDuration{0});
  EXPECT_EQ(lengthened(Duration{-1500}), LongDuration{-1});
  EXPECT_EQ(refined(LongDuration{7}), 7_ns);
  EXPECT_THROW(refined(LongDuration{INT64_MAX / 1000 + 1}), std::overflow_error);
  EXPECT_EQ(refined(LongDuration{INT64_MAX / 1000}).ticks, INT64_MAX / 1000 * 1000);
}

// Never shorter than the exact quotient, never a whole picosecond longer: in integers, with amounts whose product with 10^12 fits 64 bits.
TEST(Units, WorkTakesTheExactQuotientRoundedUp) {
  std::mt19937_64 draw(1);
  for (int trial = 0; trial < 10'000; ++trial) {
    const auto bytes = static_cast<std::int64_t>(draw() % 9'000'000);
    const auto rate = static_cast<std::int64_t>(draw() % 1'000'000'000 + 1'000'000);
    const std::int64_t numerator = bytes * Picosecond::per_second;
    EXPECT_EQ((Bytes{bytes} / BytesPerSecond{static_cast<double>(rate)}).ticks, numerator / rate + (numerator % rate > 0 ? 1 : 0));
  }
}

}  // namespace
}  // namespace orrery::sim
