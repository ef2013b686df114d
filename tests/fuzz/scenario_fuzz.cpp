// Any bytes as a scenario file; those with a "model_type" also as a model's config.json, which a scenario may name.
#include <fstream>

#include "tests/fuzz/check_scenario.h"
#include "tests/fuzz/target.h"

namespace orrery::fuzz {
namespace {

constexpr std::string_view job_of_model = R"({
  "orrery": 1,
  "cluster": {"node": "dgx-a100-80gb", "nodes": 2},
  "workload": {"kind": "training", "model": "./config.json", "sequence_length": 512, "global_batch": 2},
  "software": "megatron-lm-2022"
})";

}  // namespace

void read(std::string_view text) {
  static const Presets presets;
  const std::string name = presets.file("scenario.json");
  std::string_view asked = text;
  if (text.find("\"model_type\"") != text.npos) {
    std::ofstream(presets.file("config.json"), std::ios::binary) << text;
    asked = job_of_model;
  }
  const auto scenario = read_or_refused([&] { return parse_scenario(name, asked, {}, presets.library()); });
  std::filesystem::remove(presets.file("config.json"));  // or the next input might find it
  if (scenario) check_scenario(*scenario, presets.library());
}

}  // namespace orrery::fuzz
