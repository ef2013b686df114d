// orrery init and orrery schema as a user types them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using test::orrery;

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Init, WhatItWritesIsCheckedAndRuns) {
  const orrery::test::TemporaryFolder folder;
  const auto written = orrery("init -o my.json", folder.path());
  EXPECT_EQ(written.exit, 0) << written.error;
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(orrery("check my.json", folder.path()).out.find("my.json: ok, 16 GPUs"), 0U);
  const auto run = orrery("run my.json", folder.path());
  EXPECT_EQ(run.exit, 0) << run.error;
  EXPECT_NE(run.out.find("An iteration takes"), std::string::npos) << run.out;
  const std::string changes = " --set cluster.nodes=4 --set workload.parallelism.data=8";
  EXPECT_NE(text_of(folder.path() / "my.json").find("orrery run FILE" + changes), std::string::npos);
  EXPECT_EQ(orrery("run my.json" + changes, folder.path()).exit, 0);
}

TEST(Init, PrintsAnExampleAsItStands) {
  const auto outcome = orrery("init gpt3-175b");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(outcome.out, text_of(test::example("gpt3-175b")));
}

TEST(Init, KeepsWhatIsThereAndSuggestsNames) {
  const orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "my.json") << "mine";
  const auto kept = orrery("init -o my.json", folder.path());
  EXPECT_EQ(kept.exit, 2);
  EXPECT_EQ(kept.error, "orrery: my.json: is there already; choose another name, or delete it first\n");
  EXPECT_EQ(text_of(folder.path() / "my.json"), "mine");
  const auto unknown = orrery("init gpt3-175", folder.path());
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_EQ(unknown.error, "orrery: there is no preset \"gpt3-175\" in examples; did you mean \"gpt3-175b\"?\n");
}

TEST(Schema, IsOneDocumentAndOfAScenarioWhereNothingIsSaid) {
  const auto outcome = orrery("schema");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["title"], "Orrery: scenario");
  EXPECT_EQ(orrery("schema scenario").out, outcome.out);
  EXPECT_EQ(nlohmann::json::parse(orrery("schema models").out)["required"], nlohmann::json::parse(R"(["layers", "hidden", "heads"])"));
  const auto slip = orrery("schema model");
  EXPECT_EQ(slip.exit, 2);
  EXPECT_EQ(slip.error, "orrery: there is no schema of \"model\"; did you mean \"models\"?\n");
}

}  // namespace
}  // namespace orrery::cli
