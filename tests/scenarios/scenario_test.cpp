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
  EXPECT_EQ(s.software.name, "megatron-lm-2021");
  EXPECT_EQ(s.calibration->name, "a100-sxm-80gb");
  EXPECT_EQ(s.nccl.version, "2.28");
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
  EXPECT_EQ(s.calibration.has_value(), calibration_of(installed, s.cluster.node.gpu.name).has_value());
}

TEST(Scenario, WorkloadOnAnUnmeasuredDeviceAsksForACalibration) {
  EXPECT_EQ(refusal_of(small, {"cluster.node.gpu.name=Z9"}),
            "f:1:1 /calibration: no calibration is known of the node's GPU, Z9; name one: a100-sxm-80gb");
}

TEST(Scenario, UnknownNcclVersionIsPlacedAtTheSoftware) {
  EXPECT_EQ(refusal_of(small, {"software={\"nccl\": \"2.8\"}"}),
            "--set software /software/nccl: there is no preset \"2.8\" in nccl; did you mean \"2.28\"?");
}

TEST(Scenario, HuggingFaceModelIsFoundBesideTheScenario) {
  const test::TemporaryFolder temporary;
  const std::filesystem::path& folder = temporary.path();
  std::ofstream(folder / "config.json")
      << R"({"model_type": "gpt2", "n_layer": 8, "n_embd": 1024, "n_head": 16, "vocab_size": 51200, "n_positions": 2048})";
  std::ofstream(folder / "s.json") << small;
  const Scenario s = read_scenario(folder / "s.json", {"workload.model=config.json", "workload.model.layers=9"}, installed);
  EXPECT_EQ(s.training->model.layers, 9);
  EXPECT_EQ(s.training->model.hidden, 1024);
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
