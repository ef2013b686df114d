#include "report/page/limits_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/page/figures_section.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

std::string ratio_text(double ratio) { return fmt::format("{:.2f}", ratio); }

}  // namespace

Section limits_section(const RunReport& report) {
  const workloads::IterationResult& iteration = report.iteration;
  const double whole = iteration.iteration.seconds();
  nlohmann::ordered_json bars = nlohmann::ordered_json::array();
  Table table{"The iteration and its bounds",
              {{"what"}, {"time", Column::Kind::number}, {"over the iteration", Column::Kind::number}, {"how it is counted"}},
              {}};
  const auto add = [&](const char* name, const char* kind, double seconds, const std::string& how) {
    table.rows.push_back({name, sim::to_text(sim::Duration::from_seconds(seconds)), ratio_text(seconds / whole), how});
    bars.push_back({{"name", name}, {"kind", kind}, {"seconds", seconds}});
  };
  add("predicted", "predicted", whole, iteration.sees_links ? "as played" : "in closed form");
  if (const auto& expected = report.validity.expected_error) {
    const Band band = band_of_time(whole, expected->mape);
    bars.back()["band"] = {band.low, band.high};
  }
  if (report.scenario.published && report.scenario.published->iteration_seconds) {
    add("measured", "measured", *report.scenario.published->iteration_seconds, report.scenario.published->source);
  }
  add("compute at peak", "bound", iteration.bounds.compute.seconds(), "the busiest rank's FLOPs at the GPU's peak");
  add("device memory", "bound", iteration.bounds.memory.seconds(), "the busiest rank's bytes at full memory bandwidth");
  if (iteration.sees_links) add("busiest link", "bound", iteration.bounds.network.seconds(), "the busiest link's bytes at its capacity");

  Section section{.id = "limits", .title = "How far from the limits", .body = ""};
  const std::array<std::pair<double, const char*>, 3> bounds = {{{iteration.bounds.compute.seconds(), "compute at peak"},
                                                                 {iteration.bounds.memory.seconds(), "device memory"},
                                                                 {iteration.bounds.network.seconds(), "the busiest link"}}};
  const auto highest = *std::max_element(bounds.begin(), bounds.end());
  section.body = paragraph(fmt::format("No schedule on this machine can beat {} ({}); the iteration takes {:.1f} times as long.",
                                       sim::to_text(sim::Duration::from_seconds(highest.first)), highest.second, whole / highest.first));
  section.chart = {{"bars", bars}};
  section.chart_label = "Bars: the predicted iteration, with its error band, beside what was measured where it was, and lower bounds.";
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
