#include "scenarios/data_set.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/committed.h"
#include "tests/scenarios/message_of.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

using test::message_of;

const std::string defaults = R"({ "orrery": 1, "cluster": { "node": "dgx-a100-80gb" },
  "workload": { "kind": "training", "model": "gpt-22b", "sequence_length": 2048, "global_batch": 4, "parallelism": { "tensor": 8 } },
  "software": "megatron-lm-2022", "published": { "iteration_seconds": 1, "source": "nowhere" } })";

std::string with_rows(const std::string& rows) {
  return R"({ "orrery": 1, "name": "runs", "source": "me", "defaults": )" + defaults + R"(, "rows": )" + rows + " }";
}

DataSet parsed(const std::string& rows) { return parse_data_set("runs.json", with_rows(rows), committed::library()); }

TEST(DataSet, ARowCompletesTheDefaults) {
  const DataSet set = parsed(R"([{ "id": "one", "set": { "cluster.nodes": 1, "workload.micro_batch": 4 },
                                   "measured": { "iteration_seconds": 1.42, "memory_bytes.total": 4e10 } }])");
  ASSERT_EQ(set.rows.size(), 1U);
  EXPECT_EQ(set.rows[0].measured, (std::map<std::string, double>{{"iteration_seconds", 1.42}, {"memory_bytes.total", 4e10}}));
  EXPECT_FALSE(set.rows[0].infeasible);
  const Scenario scenario = scenario_of(set, set.rows[0], {}, committed::library());
  EXPECT_EQ(scenario.cluster.nodes, 1);
  EXPECT_EQ(scenario.training->micro_batch, 4);
  EXPECT_EQ(scenario.training->model.layers, 48);
}

TEST(DataSet, ChangesOfTheCommandLineComeAfterTheRows) {
  const DataSet set = parsed(R"([{ "id": "one", "set": { "cluster.nodes": 1 }, "measured": { "iteration_seconds": 1 } }])");
  EXPECT_EQ(scenario_of(set, set.rows[0], {"cluster.nodes=3"}, committed::library()).cluster.nodes, 3);
}

TEST(DataSet, ARowMayReachIntoAPresetOrReplaceAnObject) {
  const DataSet set = parsed(R"([{ "id": "one", "measured": { "iteration_seconds": 1 },
      "set": { "cluster.nodes": 1, "software.compute_slowdown": 1.5, "workload.parallelism": { "tensor": 4 } } }])");
  const Scenario scenario = scenario_of(set, set.rows[0], {}, committed::library());
  EXPECT_EQ(scenario.software.compute_slowdown, 1.5);
  EXPECT_EQ(scenario.training->parallelism.tensor, 4);
}

TEST(DataSet, AFaultOfARowNamesItsPlaceInTheFile) {
  const DataSet set = parse_data_set("runs.json",
                                     with_rows("[\n{ \"id\": \"one\", \"set\": { \"cluster.nodes\": 0 },\n"
                                               "\"measured\": { \"iteration_seconds\": 1 } }]"),
                                     committed::library());
  EXPECT_EQ(message_of([&] { scenario_of(set, set.rows[0], {}, committed::library()); }),
            "runs.json:4:42 /rows/0/set/cluster.nodes: 0 is out of range; write an integer from 1 to 1048576");
}

TEST(DataSet, AFaultOfTheDefaultsIsPlacedThere) {
  const DataSet set = parse_data_set("runs.json", R"({ "orrery": 1, "name": "runs", "source": "me",
"defaults": { "orrery": 1, "cluster": { "node": "dgx" } },
"rows": [{ "id": "one", "measured": { "iteration_seconds": 1 } }] })",
                                     committed::library());
  EXPECT_EQ(message_of([&] { scenario_of(set, set.rows[0], {"cluster.nodes=1"}, committed::library()); }).substr(0, 60),
            "runs.json:2:49 /defaults/cluster/node: there is no preset \"d");
}

TEST(DataSet, WhatARunMeasuredIsANumberOrThatItIsInfeasible) {
  EXPECT_TRUE(parsed(R"([{ "id": "one", "measured": { "infeasible": true } }])").rows[0].infeasible);
  const auto fault = [](const std::string& measured) {
    const std::string message = message_of([&] { parsed(R"([{ "id": "one", "measured": )" + measured + " }]"); });
    return message.substr(std::min(message.find("/rows"), message.size()));
  };
  EXPECT_EQ(fault("{}"), "/rows/0/measured: nothing is measured; write e.g. {\"iteration_seconds\": 3.57}, or {\"infeasible\": true}");
  EXPECT_EQ(fault(R"({ "iteration_seconds": 0 })"),
            "/rows/0/measured/iteration_seconds: 0 is not a positive number; write what was measured, in the unit that the key names");
  EXPECT_EQ(
      fault(R"({ "iteration_seconds": "3 s" })"),
      "/rows/0/measured/iteration_seconds: \"3 s\" is not a positive number; write what was measured, in the unit that the key names");
  EXPECT_EQ(fault(R"({ "infeasible": false })").substr(0, 48), "/rows/0/measured/infeasible: false is not true; ");
  EXPECT_EQ(fault(R"({ "infeasible": true, "iteration_seconds": 1 })").substr(0, 63),
            "/rows/0/measured: a run that is infeasible has no other measure");
}

TEST(DataSet, FaultsOfSeveralRowsComeTogether) {
  const std::string message = message_of([] { parsed(R"([{ "id": "a", "measured": {} }, { "id": "b", "measured": {} }])"); });
  EXPECT_NE(message.find("/rows/0/measured"), std::string::npos);
  EXPECT_NE(message.find("/rows/1/measured"), std::string::npos);
}

TEST(DataSet, IdsAreTextsOrIntegers) {
  const DataSet set = parsed(R"([{ "id": 7, "measured": { "mfu": 0.4 } }, { "id": "8", "measured": { "mfu": 0.4 } }])");
  EXPECT_EQ(set.rows[0].id, "7");
  EXPECT_EQ(set.rows[1].id, "8");
  EXPECT_EQ(message_of([] { parsed(R"([{ "id": 0.5, "measured": { "mfu": 0.4 } }])"); }).substr(16),
            "/rows/0/id: 0.5 is not a text; write a text in quotes, or an integer");
}

TEST(DataSet, IdsTellRowsApart) {
  EXPECT_EQ(message_of([] {
              parsed(
                  "[\n{ \"id\": 7, \"measured\": { \"mfu\": 0.4 } },\n{ \"id\": \"7\", \"measured\": { \"mfu\": 0.4 } },\n"
                  "{ \"id\": \"\", \"measured\": { \"mfu\": 0.4 } }]");
            }),
            "runs.json:5:9 /rows/1/id: \"7\" is the id of /rows/0, too; give each run an id of its own\n"
            "runs.json:6:9 /rows/2/id: the id is empty; name the run");
}

TEST(DataSet, IdsDifferFromThoseOfATable) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "t.csv") << "nodes,seconds\n1,2\n";
  const std::string text = R"({ "orrery": 1, "name": "runs", "defaults": )" + defaults + R"(,
    "table": { "file": "t.csv", "set": { "cluster.nodes": "nodes" }, "measured": { "iteration_seconds": "seconds" } },
    "rows": [{ "id": "line 2", "measured": { "mfu": 0.4 } }] })";
  const std::string message = message_of([&] { parse_data_set((folder.path() / "runs.json").string(), text, committed::library()); });
  EXPECT_EQ(message.substr(message.find("runs.json")),
            "runs.json:5:22 /rows/0/id: \"line 2\" is the id of a row of the table, too; give each run an id of its own");
}

TEST(DataSet, WhatGoesWithoutSayingMayBeLeftOut) {
  const DataSet set = parse_data_set("runs.json", R"({ "orrery": 1, "name": "mine", "$schema": "./orrery.schema.json",
    "defaults": { "$schema": "x", "cluster": { "node": "dgx-a100-80gb", "nodes": 1 } }, "rows": [{ "id": 1, "measured": { "mfu": 0.4 } }] })",
                                     committed::library());
  EXPECT_EQ(set.source, "");
  const Scenario scenario = scenario_of(set, set.rows[0], {}, committed::library());
  EXPECT_EQ(scenario.cluster.nodes, 1);
  EXPECT_EQ(scenario.resolved.find("$schema"), std::string::npos);
}

TEST(DataSet, AScenarioIsRecognised) {
  EXPECT_EQ(message_of([] { parse_data_set("my.json", "\n" + defaults, committed::library()); }),
            "my.json:2:1: the file is a scenario, not a data set of measured runs; give it to orrery run; a data set holds scenarios as "
            "\"defaults\" and \"rows\"");
}

TEST(DataSet, WithoutRowsIsNone) {
  EXPECT_EQ(message_of([] { parsed("[]"); }), "runs.json:1:1: there are no rows; add what was measured");
}

TEST(DataSet, ATableGivesRowsBeforeThoseWrittenOut) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "t.csv") << "gpus,mode,ms\n16,PURE,500\n12,DEFAULT,1500\n";
  const std::string text = R"({ "orrery": 1, "name": "runs", "source": "me", "defaults": )" + defaults + R"(,
    "table": { "file": "t.csv",
               "set": { "cluster.nodes": { "column": "gpus", "divided_by": 8 }, "workload.parallelism.data": "gpus",
                        "workload.reductions": { "column": "mode", "values": { "PURE": "bf16", "DEFAULT": "fp32" } } },
               "measured": { "iteration_seconds": { "column": "ms", "times": 0.001 } } },
    "rows": [{ "id": "by hand", "measured": { "infeasible": true } }] })";
  const DataSet set = parse_data_set((folder.path() / "runs.json").string(), text, committed::library());
  ASSERT_EQ(set.rows.size(), 3U);
  EXPECT_EQ(set.rows[0].id, "line 2");
  EXPECT_EQ(set.rows[0].measured.at("iteration_seconds"), 0.5);
  EXPECT_EQ(set.rows[2].id, "by hand");
  const auto job = [&](std::size_t row) {
    return scenario_of(set, set.rows[row], {"workload.parallelism.tensor=1", "workload.global_batch=48"}, committed::library());
  };
  EXPECT_EQ(job(0).cluster.nodes, 2);
  EXPECT_EQ(job(1).cluster.nodes, 2);  // 12 GPUs are on two nodes
  EXPECT_EQ(job(1).training->parallelism.data, 12);
  EXPECT_EQ(job(0).training->reductions, sim::DataType::bf16);
}

TEST(DataSet, ATableIsAlsoLookedForAmongTheMeasuredData) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "t.csv") << "nodes,seconds\n1,2\n";
  const std::string text = R"({ "orrery": 1, "name": "runs", "source": "me", "defaults": )" + defaults + R"(,
    "table": { "file": "t.csv", "set": { "cluster.nodes": "nodes" }, "measured": { "iteration_seconds": "seconds" } } })";
  PresetLibrary library = committed::library();
  EXPECT_EQ(message_of([&] { parse_data_set("runs.json", text, library); }),
            "runs.json:4:24 /table/file: the table \"t.csv\" is not here; measured data do not come with Orrery: set ORRERY_DATA to the "
            "folder that holds them");
  library.data = folder.path();
  EXPECT_EQ(parse_data_set("runs.json", text, library).rows.size(), 1U);
}

TEST(DataSet, AnUnknownTextInATableIsAFault) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "t.csv") << "mode,seconds\nODD,2\n";
  const std::string text = R"({ "orrery": 1, "name": "runs", "source": "me", "defaults": )" + defaults + R"(,
    "table": { "file": "t.csv", "set": { "workload.reductions": { "column": "mode", "values": { "PURE": "bf16" } } },
               "measured": { "iteration_seconds": "seconds" } } })";
  const std::string message = message_of([&] { parse_data_set((folder.path() / "runs.json").string(), text, committed::library()); });
  EXPECT_EQ(message.substr(message.find("t.csv")),
            "t.csv:2: column \"mode\" holds \"ODD\", which the table's \"values\" do not know; add it to them");
}

TEST(DataSet, EveryCommittedOneReads) {
  PresetLibrary library = committed::library();
  for (const std::string& name : preset_names(library, PresetKind::published)) {
    const DataSet set = read_data_set(name, library);
    for (const MeasuredRun& row : set.rows) EXPECT_NO_THROW(scenario_of(set, row, {}, library)) << name << " " << row.id;
  }
  if (!committed::measured_data()) GTEST_SKIP() << "ORRERY_DATA is unset: the measured sets have no tables";
  library.data = *committed::measured_data();
  std::map<std::string, std::size_t> rows;
  for (const std::string& name : preset_names(library, PresetKind::measured)) {
    const DataSet set = read_data_set(name, library);
    rows[name] = set.rows.size();
    for (const MeasuredRun& row : set.rows) EXPECT_NO_THROW(scenario_of(set, row, {}, library)) << name << " " << row.id;
  }
  EXPECT_EQ(rows, (std::map<std::string, std::size_t>{{"bloom-memory", 28},
                                                      {"bloom-sweep", 46 + 5},
                                                      {"megatron-deepspeed-multi-node", 52},
                                                      {"megatron-deepspeed-single-node", 720},
                                                      {"mosaic-fsdp-a100", 85},
                                                      {"mosaic-fsdp-h100", 40}}));
}

TEST(DataSet, ANameThatIsNoneGetsTheNearest) {
  EXPECT_EQ(message_of([] { read_data_set("korthikant", committed::library()); }),
            "\"korthikant\": no such file, nor a data set of that name; did you mean \"korthikanti\"?");
}

}  // namespace
}  // namespace orrery::scenarios
