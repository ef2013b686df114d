#include "scenarios/quantity_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace orrery::scenarios {
namespace {

TEST(QuantityText, PicksTheLargestUnitThatLosesNothing) {
  EXPECT_EQ(exact_text(sim::gigabits_per_second(200)), "25 GB/s");
  EXPECT_EQ(exact_text(sim::teraflops_per_second(19.5)), "19.5 TFLOP/s");
  EXPECT_EQ(exact_text(sim::Bytes{80'000'000'000}), "80 GB");
  EXPECT_EQ(exact_text(sim::Bytes{999}), "999 B");
  EXPECT_EQ(exact_text(sim::Duration{130'000}), "130 ns");
  EXPECT_EQ(exact_text(sim::Duration{}), "0 ps");
}

template <class Quantity>
void expect_round_trip(Quantity value) {
  Quantity read{};
  parse_quantity(exact_text(value), read);
  EXPECT_EQ(read, value) << exact_text(value);
}

TEST(QuantityText, WhatIsWrittenReadsAsTheVerySameValue) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(0, 15);
  for (int i = 0; i < 2000; ++i) {
    const double value = std::pow(10.0, exponent(random));
    expect_round_trip(sim::BytesPerSecond{value});
    expect_round_trip(sim::FlopsPerSecond{value});
    expect_round_trip(sim::Bytes{static_cast<std::int64_t>(value)});
    expect_round_trip(sim::Duration{static_cast<std::int64_t>(value)});
  }
}

}  // namespace
}  // namespace orrery::scenarios
