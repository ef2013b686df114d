// orrery diff: what it says of two results, its exit codes, and what it makes of files that are none.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace orrery::cli {
namespace {

using test::orrery;

class Diff : public testing::Test {
 protected:
  Diff() {
    write("a.json", R"({"scenario": {}, "result": {"seconds": 2.0, "bottleneck": "compute"}})");
    write("b.json", R"({"scenario": {}, "result": {"seconds": 2.1, "bottleneck": "data"}})");
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_.path() / name) << text; }
  test::Outcome run(const std::string& arguments) const { return orrery("diff " + arguments, folder_.path()); }
  /// Of a file beside one that is a result.
  std::string refusal(const std::string& text) const {
    write("odd.json", text);
    const test::Outcome outcome = run("a.json odd.json");
    EXPECT_EQ(outcome.exit, 2) << outcome.error;
    return outcome.error;
  }

  orrery::test::TemporaryFolder folder_;
};

TEST_F(Diff, AFigureBeyondTheToleranceIsExitThree) {
  // 2.1 over 2: 5 %. The bottleneck's name has no distance.
  EXPECT_EQ(run("a.json a.json").exit, 0);
  EXPECT_EQ(run("a.json b.json --tol 0.06").exit, 0);
  const test::Outcome beyond = run("a.json b.json --tol 0.04");
  EXPECT_EQ(beyond.exit, 3);
  EXPECT_NE(beyond.out.find("2 figures differ, 0 are the same"), std::string::npos) << beyond.out;
  EXPECT_NE(beyond.error.find("a figure differs by more than 4 %"), std::string::npos) << beyond.error;
  EXPECT_NE(run("--help").out.find("exit 3 where a figure differs by more than --tol"), std::string::npos);
}

TEST_F(Diff, AToleranceIsANumber) {
  for (const char* tolerance : {"nan", "-0.1", "much"})
    EXPECT_EQ(run(std::string("a.json b.json --tol ") + tolerance).exit, 2) << tolerance;
}

TEST_F(Diff, WhatIsNoResultIsNamedWithItsFault) {
  EXPECT_NE(refusal("{}").find("odd.json: has no \"scenario\": it is no result"), std::string::npos);
  EXPECT_NE(refusal("{\"a\": 1e400}").find("odd.json: has a number that a double does not hold"), std::string::npos);
  EXPECT_NE(refusal("{\"a\": ").find("odd.json: is no JSON from byte"), std::string::npos);
}

TEST_F(Diff, SixtyFourLevelsAreReadAndNoMore) {
  const auto nested = [](int levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_NE(refusal(nested(64)).find("odd.json: has no \"scenario\""), std::string::npos);
  for (const int levels : {65, 200'000}) {
    EXPECT_NE(refusal(nested(levels)).find("odd.json: is nested more than 64 levels deep"), std::string::npos) << levels;
  }
  std::string objects;
  for (int i = 0; i < 200'000; ++i) objects += "{\"a\":";
  EXPECT_NE(refusal(objects).find("odd.json: is nested more than 64 levels deep"), std::string::npos);
}

}  // namespace
}  // namespace orrery::cli
