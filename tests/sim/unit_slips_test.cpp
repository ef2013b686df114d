#include "sim/unit_slips.h"

#include <gtest/gtest.h>

namespace orrery::sim {
namespace {

TEST(UnitSlips, KnownMisspellingsKeepTheirPrefix) {
  const std::vector<std::string_view> known = {"FLOP/s", "TFLOP/s", "h", "days", "GB"};
  EXPECT_EQ(unit_meant_by("TFLOPS", known), "TFLOP/s");
  EXPECT_EQ(unit_meant_by("Gbytes", known), "GB");
  EXPECT_EQ(unit_meant_by("hrs", known), "h");
  EXPECT_EQ(unit_meant_by("parsecs", known), "");
}

// 25 Gbit/s are 25 / 8 = 3.125 GB/s, and 25 GB/s are 25 * 8 = 200 Gbit/s.
TEST(UnitSlips, BothReadingsOfARateAreNamed) {
  for (const char* unit : {"Gb/s", "gb/s", "GBps", "Gbps", "gbps", "GBPS", "GB/sec", "Gb", "GB"}) {
    EXPECT_EQ(bits_or_bytes("25", 25, unit), "write \"25 Gbit/s\" (3.125 GB/s) or \"25 GB/s\" (200 Gbit/s)") << unit;
  }
  EXPECT_EQ(bits_or_bytes("1e3", 1000, "KBPS"), "write \"1e3 kbit/s\" (125 kB/s) or \"1e3 kB/s\" (8000 kbit/s)");
  EXPECT_EQ(bits_or_bytes("8", 8, "b/s"), "write \"8 bit/s\" (1 B/s) or \"8 B/s\" (64 bit/s)");
}

TEST(UnitSlips, WhatIsSpelledOutIsNoRiddle) {
  for (const char* unit : {"Gbit", "Gbits/s", "GiB/s", "Gbyte/s", "s", "", "XB/s", "GGb/s"}) {
    EXPECT_EQ(bits_or_bytes("25", 25, unit), "") << unit;
  }
}

}  // namespace
}  // namespace orrery::sim
