// The commands as a user types them: exit codes, what goes to stdout, and files.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/process.h"
#include "tests/report/perfetto_reader.h"

namespace orrery::cli {
namespace {

using nlohmann::json;
using test::example;
using test::orrery;
using test::small_run;

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

// The one document of a run but for what the host decides.
json without_host_figures(json document) {
  for (const char* figure : {"wall_seconds", "cpu_seconds", "peak_rss_bytes"}) document["simulation"].erase(figure);
  return document;
}

TEST(Commands, RunPrintsTheKeysOfTheFormat) {
  const auto outcome = orrery("run " + small_run() + " --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const json document = json::parse(outcome.out);
  EXPECT_EQ(keys(document), (std::set<std::string>{"orrery", "scenario", "engine", "seed", "kind", "simulation", "validity", "result"}));
  EXPECT_EQ(keys(document["simulation"]),
            (std::set<std::string>{"wall_seconds", "cpu_seconds", "peak_rss_bytes", "events", "gpus", "gpu_classes"}));
  EXPECT_EQ(keys(document["validity"]), (std::set<std::string>{"inside_range", "expected_error", "notes"}));
  const json& result = document["result"];
  EXPECT_EQ(keys(result),
            (std::set<std::string>{"iteration_seconds", "tokens_per_second", "model_tflops_per_gpu", "hardware_tflops_per_gpu", "mfu",
                                   "hfu", "bottleneck", "bounds_seconds", "breakdown_seconds", "memory_bytes", "busiest_links",
                                   "cost_usd_per_iteration", "energy_joules_per_iteration", "gpu_hours", "energy", "money"}));
  EXPECT_EQ(keys(result["breakdown_seconds"]), (std::set<std::string>{"compute", "tensor", "pipeline_bubble", "pipeline_transfer", "data",
                                                                      "context", "expert", "optimizer", "other", "offload"}));
  EXPECT_EQ(keys(result["memory_bytes"]),
            (std::set<std::string>{"weights", "gradients", "optimizer", "activations", "buffers", "total", "capacity", "host", "storage"}));
  EXPECT_EQ(document["simulation"]["gpus"], 16);
}

TEST(Commands, WhatALauncherDidBeforeIsNotItsCost) {
  // `tail` holds 700 MB as a child of the process that then becomes orrery.
  const auto outcome =
      orrery("--version > /dev/null; head -c 700000000 /dev/zero | tail -c 700000000 > /dev/null; ORRERY_HOME='" ORRERY_SOURCE_DIR
             "' exec '" ORRERY_BINARY "' run " +
             small_run() + " --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const std::string document = outcome.out;
  EXPECT_LT(json::parse(document.substr(document.find('{')))["simulation"]["peak_rss_bytes"], 700'000'000);
}

TEST(Commands, BreakdownInTheJsonSumsToTheIterationToThePicosecond) {
  const json result = json::parse(orrery("run " + small_run() + " --json").out)["result"];
  std::int64_t sum = 0;
  for (const auto& [name, seconds] : result["breakdown_seconds"].items()) sum += std::llround(seconds.get<double>() * 1e12);
  EXPECT_EQ(sum, std::llround(result["iteration_seconds"].get<double>() * 1e12));
}

TEST(Commands, TheSameInputGivesTheSameBytes) {
  const auto once = orrery("run " + small_run() + " --json");
  const auto twice = orrery("run " + small_run() + " --json");
  EXPECT_EQ(without_host_figures(json::parse(once.out)).dump(), without_host_figures(json::parse(twice.out)).dump());
}

TEST(Commands, TheResolvedScenarioRunsToTheSameResult) {
  const orrery::test::TemporaryFolder folder;
  const auto direct = orrery("run " + small_run() + " --json --out " + folder.path().string());
  ASSERT_EQ(direct.exit, 0) << direct.error;
  const auto again = orrery("run " + (folder.path() / "scenario.json").string() + " --json");
  ASSERT_EQ(again.exit, 0) << again.error;
  EXPECT_EQ(json::parse(direct.out)["result"], json::parse(again.out)["result"]);
  std::ifstream file(folder.path() / "result.json");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), direct.out);
}

TEST(Commands, AProgramRunFromItsTextTakesTheSameTime) {
  const orrery::test::TemporaryFolder folder;
  const std::string program = (folder.path() / "small.program").string();
  ASSERT_EQ(orrery("program " + small_run() + " -o " + program).exit, 0);
  const auto direct = orrery("run " + small_run() + " --json");
  const auto from_text = orrery("run " + program + " --cluster " + small_run() + " --json");
  ASSERT_EQ(from_text.exit, 0) << from_text.error;
  const json expected = json::parse(direct.out)["result"];
  const json result = json::parse(from_text.out)["result"];
  for (const char* key : {"iteration_seconds", "breakdown_seconds", "bounds_seconds", "busiest_links"})
    EXPECT_EQ(result[key], expected[key]);
}

TEST(Commands, AProgramsResultHoldsNothingOfTheWorkloadBesideItsCluster) {
  const orrery::test::TemporaryFolder folder;
  const std::string program = (folder.path() / "small.txt").string();  // known by its first word
  ASSERT_EQ(orrery("program " + small_run() + " -o " + program).exit, 0);
  const std::string machine = " --cluster " + example("mt-nlg-530b") + " --set name=machine";
  const auto outcome = orrery("run " + program + machine + " --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const json document = json::parse(outcome.out);
  EXPECT_EQ(document["kind"], "replay");
  EXPECT_EQ(keys(document["scenario"]), (std::set<std::string>{"orrery", "name", "cluster", "software", "calibration", "prices"}));
  EXPECT_EQ(document["validity"]["inside_range"], false);
  EXPECT_EQ(document["validity"]["expected_error"], nullptr);
  EXPECT_EQ(document["validity"]["notes"], json::parse(R"(["a Program without a job: nothing measured to compare with"])"));
  const auto summary = orrery("run " + program + machine);
  EXPECT_NE(summary.out.find("a Program of 16 ranks on 280 nodes"), std::string::npos) << summary.out;
  EXPECT_EQ(summary.out.find("Measured"), std::string::npos) << summary.out;
}

TEST(Commands, ProgramsThatCannotBeReadAreTheUsersFault) {
  const orrery::test::TemporaryFolder folder;
  const std::filesystem::path directory = folder.path() / "d.program";
  std::filesystem::create_directory(directory);
  const auto outcome = orrery("run " + directory.string() + " --cluster mt-nlg-530b");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_NE(outcome.error.find("is a directory"), std::string::npos) << outcome.error;
  EXPECT_EQ(orrery("run none.program --cluster mt-nlg-530b").exit, 2);
  const auto crossed = orrery("run " + small_run() + " --cluster mt-nlg-530b");
  EXPECT_EQ(crossed.exit, 2);
  EXPECT_NE(crossed.error.find("--cluster: "), std::string::npos) << crossed.error;
}

TEST(Commands, OutputThatCannotBeWrittenIsSaidAndAClosedPipeIsNot) {
  for (const std::string& arguments : {"run " + small_run(), "run " + small_run() + " --json", "check " + small_run(),
                                       "program " + small_run(), std::string("list models"), std::string("--help")}) {
    const auto full = orrery(arguments + " > /dev/full");
    EXPECT_EQ(full.exit, 2) << arguments;
    EXPECT_EQ(full.error.find("orrery: stdout: cannot be written: No space left on device"), 0U) << full.error;
    const auto closed = orrery("--version > /dev/null; { sleep 0.1; '" ORRERY_BINARY "' " + arguments + "; echo $? >&2; } | true");
    EXPECT_EQ(closed.error, "0\n") << arguments;
  }
}

TEST(Commands, ResultsThatCannotBeWrittenAreSaidBeforePlaying) {
  const orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "file");
  const auto outcome = orrery("run mt-nlg-530b --trace --out file", folder.path());
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.error.find("orrery: file: cannot be written: Not a directory"), 0U) << outcome.error;
}

TEST(Commands, UnknownCommandsAreSuggestedAndPlannedOnesAnnounced) {
  const auto slip = orrery("rnu x");
  EXPECT_EQ(slip.exit, 2);
  EXPECT_EQ(slip.error, "orrery: unknown command \"rnu\"; did you mean \"run\"?\n");
  for (const char* planned : {"plan", "sweep"}) {
    const auto outcome = orrery(std::string(planned) + " x");
    EXPECT_EQ(outcome.exit, 6) << planned;
    EXPECT_NE(outcome.error.find("is not built yet"), std::string::npos) << outcome.error;
  }
}

TEST(Commands, UsageErrorsSayWhoSpeaksAndWhereToLook) {
  EXPECT_EQ(orrery("run").error, "orrery: FILE is required; see orrery run --help\n");
  EXPECT_EQ(orrery("--fly run").error.find("orrery: "), 0U);
  const std::string help = orrery("--help").out;
  for (const char* words : {"orrery run mt-nlg-530b", "Exit: 0 ok", "scenarios/examples"}) {
    EXPECT_NE(help.find(words), std::string::npos) << words;
  }
  EXPECT_NE(orrery("run --help").out.find("played by SimGrid"), std::string::npos);
}

TEST(Commands, SeedsAreWholeAndNotNegative) {
  for (const char* seed : {"-1", "1.5", "x", "9223372036854775808", "18446744073709551617"}) {
    const auto outcome = orrery("run " + small_run() + " --seed=" + seed);
    EXPECT_EQ(outcome.exit, 2) << seed;
    EXPECT_NE(outcome.error.find("--seed"), std::string::npos) << outcome.error;
  }
  const auto largest = orrery("run " + small_run() + " --json --seed 9223372036854775807");
  ASSERT_EQ(largest.exit, 0) << largest.error;
  EXPECT_EQ(json::parse(largest.out)["seed"], INT64_MAX);
}

TEST(Commands, AHomeWithoutPresetsIsNamed) {
  const auto outcome = orrery("--version > /dev/null; ORRERY_HOME=/nowhere '" ORRERY_BINARY "' list models");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_EQ(outcome.error.find("orrery: ORRERY_HOME: there is no folder \"/nowhere/scenarios\""), 0U) << outcome.error;
}

TEST(Commands, CheckAgreesWithRun) {
  for (const char* set :
       {"workload.model=gpt3-175b", "workload.parallelism.tensor=5", "cluster.fabric.rails=4", "cluster.fabric.topology=torus"}) {
    const auto checked = orrery("check " + small_run() + " --set " + set);
    const auto run = orrery("run " + small_run() + " --set " + set);
    EXPECT_EQ(checked.exit, run.exit) << set;
    EXPECT_EQ(checked.error, run.error) << set;
    EXPECT_EQ(checked.out, "") << set;
  }
}

TEST(Commands, TimesBeyondTheClockAreBadInput) {
  const auto outcome = orrery("run " + small_run() + " --set 'calibration.gemm.memory_bandwidth=1 kB/s'");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_NE(outcome.error.find("longer than 106 days"), std::string::npos) << outcome.error;
}

TEST(Commands, TheTitleSaysWhatPartOfTheMachineIsUsed) {
  EXPECT_EQ(orrery("run " + small_run()).out.find("uses"), std::string::npos);
  const auto larger = orrery("run " + small_run() + " --set cluster.nodes=350");
  EXPECT_NE(larger.out.find("uses 16 of the cluster's 2,800 GPUs"), std::string::npos) << larger.out;
}

class Traces : public testing::Test {
 protected:
  ::orrery::test::PerfettoReader traced(const std::string& options) {
    const auto outcome = orrery("run " + small_run() + " --json " + options + " --out " + folder_.path().string());
    EXPECT_EQ(outcome.exit, 0) << outcome.error;
    seconds = json::parse(outcome.out)["result"]["iteration_seconds"];
    return ::orrery::test::PerfettoReader(test::text_of(folder_.path() / "trace.pftrace"));
  }
  double seconds = 0;

 private:
  ::orrery::test::TemporaryFolder folder_;
};

TEST_F(Traces, OpenAndSpanTheIteration) {
  const auto trace = traced("--trace");
  EXPECT_EQ(trace.processes.size(), 4U);  // one a pipeline rank
  std::int64_t last = 0;
  for (const auto& slice : trace.slices) last = std::max(last, slice.ended);
  EXPECT_NEAR(static_cast<double>(last), seconds * 1e9, 1);
}

TEST_F(Traces, AreOfTheRanksThatAreNamed) {
  const auto trace = traced("--trace-ranks 5,0..2,1");
  std::vector<std::string> names;
  for (const auto& [track, name] : trace.processes) names.push_back(name.substr(0, name.find(' ', 5)));
  EXPECT_EQ(names, (std::vector<std::string>{"rank 0", "rank 1", "rank 2", "rank 5"}));
  const auto refused = [](const std::string& ranks, const std::string& words) {
    const auto outcome = orrery("run " + small_run() + " --trace-ranks '" + ranks + "'");
    EXPECT_EQ(outcome.exit, 2) << ranks;
    EXPECT_NE(outcome.error.find("--trace-ranks: " + words), std::string::npos) << outcome.error;
  };
  refused("16", "there is no rank 16; the last one is 15");
  refused("0..99999999999", "there is no rank 99999999999");
  refused("3..1", "\"3..1\" goes backwards");
  for (const char* text : {"a", "-1", "1..", "..2", "0,,1", "0,", ",0", "0x1", "1.5"}) refused(text, "\"");
  refused("", "is empty");
}

TEST(Commands, TheSummaryNamesVerdictMeasurementAndBounds) {
  const auto outcome = orrery("run " + small_run());
  ASSERT_EQ(outcome.exit, 0);
  for (const char* words : {"An iteration takes", "MFU", "Changed by --set", "Where the time goes", "Memory", "No schedule can beat"}) {
    EXPECT_NE(outcome.out.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << "no colour outside a terminal";
  EXPECT_EQ(outcome.error, "");
}

TEST(Commands, AMeasurementIsComparedOnlyWithWhatWasMeasured) {
  EXPECT_EQ(orrery("run " + small_run()).out.find("Predicted is"), std::string::npos) << "--set made it another machine";
  const auto measured = orrery("run " + small_run() + " --set published.iteration_seconds=0.5");
  EXPECT_NE(measured.out.find("Measured: 0.5 s"), std::string::npos) << measured.out;
}

TEST(Commands, CheckListsFaultsOfAllFilesAtOnce) {
  const std::string bad = std::string(ORRERY_SOURCE_DIR) + "/tests/bad_input/";
  const auto outcome = orrery("check " + example("mt-nlg-530b") + " " + bad + "truncated.json no/such/file.json");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_NE(outcome.out.find("mt-nlg-530b.json: ok"), std::string::npos);
  EXPECT_NE(outcome.error.find("truncated.json:"), std::string::npos);
  EXPECT_NE(outcome.error.find("no/such/file.json"), std::string::npos);
}

TEST(Commands, ListKnowsEveryKindOfPreset) {
  for (const char* kind : {"hardware", "models", "software", "calibrations", "nccl", "prices", "examples"}) {
    const auto outcome = orrery(std::string("list ") + kind);
    EXPECT_EQ(outcome.exit, 0);
    EXPECT_FALSE(outcome.out.empty()) << kind;
  }
  EXPECT_EQ(orrery("list model").exit, 2);
}

TEST(Commands, FoldingChangesHowMuchIsSimulatedAndNothingElse) {
  const auto result = [](const std::string& options) {
    return nlohmann::json::parse(orrery("run " + small_run() + " --json " + options).out);
  };
  nlohmann::json folded = result("--fold on");
  nlohmann::json unfolded = result("--fold off");
  EXPECT_EQ(folded["result"], unfolded["result"]);
  EXPECT_EQ(unfolded["simulation"]["gpu_classes"], unfolded["simulation"]["gpus"]);
  EXPECT_LT(folded["simulation"]["gpu_classes"], folded["simulation"]["gpus"]);
  EXPECT_LT(folded["simulation"]["events"], unfolded["simulation"]["events"]);
}

TEST(Commands, EnginesAgreeOnASmallRun) {
  const auto seconds = [](const std::string& engine) {
    const auto outcome = orrery("run " + small_run() + " --json --engine " + engine);
    return outcome.exit == 0 ? nlohmann::json::parse(outcome.out)["result"]["iteration_seconds"].get<double>() : -outcome.exit;
  };
  EXPECT_NEAR(seconds("transfer") / seconds("fluid"), 1, 1e-3);
  const double simgrid = seconds("simgrid");  // without the kernels' noise, which is about a percent
  if (simgrid != -6) {
    EXPECT_NEAR(simgrid / seconds("transfer"), 0.99, 0.02);
  }
}

TEST(Commands, TheClosedFormAgreesWithThePlay) {
  const auto outcome = orrery("run " + small_run() + " --json --engine analytic");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const nlohmann::json analytic = nlohmann::json::parse(outcome.out);
  const nlohmann::json fluid = nlohmann::json::parse(orrery("run " + small_run() + " --json").out);
  EXPECT_EQ(analytic["engine"], "analytic");
  EXPECT_EQ(analytic["simulation"]["events"], 0);
  EXPECT_EQ(analytic["simulation"]["gpus"], fluid["simulation"]["gpus"]);
  const double seconds = analytic["result"]["iteration_seconds"];
  EXPECT_NEAR(seconds / fluid["result"]["iteration_seconds"].get<double>(), 1, 0.02);
  EXPECT_EQ(analytic["result"]["memory_bytes"], fluid["result"]["memory_bytes"]);
  EXPECT_EQ(keys(analytic["result"]), keys(fluid["result"]));
  EXPECT_EQ(keys(analytic["result"]["breakdown_seconds"]), keys(fluid["result"]["breakdown_seconds"]));
  double sum = 0;
  for (const auto& [name, part] : analytic["result"]["breakdown_seconds"].items()) sum += part.get<double>();
  EXPECT_NEAR(sum, seconds, 1e-12);
  EXPECT_EQ(analytic["result"]["busiest_links"], nlohmann::json::array());
}

TEST(Commands, TheClosedFormRefusesWhatItHasNot) {
  const auto refuses = [](const std::string& arguments, const std::string& words) {
    const auto outcome = orrery(arguments + " --engine analytic");
    EXPECT_EQ(outcome.exit, 6) << arguments << "\n" << outcome.error;
    EXPECT_NE(outcome.error.find(words), std::string::npos) << outcome.error;
    EXPECT_NE(outcome.error.find("use --engine fluid"), std::string::npos) << outcome.error;
  };
  refuses("run " + small_run() + " --trace", "no steps to trace");
  refuses("run some.program --cluster " + small_run(), "a Program has no job");
  refuses("run " + small_run() + R"( --set 'condition={"slow_gpus": [{"gpu": 0, "speed": 0.5}]}')", "broken or slow");
  refuses("run " + small_run() + R"( --set 'cluster.others=[{"node": "dgx-a100-80gb", "nodes": 1}]')", "nodes of several kinds");
  refuses("collective all_reduce --cluster dgx-a100-80gb --nodes 2", "plays nothing");
  EXPECT_EQ(orrery("run " + small_run() + " --set workload.model=gpt3-175b --engine analytic").exit, 4);
}

TEST(Commands, AConditionIsFeltAndItsFaultsArePlaced) {
  const auto seconds = [](const std::string& condition) {
    const auto outcome = orrery("run " + small_run() + " --json --set 'condition=" + condition + "'");
    EXPECT_EQ(outcome.exit, 0) << outcome.error;
    return nlohmann::json::parse(outcome.out)["result"]["iteration_seconds"].get<double>();
  };
  EXPECT_GT(seconds(R"({"slow_gpus": [{"gpu": 0, "speed": 0.5}]})"), 1.2 * seconds("{}"));
  const auto unknown = orrery("run " + small_run() + R"( --set 'condition={"dead_links": [{"link": "leaf9 -> moon"}]}')");
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_NE(unknown.error.find("/condition/dead_links/0/link"), std::string::npos) << unknown.error;
  const auto gone = orrery("run " + small_run() + R"( --set 'condition={"gpu_changes": [{"at": "0 s", "gpu": 0, "speed": 0}]}')");
  EXPECT_EQ(gone.exit, 4) << gone.error;
  EXPECT_NE(gone.error.find("gpu 0 of node 0"), std::string::npos) << gone.error;
}

TEST(Commands, ExitCodesAreThoseOfTheContract) {
  EXPECT_EQ(orrery("--version").exit, 0);
  EXPECT_EQ(orrery("--help").exit, 0);
  EXPECT_EQ(orrery("").exit, 2);
  EXPECT_EQ(orrery("fly").exit, 2);
  EXPECT_EQ(orrery("run").exit, 2);
  EXPECT_EQ(orrery("run " + small_run() + " --engine warp").exit, 2);
  EXPECT_EQ(orrery("run " + small_run() + " --engine packet").exit, 6);
  const auto infeasible = orrery("run " + small_run() + " --set workload.model=gpt3-175b");
  EXPECT_EQ(infeasible.exit, 4);
  EXPECT_NE(infeasible.error.find("optimizer"), std::string::npos) << infeasible.error;
  const auto unwritable = orrery("run " + small_run() + " --out /proc/nowhere");
  EXPECT_EQ(unwritable.exit, 2) << unwritable.error;
}

TEST(Commands, FaultsOfTheMachineAreTheUsersAndNotOurs) {
  const auto fails_well = [](const std::string& set, const std::string& words) {
    const auto outcome = orrery("run " + small_run() + " --set '" + set + "'");
    EXPECT_EQ(outcome.exit, 2) << set << "\n" << outcome.error;
    EXPECT_NE(outcome.error.find(words), std::string::npos) << set << "\n" << outcome.error;
    EXPECT_EQ(outcome.out, "") << set;
  };
  fails_well("workload.parallelism.pipeline=64", "the cluster has 16");
  fails_well("workload.parallelism.tensor=5", "heads do not divide");
  fails_well("workload.global_batch=17", "global_batch 17 does not divide");
  fails_well("workload.parallelism.pipeline=7' --set 'software=megatron-lm-2021", "24 layers do not divide");
  fails_well("cluster.fabric.rails=4", "rails");
  fails_well("cluster.fabric.link=400 Gbit/s", "link");
  fails_well("workload.parallelism.tenor=8", "did you mean");
  const auto too_small = orrery("run " + example("mt-nlg-530b") + " --set cluster.fabric.levels=2");
  EXPECT_EQ(too_small.exit, 2);
  EXPECT_NE(too_small.error.find("level"), std::string::npos) << too_small.error;
}

}  // namespace
}  // namespace orrery::cli
