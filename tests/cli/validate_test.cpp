// orrery validate, as a user runs it.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using nlohmann::json;

/// A data set of one small machine, milliseconds a row.
std::string data_set(const std::string& rows) {
  return R"({ "orrery": 1, "name": "small", "source": "me",
    "published_errors": [{ "of": "a rival", "source": "its authors", "rows": 7, "mape": 0.25 }],
    "defaults": { "orrery": 1, "cluster": { "node": "dgx-a100-80gb", "nodes": 1 },
      "workload": { "kind": "training", "model": "gpt-1.7b", "sequence_length": 2048, "global_batch": 8, "recompute": "full",
                    "parallelism": { "tensor": 8 } },
      "software": "megatron-lm-2022" },
    "rows": )" +
         rows + " }";
}

class Validate : public testing::Test {
 protected:
  test::Outcome validate(const std::string& rows, const std::string& options = "--json") {
    std::ofstream(file()) << data_set(rows);
    return test::orrery("validate " + file() + " " + options);
  }
  std::string file() const { return (folder_.path() / "set.json").string(); }

 private:
  orrery::test::TemporaryFolder folder_;
};

const std::string measured_one = R"({ "id": "one", "measured": { "iteration_seconds": 1 } })";

TEST_F(Validate, ErrorsAreOfWhatRunPredicts) {
  const auto outcome = validate("[" + measured_one + R"(, { "id": "two", "set": { "workload.global_batch": 16 },
                                "measured": { "hardware_tflops_per_gpu": 100, "memory_bytes.total": 1e10 } }])");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const json document = json::parse(outcome.out);
  ASSERT_EQ(document["rows"].size(), 3U);
  const json& one = document["rows"][0];
  EXPECT_EQ(one["id"], "one");
  EXPECT_EQ(one["metric"], "iteration_seconds");
  EXPECT_NEAR(one["error"].get<double>(), one["predicted"].get<double>() / 1 - 1, 1e-12);
  EXPECT_EQ(document["rows"][2]["metric"], "memory_bytes.total");
  EXPECT_EQ(document["summary"]["n"], 3);
  EXPECT_EQ(document["summary"]["infeasible"], (json{{"n", 0}, {"found", 0}}));
  double sum = 0;
  for (const json& row : document["rows"]) sum += std::abs(row["error"].get<double>());
  EXPECT_NEAR(document["summary"]["mape"].get<double>(), sum / 3, 1e-12);

  // The very number that `orrery run` gives.
  const auto scenario = json::parse(data_set("[]"))["defaults"].dump();
  std::ofstream(file()) << scenario;
  EXPECT_EQ(json::parse(test::orrery("run " + file() + " --json").out)["result"]["iteration_seconds"], one["predicted"]);
}

TEST_F(Validate, BaselinesStandBesideOurs) {
  const json document = json::parse(validate("[" + measured_one + "]").out);
  EXPECT_EQ(document["published_errors"][0]["of"], "a rival");
  EXPECT_EQ(document["published_errors"][0]["mape"], 0.25);
  EXPECT_NEAR(document["spreadsheet"]["mape"].get<double>(), 0, 1e-9);  // one row, one number
  EXPECT_GT(document["spreadsheet"]["mfu"].get<double>(), 0);
  EXPECT_TRUE(document["fitted"].empty());  // of megatron-lm-2022
  const json of_layers = json::parse(validate("[" + measured_one + "]", "--json --set software=megatron-layers-2023").out)["fitted"];
  ASSERT_EQ(of_layers.size(), 2U);
  EXPECT_EQ(of_layers[1]["name"], "launch_gap");
  EXPECT_EQ(of_layers[1]["value"], "20 us");
}

TEST_F(Validate, ThePageForTheDocumentationSaysWhatLiesOutside) {
  const std::string rows =
      "[" + measured_one + R"(, { "id": "two", "set": { "workload.precision": "fp32" }, "measured": { "iteration_seconds": 1 } }])";
  const std::string page = validate(rows, "--markdown").out;
  EXPECT_NE(page.find("\n| small | 2 | **"), page.npos) << page;
  EXPECT_NE(page.find("| a rival 25.0 % |\n"), page.npos) << page;
  EXPECT_NE(page.find("\n- kernel times are measured in 16 bits, not in fp32 (1 of 2 runs)\n"), page.npos) << page;
  EXPECT_NE(page.find("\n    ./orrery validate " + file() + "\n"), page.npos) << page;
  EXPECT_NE(validate("[" + measured_one + "]", "--markdown").out.find("All of it inside of what was compared."), page.npos);
  EXPECT_EQ(validate("[" + measured_one + "]", "--markdown --json").exit, 2);
  EXPECT_EQ(validate("[" + measured_one + "]", "--markdown --rows all").exit, 2) << "the page has no rows";
  EXPECT_EQ(validate("[" + measured_one + "]", "--out ''").exit, 2);
}

TEST_F(Validate, TheSpreadsheetIsModelFlopsOverPeak) {
  // Twice the batch at the same share of the peak takes twice as long: measured 1 and 2, one MFU fits both; then 1 and 4 leaves an error of
  // half a row at best.
  const auto twice = [&](const std::string& seconds) {
    return json::parse(validate("[" + measured_one + R"(, { "id": "two", "set": { "workload.global_batch": 16 },
                                  "measured": { "iteration_seconds": )" +
                                seconds + " } }]")
                           .out)["spreadsheet"]["mape"]
        .get<double>();
  };
  EXPECT_NEAR(twice("2"), 0, 1e-9);
  EXPECT_NEAR(twice("4"), 0.25, 1e-9);
}

TEST_F(Validate, WhatIsRefusedCountsAsOneAndEndsWithThree) {
  // 16 GPUs on a machine of 8; a stack that has no such model of memory; neither is left out.
  const auto outcome = validate("[" + measured_one + R"(, { "id": "too many", "set": { "workload.parallelism.data": 2 },
                                  "measured": { "iteration_seconds": 1 } },
      { "id": "too big", "set": { "workload.model": "gpt-529.6b" }, "measured": { "iteration_seconds": 1 } }])");
  EXPECT_EQ(outcome.exit, 3);
  const json document = json::parse(outcome.out);
  EXPECT_EQ(document["summary"]["n"], 3);
  for (const std::size_t row : {1U, 2U}) {
    EXPECT_EQ(document["rows"][row]["error"], 1.0);
    EXPECT_TRUE(document["rows"][row]["predicted"].is_null());
    EXPECT_NE(document["rows"][row]["why"].get<std::string>(), "");
  }
  EXPECT_EQ(document["summary"]["max"], 1.0);
}

TEST_F(Validate, AnInfeasibleRunIsFoundOrMissed) {
  const std::string too_big = R"({ "id": "too big", "set": { "workload.model": "gpt-529.6b" }, "measured": { "infeasible": true } })";
  const auto found = validate("[" + measured_one + "," + too_big + "]");
  EXPECT_EQ(found.exit, 0) << found.error;
  EXPECT_EQ(json::parse(found.out)["summary"]["infeasible"], (json{{"n", 1}, {"found", 1}}));
  EXPECT_EQ(json::parse(found.out)["summary"]["n"], 1);  // it stays out of the errors
  const auto missed = validate(R"([{ "id": "fits", "measured": { "infeasible": true } }])");
  EXPECT_EQ(missed.exit, 3);
  EXPECT_EQ(json::parse(missed.out)["summary"]["infeasible"], (json{{"n", 1}, {"found", 0}}));
}

TEST_F(Validate, BadInputIsNotInfeasible) {
  const auto outcome = validate(R"([{ "id": "odd", "set": { "workload.global_batch": 7.5 }, "measured": { "infeasible": true } }])");
  EXPECT_EQ(outcome.exit, 3);
  EXPECT_EQ(json::parse(outcome.out)["summary"]["infeasible"]["found"], 0);
  EXPECT_TRUE(json::parse(outcome.out)["summary"]["mape"].is_null());  // errors of no rows are none
}

TEST_F(Validate, AnUnknownKeyOfTheResultIsBadInput) {
  const auto outcome = validate(R"([{ "id": "one", "measured": { "iteration_second": 1 } }])");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_EQ(outcome.error,
            "orrery: small, row \"one\": the result has no number called \"iteration_second\"; did you mean \"iteration_seconds\"?\n");
}

TEST_F(Validate, AMistakeOfTheCommandLineIsNoRowsAffair) {
  const std::string two = "[" + measured_one + R"(, { "id": "two", "measured": { "iteration_seconds": 2 } }])";
  for (const char* mistake : {"foo", "foo=1", "workload.micro_batch=0"}) {
    const auto outcome = validate(two, std::string("--json --set ") + mistake);
    EXPECT_EQ(outcome.exit, 2) << mistake;
    EXPECT_EQ(outcome.out, "") << mistake;
    EXPECT_EQ(outcome.error.find("orrery: --set "), 0U) << outcome.error;
  }
}

TEST_F(Validate, AMistakeOfTheDefaultsIsSaidOnce) {
  const std::string two = R"([{ "id": "one", "measured": { "iteration_seconds": 1 } }, { "id": "two", "measured": { "mfu": 0.5 } }])";
  std::string text = data_set(two);
  text.replace(text.find("\"nodes\""), 7, "\"nods\"");
  std::ofstream(file()) << text;
  const auto outcome = test::orrery("validate " + file());
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_NE(outcome.error.find("unknown key \"nods\"; did you mean \"nodes\"?"), std::string::npos) << outcome.error;
}

TEST_F(Validate, DefaultsWithoutAWorkloadAreNoJob) {
  const auto outcome = validate(R"([{ "id": "one", "set": { "workload": null }, "measured": { "infeasible": true } }])");
  EXPECT_NE(outcome.exit, 1) << outcome.error;
  EXPECT_NE(outcome.exit, -1) << outcome.error;
}

TEST_F(Validate, AllFaultsOfARefusedRowAreShown) {
  const auto outcome = validate("[" + measured_one + R"(, { "id": "two", "set": { "workload.global_batch": 0, "cluster.nods": 1 },
                                  "measured": { "iteration_seconds": 1 } }])");
  EXPECT_EQ(outcome.exit, 3);
  const std::string why = json::parse(outcome.out)["rows"][1]["why"];
  EXPECT_NE(why.find("nods"), std::string::npos) << why;
  EXPECT_NE(why.find("global_batch"), std::string::npos) << why;
  EXPECT_NE(outcome.error.find("small: 1 of 2 measured runs refused"), std::string::npos) << outcome.error;
}

TEST_F(Validate, PrintsTablesForPeople) {
  const auto outcome = validate("[" + measured_one + "]", "");
  EXPECT_EQ(outcome.exit, 0);
  for (const char* part : {"small", "Orrery", "one fitted MFU", "a rival", "iteration_seconds", "one", "8 GPUs"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  }
}

TEST_F(Validate, ABadFileIsSaidWithItsPlace) {
  const auto outcome = validate(R"([{ "id": "one", "measure": {} }])");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_NE(outcome.error.find("unknown key \"measure\"; did you mean \"measured\"?"), std::string::npos) << outcome.error;
}

TEST_F(Validate, SeveralSetsAreOneDocument) {
  const auto first = validate("[" + measured_one + "]");
  const auto both = test::orrery("validate " + file() + " " + file() + " --json");
  ASSERT_EQ(both.exit, 0) << both.error;
  const json document = json::parse(both.out);
  ASSERT_EQ(document["data_sets"].size(), 2U);
  EXPECT_EQ(document["data_sets"][1]["name"], "small");
  EXPECT_EQ(document["data_sets"][0]["rows"], json::parse(first.out)["rows"]);
}

TEST_F(Validate, AnImportedTableIsTheSameDataSet) {
  const std::string folder = std::filesystem::path(file()).parent_path();
  std::ofstream(folder + "/t.csv") << "batch,seconds\n8,1\n16,2.5\n";
  std::string text = data_set(R"([{ "id": "by hand", "set": { "workload.model": "gpt-529.6b" }, "measured": { "infeasible": true } }])");
  text.insert(text.rfind("\"rows\""), R"("table": { "file": "t.csv", "set": { "workload.global_batch": "batch" },
                                           "measured": { "iteration_seconds": "seconds" } }, )");
  std::ofstream(file()) << text;
  const auto imported = test::orrery("import runs " + file() + " -o " + folder + "/rows.json");
  EXPECT_EQ(imported.exit, 0) << imported.error;
  const auto direct = test::orrery("validate " + file() + " --json");
  const auto by_rows = test::orrery("validate " + folder + "/rows.json --json");
  EXPECT_EQ(direct.exit, 0) << direct.error;
  EXPECT_EQ(direct.out, by_rows.out);
  EXPECT_EQ(json::parse(by_rows.out)["rows"].size(), 3U);
}

TEST_F(Validate, ChangesApplyToEveryRow) {
  const double usual = json::parse(validate("[" + measured_one + "]").out)["rows"][0]["predicted"];
  const double slow =
      json::parse(validate("[" + measured_one + "]", "--json --set software.compute_slowdown=10").out)["rows"][0]["predicted"];
  EXPECT_GT(slow, 1.5 * usual);
}

}  // namespace
}  // namespace orrery::cli
