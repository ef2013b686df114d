#include "topology/dump_lines.h"

#include <gtest/gtest.h>

#include <utility>

namespace orrery::topology {
namespace {

using sim::gigabits_per_second;
using sim::gigabytes_per_second;

TEST(DumpLines, LinesAreCountedFromOneAndLoseTheirEnds) {
  std::vector<std::pair<int, std::string>> found;
  for_each_line("a\r\n\nlast", [&](int line, std::string_view text) { found.emplace_back(line, text); });
  EXPECT_EQ(found, (std::vector<std::pair<int, std::string>>{{1, "a"}, {2, ""}, {3, "last"}}));
}

TEST(DumpLines, AScanStaysWhereSomethingDoesNotFit) {
  LineScan scan("  12 0xfg x");
  EXPECT_FALSE(scan.accept("13"));
  EXPECT_EQ(scan.number(), 12);
  EXPECT_EQ(scan.number(), 0);  // of 0xfg
  LineScan hex("0xfg");
  EXPECT_EQ(hex.guid(), 0xfU);
  EXPECT_EQ(hex.rest(), "g");
  EXPECT_EQ(hex.until("z"), std::nullopt);
  EXPECT_EQ(hex.rest(), "g");
}

TEST(DumpLines, NumbersThatDoNotFitAreNone) {
  EXPECT_EQ(LineScan("2147483647").number(), 2147483647);
  EXPECT_EQ(LineScan("2147483648").number(), std::nullopt);
  EXPECT_EQ(LineScan("-1").number(), std::nullopt);
  EXPECT_EQ(LineScan("ffffffffffffffff").guid(), 0xffffffffffffffffU);
  EXPECT_EQ(LineScan("1ffffffffffffffff").guid(), std::nullopt);
  EXPECT_EQ(LineScan("0x").guid(), std::nullopt);
  EXPECT_EQ(LineScan("0x-1").guid(), std::nullopt);
}

// Data rates of four lanes as the standard has them: 8b/10b to QDR, 64b/66b to EDR, net of FEC from HDR on.
TEST(DumpLines, RatesAreNetOfEncoding) {
  EXPECT_EQ(port_rate(4, "SDR"), gigabytes_per_second(1));
  EXPECT_EQ(port_rate(4, "DDR"), gigabytes_per_second(2));
  EXPECT_EQ(port_rate(4, "QDR"), gigabytes_per_second(4));
  EXPECT_EQ(port_rate(4, "FDR10"), gigabits_per_second(40));
  EXPECT_NEAR(port_rate(4, "FDR")->value, 54.545454545e9 / 8, 1);  // 14.0625 * 64 / 66 * 4
  EXPECT_EQ(port_rate(4, "EDR"), gigabytes_per_second(12.5));
  EXPECT_EQ(port_rate(4, "HDR"), gigabytes_per_second(25));
  EXPECT_EQ(port_rate(2, "HDR"), gigabytes_per_second(12.5));
  EXPECT_EQ(port_rate(4, "NDR"), gigabytes_per_second(50));
  EXPECT_EQ(port_rate(4, "XDR"), gigabytes_per_second(100));
}

TEST(DumpLines, EveryToolHasItsOwnNamesOfASpeed) {
  EXPECT_EQ(port_rate(4, "53.125"), port_rate(4, "HDR"));
  EXPECT_EQ(port_rate(4, "50"), port_rate(4, "HDR"));
  EXPECT_EQ(port_rate(4, "14"), port_rate(4, "14.0625"));
  EXPECT_EQ(port_rate(4, "10"), port_rate(4, "10.0"));
  EXPECT_EQ(port_rate(4, "??"), sim::BytesPerSecond{});
  EXPECT_EQ(port_rate(4, "???"), sim::BytesPerSecond{});
  EXPECT_EQ(port_rate(4, "ZDR"), std::nullopt);
  EXPECT_EQ(port_rate(4, ""), std::nullopt);
  EXPECT_EQ(port_rate(3, "HDR"), std::nullopt);
}

TEST(DumpLines, ARateIsNamedWithFourLanesWhereThatIsPossible) {
  EXPECT_EQ(rate_name(gigabytes_per_second(12.5)), "4xEDR");
  EXPECT_EQ(rate_name(*port_rate(1, "HDR")), "2xEDR");
  EXPECT_EQ(rate_name(*port_rate(12, "NDR")), "12xNDR");
  EXPECT_EQ(rate_name(*port_rate(4, "FDR")), "4xFDR");
  EXPECT_EQ(rate_name(gigabytes_per_second(24.6)), "4x???");
  EXPECT_EQ(rate_name({}), "4x???");
}

}  // namespace
}  // namespace orrery::topology
