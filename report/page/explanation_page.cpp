#include "report/page/explanation_page.h"

#include <fmt/format.h>

#include <utility>

#include "report/counted.h"
#include "report/nodes_text.h"
#include "report/page/assumptions_section.h"
#include "report/page/blame_section.h"
#include "report/page/influences_section.h"
#include "report/page/reproduce_section.h"
#include "report/page/users_section.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

// "After it come ..., 12.0 % less, and ..., 3.1 %."
std::string next_gains(const workloads::Influences& parts) {
  constexpr double worth_saying = 0.001;
  std::string text;
  for (std::size_t i = 1; i < 3 && i < parts.parts.size() && parts.share(parts.parts[i]) > worth_saying; ++i) {
    text += fmt::format("{}{} ({:.1f} % less)", i == 1 ? "After that: " : ", then ", workloads::words_of(parts.parts[i].part),
                        100 * parts.share(parts.parts[i]));
  }
  return text.empty() ? "Nothing else would give a thousandth." : text + ".";
}

std::string largest_doubt(const workloads::Influences& parts) {
  if (parts.constants.empty()) return "";
  const workloads::ConstantInfluence& first = parts.constants.front();
  return fmt::format("The constant that it goes with most is {} ({}): an error of 10 % in it moves the answer by {:.1f} %.",
                     first.constant.name, first.constant.value, 100 * first.swing().seconds() / parts.iteration.seconds() / 2);
}

Section verdict_on(const ExplanationReport& report) {
  const workloads::Influences& parts = report.why.parts;
  Section section{.id = "verdict", .title = "Verdict", .body = ""};
  section.body = paragraph("An iteration takes " + sim::to_text(parts.iteration) + ". " + gain_sentence(parts, {}), "verdict");
  section.body += paragraph(next_gains(parts));
  if (const std::string doubt = largest_doubt(parts); !doubt.empty()) section.body += paragraph(doubt);
  if (const auto& expected = report.validity.expected_error) {
    section.body += paragraph(fmt::format("Expected error: {:.1f} % on average over {}: {}.", 100 * expected->mape,
                                          counted(expected->rows, "measured run"), expected->dataset));
  }
  for (const std::string& note : report.validity.notes) section.body += paragraph("Outside the validated range: " + note + ".", "warning");
  return section;
}

}  // namespace

std::string explanation_page(const ExplanationReport& report, const std::string& command, std::string charts) {
  const scenarios::Scenario& scenario = report.scenario;
  const workloads::TrainingJob& job = *scenario.training;
  const Page page{
      .title = "Why: " + scenario.name,
      .subtitle = fmt::format("{} on {} ({})", job.model.name, counted(job.gpus(), "GPU"), nodes_text(scenario.cluster)),
      .version = report.version,
      .sections = {verdict_on(report), parts_section(report.why.parts), blame_section(report.why.iteration),
                   users_section(report.why.links), constants_section(report.why.parts),
                   assumptions_section(scenario, Played::kernels_and_collectives, report.validity.notes),
                   reproduce_section({.command = command, .version = report.version, .engine = "fluid", .resolved = scenario.resolved})},
      .charts = std::move(charts)};
  return to_html(page);
}

}  // namespace orrery::report
