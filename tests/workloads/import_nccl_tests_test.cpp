#include "workloads/import_nccl_tests.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using namespace sim::literals;

const std::string heading =
    "#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)\n";

TEST(ImportNcclTests, TakesTheOutOfPlaceTimes) {
  const NcclTestsLog log = read_nccl_tests(
      "# nThread 1\n" + heading +
          "           8             2     float     sum      -1    19.33    0.00    0.00      0    17.92    0.00    0.00      0\n"
          "node0:1:1 [0] NCCL INFO a line between\n"
          "     1048576        262144     float     sum      -1    145.1    7.23   13.55      0    144.2    7.27   13.63    N/A\r\n"
          "# Avg bus bandwidth    : 6.79\n",
      "log");
  EXPECT_EQ(log.type, "float");
  ASSERT_EQ(log.rows.size(), 2U);
  EXPECT_EQ(log.rows[0].size, 8_B);
  EXPECT_EQ(log.rows[0].time, 19'330_ns);
  EXPECT_EQ(log.rows[0].line, 4);
  EXPECT_EQ(log.rows[1].size, 1_MiB);
  EXPECT_EQ(log.rows[1].time, 145'100_ns);
}

TEST(ImportNcclTests, TakesWhatALogSaysOfItsRun) {
  const NcclTestsLog log = read_nccl_tests(
      "# nThread 1 nGpus 1 iters: 20 agg iters: 16 validation: 1\n"
      "#  Rank  0 Group  0 Pid  1 on node0 device  0 [0x07] NVIDIA A100\n"
      "#  Rank 11 Group  0 Pid  2 on node1 device  3 [0x0b] NVIDIA A100\n"
      "node0:1:1 [0] NCCL INFO NCCL version 2.18.3+cuda12.2\n" +
          heading + "1048576 262144 float sum -1 145.1 7.23 13.6 3 144.2 7.27 13.63 0\n" +
          "2097152 262144 float sum -1 145.1 1e3 13.6 N/A 144.2 7.27 13.63 0\n",
      "log");
  EXPECT_EQ(log.calls.value, 16);
  EXPECT_EQ(log.calls.line, 1);
  EXPECT_EQ(log.ranks.value, 12);
  EXPECT_EQ(log.ranks.line, 3);
  EXPECT_EQ(log.nccl_version, "2.18");
  EXPECT_EQ(log.nccl_version_line, 4);
  EXPECT_EQ(log.rows[0].algorithm_bandwidth.value, 7.23);
  EXPECT_NEAR(log.rows[0].algorithm_bandwidth.half_digit, 0.005, 1e-12);
  EXPECT_EQ(log.rows[0].bus_bandwidth.value, 13.6);
  EXPECT_NEAR(log.rows[0].bus_bandwidth.half_digit, 0.05, 1e-12);
  EXPECT_EQ(log.rows[0].wrong, 3);
  EXPECT_EQ(log.rows[1].bus_bandwidth.value, 0) << "what is no plain number tells nothing";
  EXPECT_EQ(log.rows[1].wrong, 0);
}

TEST(ImportNcclTests, TheLibrarysNumberNamesItsVersionToo) {
  const std::string row = "8 2 float sum -1 1 0 0 0 1 0 0 0\n";
  EXPECT_EQ(read_nccl_tests("# nccl-tests version 2.17.6 nccl-headers=22809 nccl-library=22703\n" + heading + row, "log").nccl_version,
            "2.27");
  EXPECT_EQ(read_nccl_tests("nccl-library=2804\n" + heading + row, "log").nccl_version, "2.8");
  EXPECT_EQ(read_nccl_tests("NCCL version unknown\nNCCL version 2.\n" + heading + row, "log").nccl_version, "");
  EXPECT_EQ(read_nccl_tests(heading + row, "log").ranks.line, 0);
}

TEST(ImportNcclTests, OldLogsHaveOtherColumns) {
  // Before 2.12: no root, "error" for "#wrong"; all_gather left its redop blank.
  const NcclTestsLog log = read_nccl_tests(
      "#       size         count    type   redop     time   algbw   busbw  error     time   algbw   busbw  error\n"
      "        1024            32   float            25.50    0.04    0.04  0e+00    25.1    0.04    0.04  0e+00\n",
      "log");
  ASSERT_EQ(log.rows.size(), 1U);
  EXPECT_EQ(log.rows[0].time, 25'500_ns);
}

void expect_refused(const std::string& text, const std::string& place, const std::string& what) {
  try {
    read_nccl_tests(text, "log");
    ADD_FAILURE() << "taken: " << text;
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.faults().front().place, place);
    EXPECT_EQ(error.faults().front().what, what);
    EXPECT_FALSE(error.faults().front().remedy.empty());
  }
}

TEST(ImportNcclTests, WhatIsNoLogIsRefusedWithItsLine) {
  expect_refused("", "log:1", "there is no heading of nccl-tests");
  expect_refused("8 2 float sum -1 19.3 0 0 0 19.3 0 0 0\n", "log:1", "there is no heading of nccl-tests");
  expect_refused(heading, "log:2", "there is no row below the heading");
  expect_refused(heading + "8 2 float sum\n", "log:3", "the row has fewer columns than the heading");
  expect_refused(heading + "8 2 float sum -1 fast 0 0 0 19.3 0 0 0\n", "log:3", "\"fast\" is no time in microseconds");
  expect_refused(heading + "8 2 float sum -1 \x1b[31m 0 0 0 19.3 0 0 0\n", "log:3", "\"?[31m\" is no time in microseconds");
  expect_refused(heading + "8 2 float sum -1 -1 0 0 0 19.3 0 0 0\n", "log:3", "\"-1\" is no time in microseconds");
  expect_refused(heading + "8 2 float sum -1 nan 0 0 0 19.3 0 0 0\n", "log:3", "\"nan\" is no time in microseconds");
  expect_refused(heading + "99999999999999999999 2 float sum -1 1 0 0 0 19.3 0 0 0\n", "log:3", "\"99999999999999999999\" is no size");
  expect_refused(heading + "8 2 float sum -1 1 0 0 0 1 0 0 0\n8 4 half sum -1 1 0 0 0 1 0 0 0\n", "log:4", "rows of float and of half");
}

}  // namespace
}  // namespace orrery::workloads
