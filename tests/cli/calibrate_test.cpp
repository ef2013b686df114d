// orrery calibrate: what it says, what it writes, and that what it writes can be used.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace orrery::cli {
namespace {

using test::orrery;

class Calibrate : public testing::Test {
 protected:
  /// All-reduces of 2 and 8 GPUs, from 1 KiB to 256 MiB, that take 20 us and the time of their bytes at 150 GB/s.
  Calibrate() {
    std::ofstream table(folder_.path() / "table.csv");
    table << "op_name,nccl_dtype,num_gpus,message_size,latency\n";
    for (const int gpus : {2, 8}) {
      for (long elements = 512; elements <= 1L << 27; elements *= 2) {
        table << "all_reduce,half," << gpus << "," << elements << "," << 0.02 + 2.0 * static_cast<double>(elements) / 150e6 << "\n";
      }
    }
  }
  test::Outcome run(const std::string& arguments) const { return orrery("calibrate collectives " + arguments, folder_.path()); }
  std::filesystem::path written() const { return folder_.path() / "calibrations" / "mine.json"; }

  orrery::test::TemporaryFolder folder_;
};

TEST_F(Calibrate, ADryRunWritesNothing) {
  const test::Outcome outcome = run("table.csv --name mine --dry-run");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "38 collectives and 0 messages on up to 8 GPUs of dgx-a100-80gb; would write calibrations/mine.json\n");
  EXPECT_FALSE(std::filesystem::exists(written()));
}

TEST_F(Calibrate, WhatItWritesCanBeUsed) {
  const test::Outcome outcome = run("table.csv --name mine");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_NE(outcome.out.find("ring, from 128 MB"), std::string::npos) << outcome.out;
  const std::string text = test::text_of(written());
  EXPECT_NE(text.find("\"name\": \"mine\""), std::string::npos);
  EXPECT_NE(text.find("table.csv, 38 rows; NCCL 2.28 on dgx-a100-80gb, from a100-sxm-80gb"), std::string::npos) << text;
  const std::string with = test::small_run() + " --set calibration=mine --json";
  const test::Outcome used = orrery("run " + with, folder_.path());
  EXPECT_EQ(used.exit, 0) << used.error;
  EXPECT_NE(used.out, orrery("run " + test::small_run() + " --json", folder_.path()).out) << "collectives take other times";
}

TEST_F(Calibrate, MistakesAreToldWithTheirPlace) {
  std::ofstream(folder_.path() / "torn.csv") << "op_name,nccl_dtype,num_gpus,message_size\nall_reduce,half,2,512\n";
  const test::Outcome torn = run("torn.csv --name mine");
  EXPECT_EQ(torn.exit, 2);
  EXPECT_NE(torn.error.find("torn.csv"), std::string::npos) << torn.error;
  EXPECT_NE(torn.error.find("latency"), std::string::npos) << torn.error;
  EXPECT_EQ(run("nowhere.csv --name mine").exit, 2);
  EXPECT_EQ(run("table.csv --name mine --node no-such-node").exit, 2);
  EXPECT_EQ(run("table.csv --name mine --node dgx-h100").exit, 2);
  EXPECT_EQ(run("table.csv").exit, 2) << "a calibration has a name";
  EXPECT_FALSE(std::filesystem::exists(written()));
}

}  // namespace
}  // namespace orrery::cli
