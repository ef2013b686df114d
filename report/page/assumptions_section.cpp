#include "report/page/assumptions_section.h"

#include <fmt/format.h>

#include "report/counted.h"

namespace orrery::report {
namespace {

// What a preset is, and who says so.
std::vector<std::vector<std::string>> sources_of(const scenarios::Scenario& scenario, Played played) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&rows](std::string what, const std::string& name, const std::string& source) {
    rows.push_back({std::move(what), name, source.empty() ? "as the scenario says; no source given" : source});
  };
  if (scenario.training) add("model", scenario.training->model.name, scenario.training->model.source);
  for (int group = 0; group < groups(scenario.cluster); ++group) {
    const topology::NodeSpec& node = node_of_group(scenario.cluster, group);
    add("node", node.name, node.source);
  }
  if (!scenario.software.name.empty()) add("software stack", scenario.software.name, scenario.software.source);
  add("NCCL", scenario.nccl.version, scenario.nccl.source);
  if (const auto& calibration = scenario.calibration) {
    const auto& name = calibration->name;
    add("collectives", name, calibration->collectives.provenance.source);
    if (played == Played::collectives) return rows;
    add("matrix products", name, calibration->gemm.provenance.source);
    add("attention", name, calibration->attention.provenance.source);
    add("kernels bound by memory", name, calibration->memory.provenance.source);
    if (calibration->noise) add("noise", name, calibration->noise->provenance.source);
  }
  return rows;
}

Table residuals_of(const workloads::Calibration& calibration, Played played) {
  Table table{"How well the calibration fits what was measured",
              {{"measured"},
               {"rows", Column::Kind::number},
               {"median error", Column::Kind::number},
               {"90 % are within", Column::Kind::number},
               {"bias", Column::Kind::number}},
              {}};
  const auto add = [&table](const workloads::Provenance& provenance) {
    for (const workloads::Residual& residual : provenance.residuals) {
      table.rows.push_back({residual.rows_of, grouped(residual.rows), fmt::format("{:.1f} %", 100 * residual.median),
                            fmt::format("{:.1f} %", 100 * residual.p90), fmt::format("{:+.1f} %", 100 * residual.bias)});
    }
  };
  add(calibration.collectives.provenance);
  if (played == Played::collectives) return table;
  add(calibration.gemm.provenance);
  add(calibration.attention.provenance);
  add(calibration.memory.provenance);
  if (calibration.noise) add(calibration.noise->provenance);
  return table;
}

std::string list_of(const std::vector<std::string>& notes) {
  std::string html = "<ul>\n";
  for (const std::string& note : notes) html += "<li>" + escaped(note) + "</li>\n";
  return html + "</ul>\n";
}

}  // namespace

Section assumptions_section(const scenarios::Scenario& scenario, Played played, const std::vector<std::string>& notes) {
  Section section{.id = "assumptions", .title = "Assumptions and sources", .body = ""};
  if (!notes.empty()) section.body += "<h3>Outside of what was measured</h3>\n" + list_of(notes);
  section.body += "<h3>Sources</h3>\n";
  section.body += to_html(Table{"What the result rests on", {{"what"}, {"preset"}, {"source"}}, sources_of(scenario, played)});
  if (!scenario.software.fitted.empty()) {
    std::vector<std::string> fitted;
    for (const workloads::FittedConstant& constant : scenario.software.fitted) {
      fitted.push_back(fmt::format("{}, fitted to {}", constant.name, constant.to));
    }
    section.body += "<h3>Fitted constants of " + escaped(scenario.software.name) + "</h3>\n" + list_of(fitted);
  }
  if (scenario.calibration) {
    const workloads::Calibration& calibration = *scenario.calibration;
    const Table residuals = residuals_of(calibration, played);
    section.body += "<h3>Calibration " + escaped(calibration.name) + "</h3>\n";
    if (!calibration.carried_from.empty()) {
      section.body += paragraph("Measured on " + calibration.carried_from + ", carried to " + calibration.device + " by the datasheets.");
    }
    section.body += "<details><summary>" + escaped(residuals.caption) + "</summary>\n" + to_html(residuals) + "</details>\n";
  }
  return section;
}

}  // namespace orrery::report
