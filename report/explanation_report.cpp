#include "report/explanation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/result_json.h"
#include "report/sources.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

using nlohmann::ordered_json;
using workloads::Influence;

std::string table_of(const workloads::Influences& parts) {
  std::string text = "\n  What an iteration would take with one part              at no cost             10 % better  10 % worse\n";
  const auto change = [&](sim::Duration time) { return change_in_percent(parts, time); };
  for (const Influence& part : parts.parts) {
    text +=
        fmt::format("    {:<18} {:<38} {:>9} {:>+7.1f} % {:>+13.2f} % {:>+9.2f} %\n", name_of(part.part), workloads::words_of(part.part),
                    sim::to_text(part.freed), change(part.freed), change(part.better), change(part.worse));
  }
  return text + "  Gains do not add up: what one part no longer holds up, another may.\n";
}

std::string constants_table(const workloads::Influences& parts) {
  if (parts.constants.empty()) return "";
  std::string text = "\n  What an iteration would take with one constant                         value    10 % larger   10 % smaller\n";
  std::string idle;
  for (const workloads::ConstantInfluence& each : parts.constants) {
    constexpr double worth_telling = 1e-4;
    if (each.swing().seconds() < worth_telling * parts.iteration.seconds()) {
      idle += (idle.empty() ? "" : ", ") + each.constant.name;
      continue;
    }
    text += fmt::format("    {:<47} {:>24} {:>+11.2f} % {:>+11.2f} %\n", each.constant.name, each.constant.value,
                        change_in_percent(parts, each.larger), change_in_percent(parts, each.smaller));
  }
  return idle.empty() ? text : text + "  Less than 0.01 % comes of: " + idle + "\n";
}

std::string used_links(const std::vector<workloads::UsedLink>& links) {
  if (links.empty()) return "";
  std::string text = "\n  Busiest link of each layer, and whose bytes cross it\n";
  for (const workloads::UsedLink& link : links) {
    text += fmt::format("    {:<52} {:>5.1f} %  {:>9}:", link.use.name, 100 * link.use.utilization, sim::to_text(link.use.bytes));
    for (const auto& [label, bytes] : link.by_label) {
      const double share = 100.0 * static_cast<double>(bytes.count) / static_cast<double>(link.use.bytes.count);
      constexpr double worth_telling = 0.5;
      if (share >= worth_telling) text += fmt::format(" {} {:.0f} %,", label, share);
    }
    text.pop_back();
    text += "\n";
  }
  return text;
}

std::string grounds(const ExplanationReport& report, const TerminalStyle& style) {
  std::string text = "\n  What that rests on\n";
  for (const SourceOf& source : sources_of(report.scenario)) {
    text += fmt::format("    {:<24} {:<24} {}\n", source.what, source.preset, source.source);
    if (!source.validity.empty()) text += fmt::format("{:<54}{}\n", "", source.validity);
  }
  for (const workloads::FittedConstant& constant : report.scenario.software.fitted) {
    text += fmt::format("    {:<24} {:<24} to {}\n", "fitted constant", constant.name, constant.to);
  }
  if (const auto& expected = report.validity.expected_error) {
    text += fmt::format("  Expected error: {:.1f} % on average over {} measured runs: {}\n", 100 * expected->mape, expected->rows,
                        expected->dataset);
  }
  for (const std::string& note : report.validity.notes) text += style.bad("  Outside the validated range: ") + note + "\n";
  return text;
}

ordered_json json_of(const workloads::Influences& parts) {
  ordered_json list = ordered_json::array();
  for (const Influence& part : parts.parts) {
    list.push_back({{"part", name_of(part.part)},
                    {"meaning", workloads::words_of(part.part)},
                    {"freed_seconds", part.freed.seconds()},
                    {"saved", parts.share(part)},
                    {"better_seconds", part.better.seconds()},
                    {"worse_seconds", part.worse.seconds()}});
  }
  return list;
}

ordered_json json_of(const std::vector<workloads::ConstantInfluence>& constants) {
  ordered_json list = ordered_json::array();
  for (const workloads::ConstantInfluence& each : constants) {
    list.push_back({{"constant", each.constant.name},
                    {"of", each.constant.of},
                    {"value", each.constant.value},
                    {"larger_seconds", each.larger.seconds()},
                    {"smaller_seconds", each.smaller.seconds()}});
  }
  return list;
}

ordered_json json_of(const std::vector<workloads::UsedLink>& links) {
  ordered_json list = ordered_json::array();
  for (const workloads::UsedLink& link : links) {
    ordered_json by = ordered_json::object();
    for (const auto& [label, bytes] : link.by_label) by[label] = bytes.count;
    list.push_back(
        {{"name", link.use.name}, {"utilization", link.use.utilization}, {"bytes", link.use.bytes.count}, {"by", std::move(by)}});
  }
  return list;
}

}  // namespace

std::string gain_sentence(const workloads::Influences& parts, const TerminalStyle& style) {
  const Influence& first = parts.parts.front();
  return fmt::format("What would give most: {}. At no cost they would leave {}, {:.1f} % less.",
                     style.bold(workloads::words_of(first.part)), sim::to_text(first.freed), 100 * parts.share(first));
}

double change_in_percent(const workloads::Influences& parts, sim::Duration time) {
  return 100 * (time.seconds() / parts.iteration.seconds() - 1);
}

std::string explanation_text(const ExplanationReport& report, const TerminalStyle& style) {
  std::string text = report.scenario.name + "\n";
  for (const std::string& change : report.overrides) text += "  Changed by --set: " + change + "\n";
  const workloads::Influences& parts = report.why.parts;
  text += fmt::format("  An iteration takes {}. {}\n", style.bold(sim::to_text(parts.iteration)), gain_sentence(parts, style));
  return text + table_of(parts) + constants_table(parts) + used_links(report.why.links) + grounds(report, style);
}

std::string explanation_json(const ExplanationReport& report) {
  ordered_json why = {{"iteration_seconds", report.why.parts.iteration.seconds()}};
  for (const auto& [name, part] : report.why.iteration.breakdown) why["breakdown_seconds"][name] = part.seconds();
  why["parts"] = json_of(report.why.parts);
  why["constants"] = json_of(report.why.parts.constants);
  why["links"] = json_of(report.why.links);
  why["sources"] = ordered_json::array();
  for (const SourceOf& source : sources_of(report.scenario)) {
    why["sources"].push_back({{"what", source.what}, {"preset", source.preset}, {"source", source.source}, {"validity", source.validity}});
  }
  why["fitted"] = ordered_json::array();
  for (const workloads::FittedConstant& constant : report.scenario.software.fitted) {
    why["fitted"].push_back({{"stack", report.scenario.software.name}, {"constant", constant.name}, {"to", constant.to}});
  }
  const ordered_json document = {{"orrery", report.version},
                                 {"scenario", ordered_json::parse(report.scenario.resolved)},
                                 {"validity", validity_json(report.validity)},
                                 {"explanation", std::move(why)}};
  return document.dump(2) + "\n";
}

}  // namespace orrery::report
