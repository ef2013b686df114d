#include "report/page/collective_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/page/assumptions_section.h"
#include "report/page/blame_section.h"
#include "report/page/reproduce_section.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

using workloads::CollectiveRow;

const CollectiveRow& fastest_of(const CollectiveBlock& block) {
  return *std::max_element(block.rows.begin(), block.rows.end(),
                           [](const CollectiveRow& a, const CollectiveRow& b) { return a.bus_bandwidth() < b.bus_bandwidth(); });
}

std::string operation_text(const CollectiveReport& report) { return plain_name(name_of(report.operation)); }

// "On 4 of 280 nodes ..., 32 ranks reach a bus bandwidth of 190 GB/s at 8.59 GB; 8 B take 40.1 us."
std::string sentence_on(const CollectiveBlock& block) {
  const std::string who = fmt::format("On {}, {}", machine_text(block), counted(std::int64_t{block.nodes} * block.gpus_a_node, "rank"));
  const CollectiveRow& fastest = fastest_of(block);
  if (fastest.bus_bandwidth().value == 0) return fmt::format("{} take {}.", who, sim::to_text(block.rows.front().time));
  return fmt::format("{} reach a bus bandwidth of {} at {}; {} take {}.", who, sim::to_text(fastest.bus_bandwidth()),
                     sim::to_text(fastest.asked), sim::to_text(block.rows.front().asked), sim::to_text(block.rows.front().time));
}

Section verdict_on(const CollectiveReport& report) {
  Section section{.id = "verdict", .title = "Verdict", .body = paragraph(sentence_on(report.blocks.back()), "verdict")};
  for (std::size_t i = 0; i + 1 < report.blocks.size(); ++i) section.body += paragraph(sentence_on(report.blocks[i]));
  if (report.against) {
    const workloads::CollectiveSuspect& as_it_is = report.against->suspects.front();
    section.body += paragraph(fmt::format("The log {} is {:.1f} % off on average.", report.against->log, 100 * as_it_is.error));
  }
  for (const std::string& note : report.validity.notes) section.body += paragraph("Note: " + note + ".", "note");
  return section;
}

// [bytes, bus bandwidth, seconds, how]: what a logarithmic axis can show of a row.
nlohmann::ordered_json points_of(const CollectiveBlock& block) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const CollectiveRow& row : block.rows) {
    if (row.bytes.count == 0 || row.time.ticks == 0) continue;
    const std::string how = fmt::format("{} {}", algorithm_name(row), name_of(row.plan.protocol));
    points.push_back({row.asked.count, row.bus_bandwidth().value, row.time.seconds(), how});
  }
  return points;
}

nlohmann::ordered_json measured_points(const CollectiveReport& report) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  if (!report.against) return points;
  const CollectiveBlock& block = report.blocks.front();
  for (std::size_t i = 0; i < block.rows.size(); ++i) {
    CollectiveRow row = block.rows[i];
    row.time = report.against->measured[i];
    if (row.bytes.count > 0 && row.time.ticks > 0) {
      points.push_back({row.asked.count, row.bus_bandwidth().value, row.time.seconds(), "measured"});
    }
  }
  return points;
}

nlohmann::ordered_json curves_of(const CollectiveReport& report) {
  nlohmann::ordered_json curves = nlohmann::ordered_json::array();
  for (const CollectiveBlock& block : report.blocks) {
    nlohmann::ordered_json points = points_of(block);
    if (points.empty()) continue;
    curves.push_back({{"name", counted(block.nodes, "node")}, {"points", std::move(points)}, {"calls", measured_points(report)}});
  }
  return curves;
}

Table rows_table(const CollectiveReport& report) {
  Table table{"Size by size",
              {{"nodes", Column::Kind::number},
               {"size", Column::Kind::number},
               {"algorithm"},
               {"channels", Column::Kind::number},
               {"time", Column::Kind::number},
               {"algorithm bandwidth", Column::Kind::number},
               {"bus bandwidth", Column::Kind::number}},
              {}};
  if (report.against) table.columns.push_back({"measured", Column::Kind::number});
  for (const CollectiveBlock& block : report.blocks) {
    for (std::size_t i = 0; i < block.rows.size(); ++i) {
      const CollectiveRow& row = block.rows[i];
      const bool idle = row.plan.algorithm == workloads::Algorithm::none;
      table.rows.push_back({grouped(block.nodes), grouped(row.asked.count) + " B",
                            fmt::format("{} {}", algorithm_name(row), idle ? "" : name_of(row.plan.protocol)),
                            grouped(row.plan.thread_blocks), sim::to_text(row.time), sim::to_text(row.algorithm_bandwidth()),
                            sim::to_text(row.bus_bandwidth())});
      if (report.against) table.rows.back().push_back(sim::to_text(report.against->measured[i]));
    }
  }
  return table;
}

Section bandwidth_section(const CollectiveReport& report) {
  Section section{.id = "collectives", .title = "Bandwidth by size", .body = ""};
  section.body =
      paragraph("Bus bandwidth as nccl-tests counts it: what each link would have to carry of it, whatever the number of ranks." +
                std::string(report.against ? " Dots were measured." : ""));
  if (nlohmann::ordered_json curves = curves_of(report); !curves.empty()) {
    section.chart = {{"curves", std::move(curves)}};
    section.chart_label = "Curves: bus bandwidth by message size, one for each number of nodes.";
  }
  section.table = rows_table(report);
  return section;
}

Section time_section(const CollectiveReport& report) {
  Section section{.id = "times", .title = "Time by size", .body = ""};
  section.body = paragraph("Where the curve is flat, latency decides; where it rises with the size, bandwidth does.");
  section.chart = {{"curves", curves_of(report)}};
  section.chart_label = "Curves: time by message size, one for each number of nodes, both axes logarithmic.";
  return section;
}

}  // namespace

std::string collective_page(const CollectiveReport& report, const std::string& command, std::string charts) {
  const scenarios::Scenario& scenario = report.blocks.back().scenario;
  Page page{.title = capitalised(operation_text(report)) + " on " + machine_text(report.blocks.back()),
            .subtitle = fmt::format("{}, NCCL {}, calibration {}", report.type.name, scenario.software.nccl, calibration_name(scenario)),
            .version = report.version,
            .sections = {verdict_on(report), bandwidth_section(report)},
            .charts = std::move(charts)};
  if (!page.sections.back().chart.is_null()) page.sections.push_back(time_section(report));
  page.sections.push_back(assumptions_section(scenario, Played::collectives, report.validity.notes));
  page.sections.push_back(
      reproduce_section({.command = command, .version = report.version, .engine = report.engine, .resolved = scenario.resolved}));
  return to_html(page);
}

}  // namespace orrery::report
