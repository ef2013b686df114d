#include "report/sources.h"

namespace orrery::report {

std::vector<SourceOf> sources_of(const scenarios::Scenario& scenario, Played played) {
  std::vector<SourceOf> sources;
  const auto add = [&sources](std::string what, const std::string& preset, const std::string& source) {
    sources.push_back({std::move(what), preset, source.empty() ? "as the scenario says; no source given" : source});
  };
  if (scenario.training) add("model", scenario.training->model.name, scenario.training->model.source);
  for (int group = 0; group < groups(scenario.cluster); ++group) {
    const topology::NodeSpec& node = node_of_group(scenario.cluster, group);
    add("node", node.name, node.source);
  }
  if (!scenario.software.name.empty()) add("software stack", scenario.software.name, scenario.software.source);
  add("NCCL", scenario.nccl.version, scenario.nccl.source);
  if (const auto& calibration = scenario.calibration) {
    add("collectives", calibration->name, calibration->collectives.provenance.source);
    if (played == Played::collectives) return sources;
    add("matrix products", calibration->name, calibration->gemm.provenance.source);
    add("attention", calibration->name, calibration->attention.provenance.source);
    add("kernels bound by memory", calibration->name, calibration->memory.provenance.source);
    if (calibration->noise) add("noise", calibration->name, calibration->noise->provenance.source);
  }
  return sources;
}

}  // namespace orrery::report
