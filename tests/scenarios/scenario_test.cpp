#include "scenarios/scenario.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

const std::filesystem::path installation = std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios";
const PresetLibrary installed{installation, "nowhere"};

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Scenario example(const std::string& name, const std::vector<std::string>& overrides = {}) {
  return read_scenario(installation / "examples" / (name + ".json"), overrides, installed);
}

std::string refusal_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse_scenario("f", text, overrides, installed);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "";
}

constexpr const char* small = R"({
  "orrery": 1,
  "cluster": { "node": "dgx-a100-80gb", "nodes": 2 },
  "workload": { "kind": "training", "model": "gpt-22b", "sequence_length": 2048, "global_batch": 16, "parallelism": { "tensor": 8 } },
  "software": "megatron-lm-2022"
})";

TEST(Scenario, MtNlgReadsAsItsAuthorsRanIt) {
  const Scenario s = example("mt-nlg-530b");
  EXPECT_EQ(s.name, "MT-NLG 530B on 280 DGX A100");
  EXPECT_EQ(s.cluster.nodes, 280);
  EXPECT_EQ(s.cluster.node.gpu.name, "A100-SXM4-80GB");
  EXPECT_EQ(s.cluster.fabric.switch_radix, 40);
  ASSERT_TRUE(s.training.has_value());
  EXPECT_EQ(s.training->model.hidden, 20480);
  EXPECT_EQ(s.training->gpus(), 2240);
  EXPECT_EQ(s.training->micro_batches(), 240);
  EXPECT_EQ(s.training->recompute, workloads::Recompute::full);
  EXPECT_EQ(s.software.name, "megatron-deepspeed-2022");
  EXPECT_EQ(s.calibration->name, "a100-sxm-80gb");
  EXPECT_EQ(s.nccl.version, "2.12");
  EXPECT_EQ(s.published->iteration_seconds, 60.1);
}

TEST(Scenario, EveryExampleReads) {
  for (const std::string& name : preset_names(installed, PresetKind::examples)) EXPECT_NO_THROW(example(name)) << name;
}

TEST(Scenario, DefaultsAreThoseOfTheDesign) {
  const Scenario s = parse_scenario("folder/small.json", small, {}, installed);
  EXPECT_EQ(s.name, "small");
  EXPECT_EQ(s.training->micro_batch, 1);
  EXPECT_EQ(s.training->parallelism.pipeline, 1);
  EXPECT_EQ(s.training->parallelism.zero, 0);
  EXPECT_FALSE(s.training->parallelism.sequence);
  EXPECT_EQ(s.training->recompute, workloads::Recompute::none);
  EXPECT_EQ(s.training->schedule, workloads::Schedule::one_f_one_b);
  EXPECT_EQ(s.training->reductions, sim::DataType::fp32);  // as megatron-lm-2022
  EXPECT_EQ(s.calibration->device, "A100-SXM4-80GB");      // that of the node's GPU
  EXPECT_EQ(s.cluster.fabric.switch_radix, 40);            // the rest from the node
  EXPECT_EQ(s.cluster.fabric.rails, 8);
  EXPECT_EQ(s.cluster.fabric.link, sim::gigabits_per_second(200));
  EXPECT_EQ(s.cluster.fabric.levels, std::nullopt);
  EXPECT_EQ(s.cluster.fabric.oversubscription, 1.0);
  EXPECT_FALSE(s.published.has_value());
}

TEST(Scenario, GpusThatShareNicsShareRails) {
  EXPECT_EQ(parse_scenario("f", small, {"cluster.node=hgx-a100-80gb-4xhdr"}, installed).cluster.fabric.rails, 4);
}

TEST(Scenario, InterleavingMakesTheScheduleInterleaved) {
  const std::vector<std::string> interleaved = {"workload.parallelism={\"tensor\": 8, \"pipeline\": 2, \"interleave\": 4}"};
  EXPECT_EQ(parse_scenario("f", small, interleaved, installed).training->schedule, workloads::Schedule::interleaved);
}

TEST(Scenario, OneFOneBAndInterleavedAreWhatInterleaveSays) {
  const auto schedule_of = [](const std::string& schedule, int interleave) {
    return parse_scenario("f", small,
                          {"workload.parallelism={\"tensor\": 8, \"pipeline\": 2, \"interleave\": " + std::to_string(interleave) + "}",
                           "workload.schedule=" + schedule},
                          installed)
        .training->schedule;
  };
  EXPECT_EQ(schedule_of("1f1b", 2), workloads::Schedule::interleaved);
  EXPECT_EQ(schedule_of("interleaved", 1), workloads::Schedule::one_f_one_b);
  EXPECT_EQ(schedule_of("gpipe", 1), workloads::Schedule::gpipe);
  EXPECT_THROW(schedule_of("gpipe", 2), sim::Error);
}

TEST(Scenario, AMeasurementBelongsToWhatWasMeasured) {
  const auto has_published = [](const std::vector<std::string>& overrides) {
    return example("gpt3-175b", overrides).published.has_value();
  };
  EXPECT_TRUE(has_published({}));
  EXPECT_TRUE(has_published({"name=mine"}));
  EXPECT_TRUE(has_published({"prices.terms=rent"}));
  EXPECT_TRUE(has_published({"published.source=me"}));
  EXPECT_FALSE(has_published({"cluster.nodes=256"}));
  EXPECT_FALSE(has_published({"cluster.nodes=256", "published.source=me"}));
  EXPECT_TRUE(has_published({"cluster.nodes=256", "published.iteration_seconds=30"}));
  EXPECT_TRUE(has_published({"published.tflops_per_gpu=130", "cluster.nodes=256"}));
  EXPECT_EQ(example("gpt3-175b", {"cluster.nodes=256"}).resolved.find("\"published\""), std::string::npos);
}

TEST(Scenario, AMachineLeavesOutWorkloadAndMeasurement) {
  // Its job would not fit one node; on a machine nobody asks.
  const Scenario s = read_machine(installation / "examples" / "gpt3-175b.json", {"cluster.nodes=1"}, installed);
  EXPECT_FALSE(s.training.has_value());
  EXPECT_FALSE(s.published.has_value());
  EXPECT_EQ(s.software.name, "megatron-lm-2021");
  EXPECT_TRUE(s.calibration.has_value());
  for (const char* key : {"\"workload\"", "\"published\""}) EXPECT_EQ(s.resolved.find(key), std::string::npos) << key;
}

TEST(Scenario, AnExampleGoesByItsNameWhereThereIsNoSuchFile) {
  EXPECT_EQ(read_scenario("mt-nlg-530b", {}, installed).cluster.nodes, 280);
  try {
    read_scenario("mt-nlg-530", {}, installed);
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_STREQ(error.what(), "\"mt-nlg-530\": no such file, nor an example of that name; did you mean \"mt-nlg-530b\"?");
  }
}

TEST(Scenario, FaultsOfMachineJobAndStackComeAtOnce) {
  const std::string refusal = refusal_of(small, {"cluster.fabric.rails=3", "cluster.fabric.link=1 GB/s", "workload.parallelism.tensor=5",
                                                 "workload.parallelism.data=3", "software={\"nccl\": \"2.288\"}"});
  for (const char* place : {"--set cluster.fabric.rails: ", "--set cluster.fabric.link: ", "--set workload.parallelism.tensor: ",
                            "/workload/global_batch: ", "--set software /software/nccl: "}) {
    EXPECT_NE(refusal.find(place), std::string::npos) << place << "\n" << refusal;
  }
}

TEST(Scenario, AFabricTooSmallIsPlaced) {
  EXPECT_TRUE(refusal_of(small, {"cluster.nodes=200", "cluster.fabric.levels=1"}).starts_with("--set cluster.fabric.levels: "));
}

TEST(Scenario, SoftwareThatIsUnknownIsNotMissingToo) {
  EXPECT_EQ(refusal_of(small, {"software=megatron-lm-202"}),
            "--set software: there is no preset \"megatron-lm-202\" in software; did you mean \"megatron-lm-2021\"?");
}

TEST(Scenario, NamesCarryNoControlCharactersToTheTerminal) {
  for (const char* name : {"\x1b[31m", "a\nb", "\x7f", "\xc2\x9b"}) {
    EXPECT_NE(refusal_of(small, {std::string("name=") + name}).find("control character"), std::string::npos) << name;
  }
  EXPECT_EQ(refusal_of(small, {"name=\xff"}), "--set name: is not UTF-8; write plain text");
  EXPECT_EQ(refusal_of(small, {"name=Zo\xc3\xab \xe2\x82\xac"}), "");
  EXPECT_EQ(parse_scenario("a\x1b", small, {}, installed).name, "scenario");
}

TEST(Scenario, OverridesReachIntoPresetsAndMissingObjects) {
  const Scenario s = parse_scenario(
      "f", small,
      {"workload.model.layers=24", "cluster.fabric.routing=ecmp", "cluster.node.nic.bandwidth=400 Gbit/s", "software.host_per_kernel=5 us"},
      installed);
  EXPECT_EQ(s.training->model.layers, 24);
  EXPECT_EQ(s.training->model.hidden, 6144);
  EXPECT_EQ(s.cluster.fabric.routing, topology::Routing::ecmp);
  EXPECT_EQ(s.cluster.fabric.link, sim::gigabits_per_second(400));
  EXPECT_EQ(s.software.host_per_kernel, sim::Duration{5'000'000});
}

TEST(Scenario, WhatRunsHasPricesThatMayBeChangedOneByOne) {
  EXPECT_EQ(parse_scenario("f", small, {}, installed).prices->name, "estimates-2025");
  const Scenario changed = parse_scenario("f", small, {"prices.terms=rent", "prices.facility.pue=1.05"}, installed);
  EXPECT_EQ(changed.prices->terms, workloads::Terms::rent);
  EXPECT_EQ(changed.prices->facility->pue, 1.05);
  EXPECT_FALSE(parse_scenario("f", R"({"orrery": 1, "cluster": {"node": "dgx-a100-80gb", "nodes": 2}})", {}, installed).prices);
}

TEST(Scenario, NodesOfOtherKindsComeAfterTheFirst) {
  const Scenario s = parse_scenario(
      "f", small,
      {R"(cluster.others=[{"node": "a100-80gb-8xndr", "nodes": 3}])", "cluster.others.0.nodes=4", "workload.placement.first_node=5"},
      installed);
  ASSERT_EQ(s.cluster.others.size(), 1U);
  EXPECT_EQ(s.cluster.others[0].nodes, 4);
  EXPECT_EQ(s.cluster.others[0].node.name, "a100-80gb-8xndr");
  EXPECT_EQ(all_gpus(s.cluster), 48);
  EXPECT_EQ(s.training->first_node, 5);
  EXPECT_EQ(s.cluster.fabric.link, sim::gigabits_per_second(200)) << "that of the first node's NIC";
  EXPECT_EQ(s.cluster.fabric.switch_radix, 40);
  const Scenario again = parse_scenario("f", s.resolved, {}, installed);
  EXPECT_EQ(again.resolved, s.resolved);
  EXPECT_EQ(parse_scenario("f", small, {"cluster.others=[]"}, installed).resolved, parse_scenario("f", small, {}, installed).resolved);
}

TEST(Scenario, TheFabricsSwitchesAreOfTheNodesWithItsLink) {
  const Scenario s = parse_scenario(
      "f", small, {R"(cluster.others=[{"node": "a100-80gb-8xndr", "nodes": 3}])", "cluster.fabric.link=400 Gbit/s"}, installed);
  EXPECT_EQ(s.cluster.fabric.switch_radix, s.cluster.others[0].node.fabric_switch.ports);
  EXPECT_NE(s.cluster.fabric.switch_radix, s.cluster.node.fabric_switch.ports);
}

TEST(Scenario, TheCalibrationIsOfTheGpuThatTheJobIsPlacedOn) {
  const std::vector<std::string> hall = {"cluster.node=dgx-h100", R"(cluster.others=[{"node": "dgx-a100-80gb", "nodes": 2}])"};
  EXPECT_EQ(parse_scenario("f", small, hall, installed).calibration->device, "H100-SXM5-80GB");
  std::vector<std::string> placed = hall;
  placed.emplace_back("workload.placement.first_node=2");
  const Scenario s = parse_scenario("f", small, placed, installed);
  EXPECT_EQ(s.calibration->device, "A100-SXM4-80GB");
}

TEST(Scenario, LaterOverrideWins) {
  EXPECT_EQ(parse_scenario("f", small, {"cluster.nodes=3", "cluster.nodes=5"}, installed).cluster.nodes, 5);
}

TEST(Scenario, ResolvedScenarioReadsAsTheSameScenario) {
  for (const std::string& name : preset_names(installed, PresetKind::examples)) {
    const Scenario first = example(name);
    const Scenario again = parse_scenario("resolved", first.resolved, {}, PresetLibrary{installation, "nowhere"});
    EXPECT_EQ(again.resolved, first.resolved) << name;
    EXPECT_EQ(again.training->gpus(), first.training->gpus());
    EXPECT_EQ(again.training->reductions, first.training->reductions);
  }
}

TEST(Scenario, ClusterFileNeedsNoWorkloadNorSoftware) {
  const Scenario s = parse_scenario("f", R"({"orrery": 1, "cluster": {"node": "dgx-h100", "nodes": 4}})", {}, installed);
  EXPECT_FALSE(s.training.has_value());
  EXPECT_EQ(s.nccl.version, "2.28");
  EXPECT_EQ(s.calibration.has_value(), calibration_of(installed, s.cluster.node.gpu).has_value());
}

TEST(Scenario, AnUnmeasuredDeviceHasTheNearestChipsEfficiencies) {
  const Scenario s = parse_scenario("f", small, {"cluster.node=dgx-h100"}, installed);
  EXPECT_EQ(s.calibration->device, "H100-SXM5-80GB");
  EXPECT_EQ(s.calibration->carried_from, "A100-SXM4-80GB");
  EXPECT_TRUE(s.calibration->other_chip);
  EXPECT_EQ(parse_scenario("again", s.resolved, {}, installed).resolved, s.resolved);
  EXPECT_EQ(parse_scenario("f", small, {"cluster.node=dgx-h100", "calibration=a100-sxm-80gb"}, installed).resolved, s.resolved);
}

TEST(Scenario, ASiblingOfTheMeasuredDeviceIsCarried) {
  const Scenario s = parse_scenario("f", small, {"cluster.node=dgx-a100-40gb"}, installed);
  EXPECT_EQ(s.calibration->device, "A100-SXM4-40GB");
  EXPECT_EQ(s.calibration->carried_from, "A100-SXM4-80GB");
  EXPECT_EQ(parse_scenario("again", s.resolved, {}, installed).resolved, s.resolved);
  EXPECT_EQ(parse_scenario("f", small, {"cluster.node=dgx-a100-40gb", "calibration=a100-sxm-80gb"}, installed).resolved, s.resolved);
}

TEST(Scenario, AMachineHasACalibrationAndAClusterFileNeedsNone) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "c.json") << R"({"orrery": 1, "cluster": {"node": "dgx-h100", "nodes": 4}})";
  EXPECT_FALSE(read_scenario(folder.path() / "c.json", {}, installed).calibration.has_value());
  EXPECT_TRUE(read_machine(folder.path() / "c.json", {}, installed).calibration->other_chip);
}

TEST(Scenario, UnknownNcclVersionIsPlacedAtTheSoftware) {
  EXPECT_EQ(refusal_of(small, {"software={\"nccl\": \"2.288\"}"}),
            "--set software /software/nccl: there is no preset \"2.288\" in nccl; did you mean \"2.28\"?");
}

TEST(Scenario, ModelFilesAreRelativeToWhatNamesThem) {
  const test::TemporaryFolder temporary;
  const std::filesystem::path& folder = temporary.path();
  std::ofstream(folder / "config.json")
      << R"({"model_type": "gpt2", "n_layer": 8, "n_embd": 1024, "n_head": 16, "vocab_size": 51200, "n_positions": 2048})";
  const Scenario typed = parse_scenario("f", small, {"workload.model=config.json", "workload.model.layers=9"},
                                        PresetLibrary{.root = installation, .local = folder});
  EXPECT_EQ(typed.training->model.layers, 9);
  EXPECT_EQ(typed.training->model.hidden, 1024);
  EXPECT_EQ(refusal_of(small, {"workload.model=config.json"}),
            "--set workload.model: there is no file \"config.json\" in the folder \"nowhere\"; paths in a file are relative to its folder, "
            "those of --set to the current one; or name a preset");

  std::string text = small;
  text.replace(text.find("gpt-22b"), 7, "config.json");
  std::ofstream(folder / "s.json") << text;
  EXPECT_EQ(read_scenario(folder / "s.json", {}, installed).training->model.hidden, 1024);
}

TEST(Scenario, WhatIsFoundLaterIsPlacedInTheFile) {
  const Scenario s = parse_scenario("f", small, {}, installed);
  EXPECT_EQ(sim::to_text(s.places.placed("/cluster/fabric/levels", "too few", "use 3")), "f:3:14 /cluster/fabric/levels: too few; use 3");
}

/// What reading does must be to return or to throw sim::Error: anything else ends the test.
void expect_reads_or_refuses(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse_scenario("f", text, overrides, installed);
  } catch (const sim::Error& error) {
    EXPECT_FALSE(error.faults().empty());
  }
}

TEST(ScenarioFuzz, EveryTruncationIsRefusedOrRead) {
  const std::string text = content(installation / "examples" / "mt-nlg-530b.json");
  for (std::size_t length = 0; length < text.size(); length += 7) expect_reads_or_refuses(text.substr(0, length));
}

TEST(ScenarioFuzz, MutatedExamplesNeverCrash) {
  const std::string original = content(installation / "examples" / "gpt3-175b.json");
  constexpr std::string_view alphabet = "{}[]\",:/*\\ \n0123456789eE+-.truefalsn\x80\xff";
  std::mt19937 random(7);
  const auto below_size = [&](std::size_t size) { return std::uniform_int_distribution<std::size_t>(0, size - 1)(random); };
  for (int round = 0; round < 400; ++round) {
    std::string text = original;
    for (int edits = 1 + static_cast<int>(below_size(4)); edits > 0; --edits) {
      const std::size_t at = below_size(text.size());
      const char letter = alphabet[below_size(alphabet.size())];
      switch (below_size(4)) {
        case 0:
          text[at] = letter;
          break;
        case 1:
          text.insert(at, 1, letter);
          break;
        case 2:
          text.erase(at, 1 + below_size(20));
          break;
        default:
          text.insert(at, text.substr(below_size(text.size()), below_size(60)));
      }
    }
    expect_reads_or_refuses(text);
  }
}

TEST(ScenarioFuzz, AnyValueInAnyPlaceIsReadOrRefused) {
  const std::vector<std::string> paths = {"orrery",
                                          "name",
                                          "cluster",
                                          "cluster.node",
                                          "cluster.node.gpu",
                                          "cluster.node.gpus",
                                          "cluster.nodes",
                                          "cluster.others",
                                          "cluster.others.0",
                                          "cluster.fabric",
                                          "cluster.fabric.link",
                                          "cluster.fabric.routing",
                                          "workload",
                                          "workload.kind",
                                          "workload.model",
                                          "workload.model.heads",
                                          "workload.parallelism",
                                          "workload.parallelism.tensor",
                                          "workload.micro_batch",
                                          "workload.placement",
                                          "workload.placement.first_node",
                                          "software",
                                          "software.nccl",
                                          "software.host_per_kernel",
                                          "calibration",
                                          "calibration.gemm.tiles",
                                          "calibration.gemm.tiles.0.rate",
                                          "published"};
  const std::vector<std::string> values = {"0",
                                           "-1",
                                           "1",
                                           "1e300",
                                           "99999999999999999999",
                                           "null",
                                           "true",
                                           "{}",
                                           "[]",
                                           "[{}]",
                                           "[1]",
                                           "word",
                                           "\"\"",
                                           "1e30 PB",
                                           "1e300 GB/s",
                                           "-5 us",
                                           "nan",
                                           "{\"kind\": 3}",
                                           "{\"a\": {\"a\": 1, \"a\": 2}}",
                                           "../x.json",
                                           "/"};
  for (const std::string& path : paths) {
    for (const std::string& value : values) {
      expect_reads_or_refuses(small, {path + "=" + value});
    }
  }
}

}  // namespace
}  // namespace orrery::scenarios
