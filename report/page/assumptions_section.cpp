#include "report/page/assumptions_section.h"

#include <fmt/format.h>

#include "report/counted.h"

namespace orrery::report {
namespace {

Table sources_table(const scenarios::Scenario& scenario, Played played) {
  Table table{"What the result rests on", {{"what"}, {"preset"}, {"source, and what it holds for"}}, {}};
  for (const SourceOf& each : sources_of(scenario, played))
    table.rows.push_back({each.what, each.preset, each.source + (each.validity.empty() ? "" : "\n" + each.validity)});
  return table;
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
  section.body += to_html(sources_table(scenario, played));
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
