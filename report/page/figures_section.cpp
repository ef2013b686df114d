#include "report/page/figures_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "report/counted.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

struct Figure {
  std::string name;
  std::string value;
  std::string below;  // its band, or what it is measured against
};

std::string to_html(const std::vector<Figure>& figures) {
  std::string html = "<dl class=\"figures\">\n";
  for (const Figure& figure : figures) {
    html += "<div><dt>" + escaped(figure.name) + "</dt><dd>" + escaped(figure.value);
    if (!figure.below.empty()) html += "<small>" + escaped(figure.below) + "</small>";
    html += "</dd></div>\n";
  }
  return html + "</dl>\n";
}

std::string seconds_text(double seconds) { return sim::to_text(sim::Duration::from_seconds(seconds)); }
std::string tflops_text(double tflops) { return fmt::format("{:.1f}", tflops); }
std::string tokens_text(double tokens) { return grouped(std::llround(tokens)); }

// "56.6 s to 61.0 s", or nothing.
template <class Text>
std::string band_text(const std::optional<Band>& band, const Text& text) {
  return band ? text(band->low) + " to " + text(band->high) : "";
}

}  // namespace

Band band_of_time(double predicted, double error) {
  return {predicted / (1 + error), error < 1 ? predicted / (1 - error) : std::numeric_limits<double>::infinity()};
}

Band band_of_rate(double predicted, double error) { return {predicted * std::max(0.0, 1 - error), predicted * (1 + error)}; }

Section figures_section(const RunReport& report) {
  const auto& expected = report.validity.expected_error;
  const auto time = [&](double value) { return expected ? std::optional(band_of_time(value, expected->mape)) : std::nullopt; };
  const auto rate = [&](double value) { return expected ? std::optional(band_of_rate(value, expected->mape)) : std::nullopt; };
  const double iteration = report.iteration.iteration.seconds();
  std::vector<Figure> figures = {{"Iteration", sim::to_text(report.iteration.iteration), band_text(time(iteration), seconds_text)}};
  figures.push_back({"GPUs", grouped(report.simulation.gpus), counted(report.simulation.gpu_classes, "kind") + " told apart"});
  if (report.training) {
    const workloads::TrainingResult& result = report.training->result;
    const auto share_text = [](double share) { return percent(share); };
    const double model = result.model_flops_per_gpu.value / 1e12;
    figures.push_back({"Tokens per second", tokens_text(result.tokens_per_second), band_text(rate(result.tokens_per_second), tokens_text)});
    figures.push_back({"Model TFLOP/s a GPU", tflops_text(model), band_text(rate(model), tflops_text)});
    figures.push_back({"MFU", percent(result.mfu), band_text(rate(result.mfu), share_text)});
    figures.push_back({"HFU (recomputing)", percent(result.hfu), band_text(rate(result.hfu), share_text)});
    const workloads::MemoryUse& memory = report.training->memory;
    figures.push_back({"Memory, fullest GPU", sim::to_text(memory.total()), "of " + sim::to_text(memory.capacity)});
  }
  if (const auto& energy = report.costs.energy) {
    figures.push_back({"Energy", fmt::format("{:.4g} kWh", energy->kwh()), fmt::format("{:.3g} kg of CO2", energy->kg_co2)});
  }
  if (const auto& money = report.costs.money) {
    figures.push_back({"Money", fmt::format("{:.4g} USD", money->total()), money->terms == workloads::Terms::own ? "to own" : "to rent"});
  }
  Section section{.id = "figures", .title = "Key figures", .body = to_html(figures)};
  section.body +=
      expected ? paragraph(fmt::format("Bands: {:.1f} %, the mean error of this software stack over {}. Single runs may be off by more.",
                                       100 * expected->mape, counted(expected->rows, "measured run")),
                           "note")
               : paragraph("No bands: nothing measured was compared with predictions of this software stack.", "note");
  return section;
}

}  // namespace orrery::report
