// orrery init and orrery schema as a user types them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/process.h"
#include "tests/starter_lines.h"

namespace orrery::cli {
namespace {

using test::orrery;
using test::text_of;

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

TEST(Init, AKeyThatIsUncommentedAsItStandsChangesNothing) {
  const orrery::test::TemporaryFolder folder;
  const auto result_of = [&](const std::string& text) {
    std::ofstream(folder.path() / "my.json") << text;
    const auto run = orrery("run my.json --json", folder.path());
    EXPECT_EQ(run.exit, 0) << run.error;
    return nlohmann::json::parse(run.out)["result"];
  };
  const std::string text = orrery("init").out;
  const auto result = result_of(text);
  for (const auto& one : orrery::test::with_one_key(text)) {
    const bool is_another_tree = one.line.find("\"pgft\"") != std::string::npos;
    if (is_another_tree) continue;
    EXPECT_EQ(result_of(one.text), result) << one.line;
  }
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
  EXPECT_NE(orrery("schema models --markdown").out.find("\n| `layers` | an integer from 1 to 10000 | required | transformer layers |\n"),
            std::string::npos);
  EXPECT_EQ(orrery("schema models --markdown").out.find("## hardware"), std::string::npos);
  const auto slip = orrery("schema model");
  EXPECT_EQ(slip.exit, 2);
  EXPECT_EQ(slip.error, "orrery: there is no kind of file called \"model\"; did you mean \"models\"?\n");
}

/// Adds the keys of the numbers in `result`, with dots for depth; those of lists have none.
void add_figures(const nlohmann::json& result, const std::string& prefix, std::set<std::string>& keys) {
  for (const auto& [key, value] : result.items()) {
    if (value.is_number()) keys.insert(prefix + key);
    if (value.is_object()) add_figures(value, prefix + key + ".", keys);
  }
}

TEST(Schema, OffersForWhatWasMeasuredTheFiguresThatARunHas) {
  std::set<std::string> figures = {"infeasible"};
  for (const char* terms : {"own", "rent"}) {
    const auto run = orrery("run " + test::small_run() + " --set prices.terms=" + terms + " --json");
    add_figures(nlohmann::json::parse(run.out)["result"], "", figures);
  }
  std::set<std::string> offered;
  const auto schema = nlohmann::json::parse(orrery("schema data-set").out);
  for (const auto& [key, value] : schema["definitions"]["figures"]["properties"].items()) offered.insert(key);
  EXPECT_EQ(offered, figures);
}

TEST(Import, HelpSaysWhatBecomesOfRuns) {
  EXPECT_NE(orrery("import --help").out.find("runs: writes out every row of a data set whose \"table\" is a CSV file"), std::string::npos);
}

}  // namespace
}  // namespace orrery::cli
