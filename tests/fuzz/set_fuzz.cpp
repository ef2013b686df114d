// Each line as a --set of a small scenario.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/fuzz/check_scenario.h"
#include "tests/fuzz/target.h"

namespace orrery::fuzz {
namespace {

constexpr std::string_view small_job = R"({
  "orrery": 1,
  "cluster": {"node": "dgx-a100-80gb", "nodes": 2, "fabric": {"oversubscription": 2}},
  "workload": {
    "kind": "training", "model": {"layers": 4, "hidden": 1024, "heads": 16}, "sequence_length": 512, "global_batch": 8,
    "parallelism": {"tensor": 2, "pipeline": 2, "data": 4}
  },
  "software": "megatron-lm-2022",
  "published": {"iteration_seconds": 1, "source": "nobody"}
})";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

void read(std::string_view text) {
  static const Presets presets;
  const std::string name = presets.file("scenario.json");
  const auto scenario = read_or_refused([&] { return parse_scenario(name, small_job, lines_of(text), presets.library()); });
  if (scenario) check_scenario(*scenario, presets.library());
}

}  // namespace orrery::fuzz
