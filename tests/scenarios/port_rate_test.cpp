#include "scenarios/port_rate.h"

#include <gtest/gtest.h>

#include "sim/error.h"

namespace orrery::scenarios {
namespace {

std::string rate_refusal(std::string_view written) {
  sim::BytesPerSecond rate;
  try {
    port_rate(rate).set(written);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "";
}

TEST(PortRate, BytesAreAcceptedUpToTheFastestPort) {
  EXPECT_EQ(rate_refusal("25 GB/s"), "");
  EXPECT_EQ(rate_refusal("100 GB/s"), "");
  EXPECT_EQ(rate_refusal("800 Gbit/s"), "");
  // 101 GB/s are 808 Gbit/s; were they 101 Gbit/s, they would be 12.625 GB/s.
  EXPECT_EQ(rate_refusal("101 GB/s"),
            "\"101 GB/s\" is 808 Gbit/s, more than ports have; did you mean \"101 Gbit/s\" (12.625 GB/s)? If not, write \"808 Gbit/s\"");
  EXPECT_NE(rate_refusal("0.4 TB/s").find("did you mean \"400 Gbit/s\" (50 GB/s)?"), std::string::npos);
}

TEST(PortRate, WhatIsSaidInBitsIsMeant) {
  sim::BytesPerSecond rate;
  port_rate(rate).set("1600 Gbit/s");
  EXPECT_EQ(rate, sim::BytesPerSecond{200e9});
}

TEST(PortRate, IsARateLikeAnyOther) {
  EXPECT_EQ(rate_refusal("400"), "\"400\" has no unit; write e.g. \"400 Gbit/s\"");
  EXPECT_NE(rate_refusal("9000 Tbit/s").find("out of range"), std::string::npos);
}

TEST(PortRate, WhatIsWrittenReadsAsTheVerySameRate) {
  for (const double value : {25e9, 100e9, 100e9 + 1, 123'456'789'012.0, 200e9, 1e15}) {
    sim::BytesPerSecond rate{value};
    const std::string written = *port_rate(rate).value();
    sim::BytesPerSecond read;
    port_rate(read).set(written);
    EXPECT_EQ(read.value, value) << written;
  }
  EXPECT_EQ(text_of_port({25e9}), "25 GB/s");
  EXPECT_EQ(text_of_port({200e9}), "1600 Gbit/s");
}

}  // namespace
}  // namespace orrery::scenarios
