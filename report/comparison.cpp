#include "report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "report/counted.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

using workloads::FabricFigures;

/// One figure of one machine.
struct Cell {
  std::string section;
  std::string figure;  // "permutation, mean"
  std::optional<double> value;
  std::string unit;   // for CSV and JSON
  std::string shown;  // for people
  std::optional<topology::DrawSpread> band{};
};

std::vector<Cell> parts_of(const FabricFigures& of) {
  const auto count = [](const char* figure, std::int64_t value) {
    return Cell{"parts", figure, static_cast<double>(value), "", grouped(value)};
  };
  std::vector<Cell> cells = {count("GPUs", of.gpus), count("switches", of.switches), count("cables", of.cables)};
  const auto money = [&](const char* figure, const std::optional<double>& value, const char* unit) {
    cells.push_back({"parts", figure, value, unit, value ? fmt::format("{:.0f} {}", *value, unit) : "unknown"});
  };
  money("network cost a GPU", of.usd_per_gpu, "USD");
  money("network power a GPU", of.watts_per_gpu, "W");
  return cells;
}

std::vector<Cell> shape_of(const FabricFigures& of) {
  return {{"distances", "diameter", of.diameter, "links", fmt::format("{} links", of.diameter)},
          {"distances", "mean", of.mean_hops, "links", fmt::format("{:.2f} links", of.mean_hops)},
          {"distances", "longest latency", of.longest_latency.seconds(), "s", sim::to_text(of.longest_latency)},
          {"distances", "bisection", of.bisection, "of half the nodes' rate", of.bisection ? percent(*of.bisection) : "unknown"}};
}

std::vector<Cell> cells_of(const FabricFigures& of) {
  std::vector<Cell> cells = parts_of(of);
  for (Cell& cell : shape_of(of)) cells.push_back(std::move(cell));
  for (const workloads::PatternFigures& pattern : of.patterns) {
    cells.push_back({"throughput", pattern.name, pattern.mean, "of the NICs' rate", percent(pattern.mean)});
    cells.push_back({"throughput", "  slowest flow", pattern.minimum, "of what it offers", percent(pattern.minimum)});
    const auto link = [&](const char* figure, double value) {
      cells.push_back({"throughput", figure, value, "links' worth", fmt::format("{:.2f} x", value)});
    };
    link("  half of the links to", pattern.links.p50);
    link("  nine tenths to", pattern.links.p90);
    link("  fullest link", pattern.links.most);
  }
  for (const workloads::ResiliencyFigures& point : of.resiliency) {
    cells.push_back({"permutation, cables dead", fmt::format("{:g} %", 100 * point.dead), point.mean.mean, "of the NICs' rate",
                     fmt::format("{} ({:.1f}..{:.1f})", percent(point.mean.mean), 100 * point.mean.p10, 100 * point.mean.p90), point.mean});
  }
  for (const workloads::CollectiveFigures& one : of.collectives) {
    cells.push_back(
        {"all-reduce, bus bandwidth", sim::to_text(one.bytes), one.bus_bandwidth.value, "B/s", sim::to_text(one.bus_bandwidth)});
  }
  const std::optional<double> seconds = of.iteration ? std::optional(of.iteration->seconds()) : std::nullopt;
  cells.push_back({"application", "iteration", seconds, "s", of.iteration ? sim::to_text(*of.iteration) : "no workload"});
  return cells;
}

/// A field of CSV (RFC 4180): quotes within are doubled.
std::string csv_field(std::string_view text) {
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? "\"\"" : std::string(1, c);
  return field + "\"";
}

std::vector<bool> pareto_front(const std::vector<Compared>& compared) {
  std::vector<FabricFigures> figures;
  for (const Compared& one : compared) figures.push_back(one.figures);
  return workloads::on_the_pareto_front(figures);
}

/// In columns, since names of letters beyond ASCII are none here.
std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

}  // namespace

std::string comparison_text(const std::vector<Compared>& compared, const TerminalStyle& style) {
  std::vector<std::vector<Cell>> columns;
  std::vector<std::size_t> widths;
  std::vector<std::string> heads;
  for (const Compared& one : compared) {
    columns.push_back(cells_of(one.figures));
    heads.push_back(one.name);
    std::size_t width = one.name.size();
    width = std::max(width, one.figures.topology.size() + one.figures.routing.size() + 2);
    for (const Cell& cell : columns.back()) width = std::max(width, cell.shown.size());
    widths.push_back(width + 2);
  }
  constexpr std::size_t names = 26;
  std::string text = padded("", names);
  for (std::size_t c = 0; c < compared.size(); ++c) text += style.bold(padded(heads[c], widths[c]));
  text += "\n" + padded("", names);
  for (std::size_t c = 0; c < compared.size(); ++c)
    text += padded(compared[c].figures.topology + ", " + compared[c].figures.routing, widths[c]);
  std::string section;
  for (std::size_t row = 0; row < columns.front().size(); ++row) {
    const Cell& first = columns.front()[row];
    if (first.section != section) text += "\n" + style.bold(first.section);
    section = first.section;
    text += "\n" + padded("  " + first.figure, names);
    for (std::size_t c = 0; c < compared.size(); ++c) text += padded(columns[c][row].shown, widths[c]);
  }
  text += "\n";
  const std::vector<bool> front = pareto_front(compared);
  std::string best;
  for (std::size_t c = 0; c < compared.size(); ++c) {
    if (front[c]) best += (best.empty() ? "" : ", ") + compared[c].name;
  }
  text += fmt::format("\nNo other is faster, cheaper and lower in power than: {}\n", best);
  for (const Compared& one : compared) {
    for (const std::string& note : one.figures.notes) text += fmt::format("Note on {}: {}\n", one.name, note);
  }
  return text;
}

std::string comparison_csv(const std::vector<Compared>& compared) {
  std::string text = "machine,topology,routing,section,figure,value,unit\n";
  const std::vector<bool> front = pareto_front(compared);
  for (std::size_t c = 0; c < compared.size(); ++c) {
    const FabricFigures& of = compared[c].figures;
    const auto add = [&](std::string_view section, std::string_view figure, const std::string& value, std::string_view unit) {
      text += fmt::format("{},{},{},{},{},{},{}\n", csv_field(compared[c].name), of.topology, of.routing, csv_field(section),
                          csv_field(figure), value, csv_field(unit));
    };
    std::string pattern;
    for (const Cell& cell : cells_of(of)) {
      const bool belongs = cell.figure.starts_with("  ");
      if (!belongs) pattern = cell.figure;
      const std::string figure = belongs ? pattern + "," + cell.figure.substr(1) : cell.figure;
      add(cell.section, figure, cell.value ? fmt::format("{}", *cell.value) : "", cell.unit);
      if (cell.band) {
        add(cell.section, figure + ", p10", fmt::format("{}", cell.band->p10), cell.unit);
        add(cell.section, figure + ", p90", fmt::format("{}", cell.band->p90), cell.unit);
      }
    }
    add("pareto", "no other is faster, cheaper and lower in power", front[c] ? "1" : "0", "");
    for (const std::string& note : of.notes) add("notes", "note", csv_field(note), "");
  }
  return text;
}

std::string comparison_json(const std::vector<Compared>& compared, const std::string& version) {
  using Json = nlohmann::ordered_json;
  const std::vector<bool> front = pareto_front(compared);
  const auto optional = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  Json machines = Json::array();
  for (std::size_t c = 0; c < compared.size(); ++c) {
    const FabricFigures& of = compared[c].figures;
    Json machine = {{"name", compared[c].name},
                    {"topology", of.topology},
                    {"routing", of.routing},
                    {"gpus", of.gpus},
                    {"switches", of.switches},
                    {"cables", of.cables},
                    {"usd_per_gpu", optional(of.usd_per_gpu)},
                    {"watts_per_gpu", optional(of.watts_per_gpu)},
                    {"diameter_links", of.diameter},
                    {"mean_links", of.mean_hops},
                    {"longest_latency_seconds", of.longest_latency.seconds()},
                    {"bisection", optional(of.bisection)}};
    for (const workloads::PatternFigures& pattern : of.patterns) {
      machine["throughput"].push_back({{"pattern", pattern.name},
                                       {"mean", pattern.mean},
                                       {"minimum", pattern.minimum},
                                       {"p50_link", pattern.links.p50},
                                       {"p90_link", pattern.links.p90},
                                       {"fullest_link", pattern.links.most}});
    }
    for (const workloads::ResiliencyFigures& point : of.resiliency) {
      machine["resiliency"].push_back({{"dead_cables", point.dead},
                                       {"mean", point.mean.mean},
                                       {"least", point.mean.least},
                                       {"p10", point.mean.p10},
                                       {"p90", point.mean.p90},
                                       {"most", point.mean.most}});
    }
    for (const workloads::CollectiveFigures& one : of.collectives) {
      machine["all_reduce"].push_back(
          {{"bytes", one.bytes.count}, {"seconds", one.time.seconds()}, {"busbw_bytes_per_second", one.bus_bandwidth.value}});
    }
    machine["iteration_seconds"] = of.iteration ? Json(of.iteration->seconds()) : Json();
    machine["pareto"] = static_cast<bool>(front[c]);
    machine["notes"] = of.notes;
    machines.push_back(std::move(machine));
  }
  const Json document = {{"orrery", version}, {"baseline", compared.front().name}, {"machines", std::move(machines)}};
  return document.dump(2) + "\n";
}

}  // namespace orrery::report
