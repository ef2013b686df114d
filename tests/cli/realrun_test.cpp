// orrery realrun and calibrate realrun, as far as they go without playing (tests/realrun/host_test.cpp plays).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace orrery::cli {
namespace {

using test::orrery;

class CalibrateRealrun : public testing::Test {
 protected:
  CalibrateRealrun() {
    std::ofstream(folder_.path() / "run.samples")
        << "# orrery-samples 1\n# program: made up\n# ranks: 2\n# device: host, made up\n# driver: none\n"
           "what,type,a,b,c,d,rank,clock_mhz,watts,n,picoseconds\n"
           "gemm,fp32,100,100,100,1,0,,,1,40000000\ngemm,fp32,200,100,100,1,0,,,1,80000000\n"
           "all_reduce,fp32,1000,2,,,0,,,1,100000000\n";
  }
  test::Outcome run(const std::string& arguments) const { return orrery("calibrate realrun " + arguments, folder_.path()); }

  orrery::test::TemporaryFolder folder_;
};

TEST_F(CalibrateRealrun, ADryRunWritesNothing) {
  const test::Outcome outcome = run("--samples run.samples --name mine --dry-run");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "3 rows of made up on host, made up; would write calibrations/mine.json\n");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "calibrations"));
}

// 2 * 10^6 operations in 40 us: 50 GFLOP/s.
TEST_F(CalibrateRealrun, WritesALineAKind) {
  const test::Outcome outcome = run("--samples run.samples --name mine");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_NE(outcome.out.find("gemm, fp32"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("all_reduce of 2"), std::string::npos) << outcome.out;
  const std::string text = test::text_of(folder_.path() / "calibrations" / "mine.json");
  EXPECT_NE(text.find("\"device\": \"host, made up\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"kernel\": \"gemm\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"collective\": \"all_reduce\""), std::string::npos) << text;
  // It can be read: the node's GPU is another device, which is what is wrong with it.
  const test::Outcome used = orrery("run " + test::small_run() + " --set calibration=mine", folder_.path());
  EXPECT_EQ(used.exit, 2);
  EXPECT_NE(used.error.find("the calibration is of host, made up, but the node's GPU is A100-SXM4-80GB"), std::string::npos) << used.error;
}

TEST_F(CalibrateRealrun, MistakesAreToldWithTheirPlace) {
  std::ofstream(folder_.path() / "torn.samples") << "what,type\n";
  const test::Outcome torn = run("--samples torn.samples --name mine");
  EXPECT_EQ(torn.exit, 2);
  EXPECT_EQ(torn.error,
            "orrery: torn.samples:1: does not begin with \"# orrery-samples 1\"; give a file that orrery realrun has written\n");
  EXPECT_EQ(run("--samples nowhere --name mine").exit, 2);
  EXPECT_EQ(run("--samples run.samples --name a/b").exit, 2);
  EXPECT_EQ(run("--samples run.samples").exit, 2);
}

TEST(Realrun, MistakesAreToldWithTheirPlace) {
  const test::Outcome unscaled = orrery("realrun mt-nlg-530b --scale layrs=2");
  EXPECT_EQ(unscaled.exit, 2);
  EXPECT_EQ(unscaled.error.find("orrery: --scale: \"layrs\" is not scaled; known: layers, "), 0U) << unscaled.error;
  EXPECT_EQ(orrery("realrun mt-nlg-530b --scale layers").exit, 2);
  EXPECT_EQ(orrery("realrun mt-nlg-530b --scale layers=1").exit, 2) << "35 stages have no layer each";
  EXPECT_EQ(orrery("realrun no-such-scenario").exit, 2);
  const test::Outcome cuda = orrery("realrun mt-nlg-530b --device cuda");
  EXPECT_EQ(cuda.exit, 6);
  EXPECT_NE(cuda.error.find("is not built yet"), std::string::npos) << cuda.error;
}

}  // namespace
}  // namespace orrery::cli
