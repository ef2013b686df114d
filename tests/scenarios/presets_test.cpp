#include "scenarios/presets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "scenarios/calibrations.h"
#include "scenarios/field_reader.h"
#include "scenarios/hardware.h"
#include "scenarios/models.h"
#include "scenarios/nccl.h"
#include "scenarios/software.h"
#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

const PresetLibrary shipped{std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios", "nowhere"};

/// Every preset of a kind, read whole; faults fail the test.
template <class Spec>
std::vector<std::pair<std::string, Spec>> all_of(PresetKind kind) {
  std::vector<std::pair<std::string, Spec>> result;
  for (const std::string& name : preset_names(shipped, kind)) {
    Document document = open_preset(shipped, kind, name);
    Spec spec;
    for (const PlacedFault& placed : read(document, shipped, spec)) ADD_FAILURE() << sim::to_text(placed.fault);
    result.emplace_back(name, spec);
  }
  EXPECT_FALSE(result.empty());
  return result;
}

TEST(Presets, EveryNodeReads) {
  for (const auto& [name, node] : all_of<topology::NodeSpec>(PresetKind::hardware)) {
    EXPECT_EQ(node.name, name);
    EXPECT_FALSE(node.source.empty()) << name;
    EXPECT_EQ(node.gpus % node.nics, 0) << name;
  }
}

TEST(Presets, EveryModelReads) {
  for (const auto& [name, model] : all_of<workloads::Transformer>(PresetKind::models)) {
    EXPECT_EQ(model.name, name);
    EXPECT_FALSE(model.source.empty()) << name;
    EXPECT_EQ(model.hidden % model.heads, 0) << name;
  }
}

TEST(Presets, ModelsHaveTheWeightsTheirNamesPromise) {
  const std::vector<std::pair<std::string, double>> billions = {
      {"bloom-176b", 176},  {"deepseek-v2", 236}, {"deepseek-v3", 671}, {"gpt-1.7b", 1.7},      {"gpt-145.6b", 145.6},
      {"gpt-18.4b", 18.4},  {"gpt-22b", 22},      {"gpt-3.6b", 3.6},    {"gpt-39.1b", 39.1},    {"gpt-529.6b", 529.6},
      {"gpt3-175b", 175},   {"llama2-70b", 69},   {"llama3-405b", 405}, {"megatron-1t", 1008},  {"mixtral-8x7b", 46.7},
      {"mt-nlg-530b", 530}, {"opt-175b", 175},    {"t5-11b", 11.307},   {"t5-v1.1-xxl", 11.135}};
  for (const auto& [name, expected] : billions) {
    Document document = open_preset(shipped, PresetKind::models, name);
    workloads::Transformer model;
    throw_if_any(read(document, shipped, model));
    EXPECT_NEAR(static_cast<double>(workloads::parameters(model)) / 1e9, expected, 0.03 * expected) << name;
  }
}

TEST(Presets, EverySoftwareReadsAndNamesAnNcclThatIsThere) {
  const std::vector<std::string> versions = preset_names(shipped, PresetKind::nccl);
  for (const auto& [name, software] : all_of<workloads::Software>(PresetKind::software)) {
    EXPECT_EQ(software.name, name);
    EXPECT_FALSE(software.source.empty()) << name;
    EXPECT_NE(std::ranges::find(versions, software.nccl), versions.end()) << name;
  }
}

TEST(Presets, EveryCalibrationAndNcclReads) {
  for (const auto& [name, calibration] : all_of<workloads::Calibration>(PresetKind::calibrations)) EXPECT_EQ(calibration.name, name);
  for (const auto& [name, nccl] : all_of<workloads::NcclConstants>(PresetKind::nccl)) EXPECT_EQ(nccl.version, name);
}

TEST(Presets, EachHasALineToListItBy) {
  for (const PresetKind kind : {PresetKind::hardware, PresetKind::models, PresetKind::software, PresetKind::calibrations, PresetKind::nccl,
                                PresetKind::prices, PresetKind::examples}) {
    for (const auto& [name, description] : presets(shipped, kind)) {
      EXPECT_FALSE(description.empty()) << name;
      EXPECT_EQ(description.find('\n'), std::string::npos) << name;
    }
  }
}

TEST(Presets, KindsGoByTheirFolders) {
  EXPECT_EQ(preset_kind("models"), PresetKind::models);
  EXPECT_EQ(directory_of(PresetKind::nccl), "nccl");
  EXPECT_THROW(preset_kind("model"), sim::Error);
}

TEST(Presets, OnesOwnCalibrationsAreSearchedFirst) {
  const test::TemporaryFolder folder;
  const std::filesystem::path& root = folder.path();
  for (const char* side : {"library", "own"}) {
    std::filesystem::create_directories(root / side / "calibrations");
    std::ofstream(root / side / "calibrations" / "same.json") << "{\"device\": \"" << side << "\", \"source\": \"" << side << "\"}";
  }
  std::ofstream(root / "library" / "calibrations" / "other.json") << "{\"device\": \"own\"}";
  const PresetLibrary two{root / "library", root / "own"};
  EXPECT_EQ(preset_names(two, PresetKind::calibrations), (std::vector<std::string>{"other", "same"}));
  EXPECT_EQ(open_preset(two, PresetKind::calibrations, "same").root["device"], "own");
  topology::GpuSpec gpu;
  gpu.name = "own";
  EXPECT_EQ(calibration_of(two, gpu), "same");
  gpu.name = "H100";
  EXPECT_EQ(calibration_of(two, gpu), std::nullopt);
  EXPECT_EQ(calibrated_devices(two), std::vector<std::string>{"own"});
}

TEST(Presets, TheNearestCalibrationIsOfTheNearestChipThatHasADatasheet) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "calibrations");
  const auto write = [&](const std::string& name, const std::string& datasheet) {
    std::ofstream(folder.path() / "calibrations" / (name + ".json")) << R"({"device": "D")" << datasheet << "}";
  };
  write("a", R"(, "datasheet": {"compute_capability": 70})");
  write("b", R"(, "datasheet": {"compute_capability": 80})");
  write("c", R"(, "datasheet": {"compute_capability": 80})");
  write("d", "");
  const PresetLibrary library{folder.path(), "nowhere"};
  topology::GpuSpec gpu;
  gpu.compute_capability = 90;
  EXPECT_EQ(nearest_calibration(library, gpu), "b");
  gpu.compute_capability = 60;
  EXPECT_EQ(nearest_calibration(library, gpu), "a");
  EXPECT_EQ(nearest_calibration({folder.path() / "nothing", "nowhere"}, gpu), std::nullopt);
}

TEST(Presets, AMeasuredDeviceGoesBeforeItsSiblings) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "calibrations");
  const auto write = [&](const std::string& name, const std::string& device, int multiprocessors) {
    std::ofstream(folder.path() / "calibrations" / (name + ".json"))
        << R"({"device": ")" << device << R"(", "datasheet": {"compute_capability": 80, "multiprocessors": )" << multiprocessors << "}}";
  };
  write("a", "A100 PCIe", 108);
  write("b", "A100 SXM", 108);
  write("c", "A30", 56);
  topology::GpuSpec gpu;
  gpu.compute_capability = 80;
  gpu.multiprocessors = 108;
  gpu.name = "A100 SXM";
  EXPECT_EQ(calibration_of({folder.path()}, gpu), "b");
  gpu.name = "A100 of another make";
  EXPECT_EQ(calibration_of({folder.path()}, gpu), "a");
  gpu.multiprocessors = 56;
  EXPECT_EQ(calibration_of({folder.path()}, gpu), "c");
  gpu.compute_capability = 90;
  EXPECT_EQ(calibration_of({folder.path()}, gpu), std::nullopt);
}

TEST(Presets, NamesLeadNowhereElse) { EXPECT_THROW(open_preset(shipped, PresetKind::models, "../software/megatron-lm-2021"), sim::Error); }

TEST(Presets, ABrokenInstallationSaysWhereItLooked) {
  try {
    open_preset(PresetLibrary{"nowhere"}, PresetKind::models, "gpt3-175b");
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_EQ(std::string(error.what()), "there is no preset \"gpt3-175b\" in models; look for presets in nowhere/models");
  }
}

}  // namespace
}  // namespace orrery::scenarios
