// orrery explain and diff, as a user calls them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using nlohmann::json;
using test::orrery;

/// On one node, where NCCL's search takes no time to speak of: explain plays it some thirty times.
std::string one_node_run() {
  return test::small_run() + " --set cluster.nodes=1 --set workload.parallelism.data=1 --set workload.global_batch=8";
}

TEST(Explain, NamesThePartThatWouldGiveMost) {
  const auto text = orrery("explain " + one_node_run());
  ASSERT_EQ(text.exit, 0) << text.error;
  const auto told = orrery("explain --json " + one_node_run());
  ASSERT_EQ(told.exit, 0) << told.error;
  const json why = json::parse(told.out)["explanation"];
  EXPECT_NE(text.out.find("What would give most: " + why["parts"][0]["meaning"].get<std::string>()), std::string::npos) << text.out;
  const auto run = json::parse(orrery("run --json " + one_node_run()).out);
  EXPECT_EQ(why["iteration_seconds"], run["result"]["iteration_seconds"]);
  EXPECT_EQ(why["breakdown_seconds"], run["result"]["breakdown_seconds"]);
  ASSERT_EQ(why["parts"].size(), 9U);
  double last = 0;
  for (const json& part : why["parts"]) {
    EXPECT_GE(part["freed_seconds"].get<double>(), last) << "those that give most first";
    last = part["freed_seconds"].get<double>();
    EXPECT_NEAR(part["saved"].get<double>(), 1 - last / why["iteration_seconds"].get<double>(), 1e-12);
    EXPECT_LE(part["better_seconds"].get<double>(), part["worse_seconds"].get<double>()) << part["part"];
  }
  ASSERT_EQ(why["links"].size(), run["result"]["busiest_links"].size());
  EXPECT_EQ(why["links"][0]["name"], run["result"]["busiest_links"][0]["name"]);
  EXPECT_FALSE(why["sources"].empty());
  for (const json& source : why["sources"]) {
    EXPECT_NE(source["source"], "") << source["what"];
    if (source["what"] != "model") {
      EXPECT_NE(source["validity"], "") << source["what"];
    }
  }
  for (const json& constant : why["constants"]) {
    EXPECT_NE(constant["value"], "") << constant["constant"];
    EXPECT_NE(text.out.find(constant["constant"].get<std::string>()), std::string::npos) << text.out;
  }
}

// What a part takes is what the same run takes with that part as good as free, set by hand.
TEST(Explain, LaunchesAtNoCostAreARunWithoutThem) {
  const auto told = orrery("explain --json " + one_node_run());
  const json why = json::parse(told.out)["explanation"];
  const auto run = orrery("run --json " + one_node_run() +
                          " --set 'software.host_per_kernel=\"0 s\"' --set 'software.launch_gap=\"0 s\"'"
                          " --set 'calibration.gemm.launch=\"0 s\"' --set 'calibration.attention.launch=\"0 s\"'"
                          " --set 'calibration.memory.launch=\"0 s\"'");
  ASSERT_EQ(run.exit, 0) << run.error;
  const double by_hand = json::parse(run.out)["result"]["iteration_seconds"];
  for (const json& part : why["parts"]) {
    if (part["part"] != "launches") continue;
    EXPECT_NEAR(part["freed_seconds"].get<double>(), by_hand, 0.001 * by_hand);
  }
}

class RunsOnDisk : public testing::Test {
 protected:
  std::string folder(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string run(const std::string& name, const std::string& changes = "") const {
    const auto outcome = orrery("run " + one_node_run() + " --out '" + folder(name) + "'" + changes);
    EXPECT_EQ(outcome.exit, 0) << outcome.error;
    return "'" + folder(name) + "'";
  }

 private:
  orrery::test::TemporaryFolder folder_;
};

TEST_F(RunsOnDisk, AnExplanationIsWrittenAsItIsPrinted) {
  const auto told = orrery("explain --json " + one_node_run() + " --out '" + folder("why") + "'");
  ASSERT_EQ(told.exit, 0) << told.error;
  EXPECT_EQ(test::text_of(folder("why") + "/explanation.json"), told.out);
  const std::string page = test::text_of(folder("why") + "/index.html");
  EXPECT_NE(page.find("What would give most: "), std::string::npos);
  EXPECT_NE(page.find("<code>orrery explain --json "), std::string::npos) << "the command that writes it again";
}

TEST_F(RunsOnDisk, AFolderIsExplainedAsItsScenarioIs) {
  const std::string a = run("a");
  const json of_run = json::parse(orrery("explain --json " + a).out);
  const json of_scenario = json::parse(orrery("explain --json " + one_node_run()).out);
  EXPECT_EQ(of_run["explanation"], of_scenario["explanation"]);
}

TEST_F(RunsOnDisk, AnExplanationDoesNotReplaceARunsPage) {
  const std::string a = run("a");
  const std::string page = test::text_of(folder("a") + "/index.html");
  const auto refused = orrery("explain " + a + " --out " + a);
  EXPECT_EQ(refused.exit, 2);
  EXPECT_NE(refused.error.find("holds a run, whose index.html would be replaced"), std::string::npos) << refused.error;
  EXPECT_EQ(test::text_of(folder("a") + "/index.html"), page);
  EXPECT_EQ(orrery("explain " + a + " --out ''").exit, 2);
}

TEST_F(RunsOnDisk, TheRunOfAProgramIsNoJob) {
  const std::string program = "'" + folder("small.program") + "'";
  ASSERT_EQ(orrery("program " + one_node_run() + " -o " + program).exit, 0);
  ASSERT_EQ(orrery("run " + program + " --cluster gpt3-175b --out '" + folder("replay") + "'").exit, 0);
  const auto refused = orrery("explain '" + folder("replay") + "'");
  EXPECT_EQ(refused.exit, 2);
  EXPECT_NE(refused.error.find("is the run of a Program or a collective; explain needs a training job"), std::string::npos)
      << refused.error;
}

TEST_F(RunsOnDisk, ARunIsAsItselfAndDiffersFromAnother) {
  const std::string a = run("a");
  const std::string again = run("again");
  const std::string larger = run("larger", " --set workload.global_batch=16");
  const auto same = orrery("diff " + a + " " + again);
  EXPECT_EQ(same.exit, 0) << same.error;
  EXPECT_NE(same.out.find("The results are the same"), std::string::npos) << same.out;
  const auto differ = orrery("diff --json " + a + " " + larger);
  EXPECT_EQ(differ.exit, 3);
  const json found = json::parse(differ.out);
  const auto figure = [&](const std::string& key) {
    for (const json& one : found["figures"]) {
      if (one["key"] == key) return one;
    }
    return json();
  };
  const json time = figure("result.iteration_seconds");
  const auto seconds = [&](const std::string& name) {
    return json::parse(test::text_of(folder(name) + "/result.json"))["result"]["iteration_seconds"].get<double>();
  };
  EXPECT_EQ(time["first"], seconds("a"));
  EXPECT_EQ(time["second"], seconds("larger"));
  EXPECT_NEAR(time["relative"].get<double>(), seconds("larger") / seconds("a") - 1, 1e-12);
  EXPECT_FALSE(found["within_tolerance"]);
  EXPECT_FALSE(found["scenario"].empty());
  EXPECT_EQ(orrery("diff --tol 0.5 " + a + " " + a + "/result.json").exit, 0);
}

TEST_F(RunsOnDisk, WhatIsNoRunIsRefused) {
  const std::string a = run("a");
  const auto none = orrery("diff " + a + " '" + folder("nowhere") + "'");
  EXPECT_EQ(none.exit, 2);
  EXPECT_NE(none.error.find("nowhere"), std::string::npos) << none.error;
  const auto scenario = orrery("diff " + a + " " + a + "/scenario.json");
  EXPECT_EQ(scenario.exit, 2);
  EXPECT_NE(scenario.error.find("it is no result"), std::string::npos) << scenario.error;
  EXPECT_EQ(orrery("diff --tol -1 " + a + " " + a).exit, 2);
  const auto empty = orrery("explain '" + folder("") + "'");
  EXPECT_EQ(empty.exit, 2);
  EXPECT_NE(empty.error.find("holds no scenario.json"), std::string::npos) << empty.error;
}

}  // namespace
}  // namespace orrery::cli
