// Bandwidths and latencies as attributes of graphs.
#include "topology/graph_quantity.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using namespace sim::literals;
using sim::gigabytes_per_second;

TEST(GraphQuantity, ReadsBandwidths) {
  for (const char* text : {"25", "25.0", "25GBps", "25 GBps", "25 GB/s", "200 Gbit/s", "200Gbps", "25e9Bps", "25000MBps"}) {
    EXPECT_EQ(graph_bandwidth(text), gigabytes_per_second(25)) << text;
  }
  EXPECT_EQ(graph_bandwidth("12.5"), gigabytes_per_second(12.5));
  EXPECT_EQ(graph_bandwidth("1GiBps").value, 1073741824.0);
}

TEST(GraphQuantity, ReadsLatencies) {
  for (const char* text : {"600e-9", "600ns", "0.6us", "600 ns", "6E-7"}) EXPECT_EQ(graph_latency(text), 600_ns) << text;
  EXPECT_EQ(graph_latency("0"), sim::Duration{});
}

TEST(GraphQuantity, RefusesOthers) {
  for (const char* text : {"", "x", "-1", "0", "25 furlongs", "nan", "inf", "1e400", "GBps", "25Gb/s", "1e308TBps"}) {
    EXPECT_NE(test::refusal([&] { graph_bandwidth(text); }), "read") << text;
  }
  for (const char* text : {"", "x", "-1", "1e7", "130", "130 m", "nan"})
    EXPECT_NE(test::refusal([&] { graph_latency(text); }), "read") << text;
}

TEST(GraphQuantity, WhatIsWrittenReadsBackToTheLastBit) {
  for (const double value : {25e9, 12.5e9, 1.0, 24999999999.7, 0.1, 6818181818.181818, 1e300}) {
    EXPECT_EQ(graph_bandwidth(graph_text(sim::BytesPerSecond{value})).value, value);
  }
  for (const sim::Duration latency : {0_ns, 130_ns, 1_ps, 600_us, 12345_ps}) EXPECT_EQ(graph_latency(graph_text(latency)), latency);
  EXPECT_EQ(graph_text(gigabytes_per_second(12.5)), "12.5GBps");
  EXPECT_EQ(graph_text(130_ns), "130ns");
}

}  // namespace
}  // namespace orrery::topology
