#include "report/page/influences_section.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "report/explanation_report.h"
#include "report/page/blame_section.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

using nlohmann::ordered_json;
using workloads::Influences;

// A row of a tornado: what each of the series changes of the iteration, in seconds.
template <std::size_t Count>
ordered_json row_of(const std::string& name, const Influences& influences, const std::array<sim::Duration, Count>& times) {
  ordered_json changes = ordered_json::array();
  for (const sim::Duration time : times) changes.push_back((time - influences.iteration).seconds());
  return {{"name", name}, {"seconds", changes}};
}

ordered_json tornado_of(const Influences& influences, ordered_json series, ordered_json rows) {
  return {{"iteration", influences.iteration.seconds()}, {"series", std::move(series)}, {"rows", std::move(rows)}};
}

std::string change_text(const Influences& influences, sim::Duration time) {
  return fmt::format("{:+.2f} %", change_in_percent(influences, time));
}

}  // namespace

Section parts_section(const Influences& influences) {
  Section section{.id = "parts", .title = "What would give how much", .body = ""};
  section.body = paragraph(
      "The same job on machines that differ in one part: at no cost (a million times as good), 10 % better, 10 % worse. What a part at no "
      "cost saves is what it costs, waiting for it included and what it hides excluded. Gains do not add up: what one part no longer holds "
      "up, another may.");
  Table table{"What an iteration would take",
              {{"with one part"},
               {"which is"},
               {"at no cost", Column::Kind::number},
               {"that is", Column::Kind::number},
               {"10 % better", Column::Kind::number},
               {"10 % worse", Column::Kind::number}},
              {}};
  ordered_json rows = ordered_json::array();
  for (const workloads::Influence& part : influences.parts) {
    const std::string name = plain_name(name_of(part.part));
    table.rows.push_back({name, std::string(workloads::words_of(part.part)), sim::to_text(part.freed), change_text(influences, part.freed),
                          change_text(influences, part.better), change_text(influences, part.worse)});
    rows.push_back(row_of(name, influences, std::array{part.freed, part.better, part.worse}));
  }
  section.chart = tornado_of(influences, {"at no cost", "10 % better", "10 % worse"}, std::move(rows));
  section.chart_label = fmt::format(
      "Bars: by how much an iteration of {} would be shorter or longer with each part at no cost, a tenth better and a tenth worse. {}",
      sim::to_text(influences.iteration), gain_sentence(influences, {}));
  section.table = std::move(table);
  return section;
}

Section constants_section(const Influences& influences) {
  Section section{.id = "constants", .title = "How sure the constants have to be", .body = ""};
  section.body = paragraph(
      "The same job with one constant 10 % larger, and with the constant over 1.1: how far the answer goes with an error in it. Constants "
      "of one name and several values change together. Where they come from, and what they fit, is said below.");
  Table table{"What an iteration would take with one constant",
              {{"constant"},
               {"of"},
               {"value", Column::Kind::number},
               {"10 % larger", Column::Kind::number},
               {"10 % smaller", Column::Kind::number}},
              {}};
  ordered_json rows = ordered_json::array();
  for (const workloads::ConstantInfluence& each : influences.constants) {
    table.rows.push_back({each.constant.name, each.constant.of, each.constant.value, change_text(influences, each.larger),
                          change_text(influences, each.smaller)});
    constexpr double worth_drawing = 1e-4;
    if (each.swing().seconds() < worth_drawing * influences.iteration.seconds()) continue;
    constexpr std::string_view from_calibration = "calibration.";
    const std::string& name = each.constant.name;
    rows.push_back(row_of(name.starts_with(from_calibration) ? name.substr(from_calibration.size()) : name, influences,
                          std::array{each.larger, each.smaller}));
  }
  if (!rows.empty()) {
    section.chart = tornado_of(influences, {"10 % larger", "10 % smaller"}, std::move(rows));
    section.chart_label =
        "Bars: by how much an iteration would be shorter or longer with each constant a tenth larger and a tenth smaller.";
  }
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
