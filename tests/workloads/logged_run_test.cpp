#include "workloads/logged_run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using enum sim::CollectiveKind;

/// A row of 7.23 GB/s, its bus bandwidth of so many times that, as nccl-tests would print it.
NcclTestsLog logged(double ratio) {
  NcclTestsLog log{.type = "float"};
  const double bus = std::round(723 * ratio) / 100;
  log.rows = {{.line = 7, .size = {1 << 20}, .time = {}, .algorithm_bandwidth = {7.23, 0.005}, .bus_bandwidth = {bus, 0.005}}};
  return log;
}

std::string refused(const NcclTestsLog& log, const LoggedRun& run) {
  try {
    refuse_other_run(log, "log", run);
    return "";
  } catch (const sim::Error& error) {
    return error.what();
  }
}

TEST(LoggedRun, TheRatioOfBandwidthsTellsCollectiveAndRanks) {
  for (const CollectiveOperation operation : {CollectiveOperation{all_reduce}, CollectiveOperation{all_gather},
                                              CollectiveOperation{all_to_all}, CollectiveOperation{broadcast}, CollectiveOperation{}}) {
    for (const int ranks : {2, 8, 16, 1024}) EXPECT_EQ(refused(logged(bus_share(operation, ranks)), {operation, ranks}), "");
  }
  EXPECT_EQ(
      refused(logged(1.875), {{all_reduce}, 8}),
      "log:7: busbw is 1.88 times algbw; all_reduce over 8 ranks has 1.75, and over 16 what is logged; name the collective, the nodes and "
      "the GPUs of each that the log is of");
  EXPECT_NE(refused(logged(0.875), {{all_reduce}, 8}), "");
  EXPECT_NE(refused(logged(0.875), {{broadcast}, 8}), "");
  EXPECT_NE(refused(logged(1), {{all_gather}, 8}), "");
}

// 1,024 ranks have 0.9990 and 512 have 0.9980: of 7.23 both are 7.22. Where no bandwidth was printed there is nothing to tell.
TEST(LoggedRun, WhatIsRoundedAwayTellsNothing) {
  EXPECT_EQ(refused(logged(bus_share({all_gather}, 1024)), {{all_gather}, 512}), "");
  NcclTestsLog blank = logged(1.875);
  blank.rows[0].algorithm_bandwidth = blank.rows[0].bus_bandwidth = {};
  EXPECT_EQ(refused(blank, {{all_gather}, 8}), "");
}

TEST(LoggedRun, WhatALogSaysOfItselfIsHeldAgainstTheRun) {
  NcclTestsLog log = logged(1.875);
  log.ranks = {16, 3};
  log.calls = {4, 2};
  EXPECT_EQ(refused(log, {{all_reduce}, 8}), "log:3: lists 16 ranks, here are 8; write nodes and GPUs of each that make 16");
  EXPECT_EQ(refused(log, {{all_reduce}, 16}), "log:2: 4 calls are in one group, here 1; write --aggregate 4");
  EXPECT_EQ(refused(log, {{all_reduce}, 16, 4}), "");
  EXPECT_NE(refused(logged(1), {{broadcast}, 1}).find("log:7: one rank exchanges nothing"), std::string::npos);
}

TEST(LoggedRun, DoubtsAreOfVersionsAndOfWrongResults) {
  NcclTestsLog log = logged(1.875);
  EXPECT_TRUE(doubts(log, "log", "2.28").empty());
  log.nccl_version = "2.28";
  log.nccl_version_line = 4;
  EXPECT_TRUE(doubts(log, "log", "2.28").empty());
  log.rows[0].wrong = 5;
  const auto both = doubts(log, "log", "2.8");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_TRUE(both[0].starts_with("log:4: measured with NCCL 2.28, expected of 2.8")) << both[0];
  EXPECT_TRUE(both[1].starts_with("log:7: 5 elements came out wrong")) << both[1];
}

}  // namespace
}  // namespace orrery::workloads
