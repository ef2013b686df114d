// Any bytes as a data set; its first rows as scenarios. A small table lies where measured data are looked for.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>

#include "scenarios/data_set.h"
#include "tests/fuzz/check_scenario.h"
#include "tests/fuzz/target.h"

namespace orrery::fuzz {
namespace {

constexpr std::string_view table =
    "nodes,layers,mode,time,gpu\n"
    "2,4,PURE,3.5,dgx-a100-80gb\n"
    "1,2,DEFAULT,1e-3,dgx-a100-40gb\r\n"
    "\n"
    "1e9,-1,PURE,0,none\n"
    "4,8,,,\n";

scenarios::PresetLibrary library_with_table(const Presets& presets) {
  std::ofstream(presets.file("runs.csv"), std::ios::binary) << table;
  scenarios::PresetLibrary library = presets.library();
  library.data = library.local;
  return library;
}

void check_measured(const scenarios::MeasuredRun& run) {
  sim::check(run.measured.empty() == run.infeasible, "a run has a measurement, or is infeasible");
  for (const auto& [key, value] : run.measured) sim::check(std::isfinite(value) && value > 0, "what was measured is positive");
}

}  // namespace

void read(std::string_view text) {
  static const Presets presets;
  static const scenarios::PresetLibrary library = library_with_table(presets);
  const std::string name = presets.file("data_set.json");
  const auto set = read_or_refused([&] { return parse_data_set(name, text, library); });
  if (!set) return;
  sim::check(!set->rows.empty(), "a data set has rows");
  std::ranges::for_each(set->rows, check_measured);
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(most, set->rows.size()); ++i) {
    const auto scenario = read_or_refused([&] { return scenario_of(*set, set->rows[i], {}, library); });
    if (scenario) check_scenario(*scenario, library);
  }
}

}  // namespace orrery::fuzz
