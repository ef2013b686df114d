#include "report/page/costs_section.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "report/run_sentences.h"

namespace orrery::report {
namespace {

struct Part {
  std::string name;
  double amount = 0;  // kWh or USD
  std::string what;
};

std::vector<Part> parts_of(const workloads::Energy& energy) {
  constexpr double kwh = workloads::joules_a_kwh;
  return {{"GPUs, arithmetic", energy.gpus.arithmetic / kwh, "in kernels bound by arithmetic"},
          {"GPUs, memory", energy.gpus.memory / kwh, "in kernels bound by memory"},
          {"GPUs, waiting", energy.gpus.waiting / kwh, "in collectives and transfers, and waiting for them: they spin"},
          {"GPUs, idle", energy.gpus.idle / kwh, "between the end of a rank and the iteration's"},
          {"hosts", energy.hosts / kwh, "CPUs, NVSwitches, fans, power supplies"},
          {"network", energy.network / kwh, "adapters, switches, cables: the share of the job's GPUs in the cluster's"},
          {"building", energy.facility / kwh, "cooling and losses: PUE"}};
}

std::vector<Part> parts_of(const workloads::Money& money) {
  if (money.terms == workloads::Terms::rent) return {{"rent", money.rent, "of the GPU-hours"}};
  return {{"nodes", money.nodes, "written off, with GPUs and adapters"},
          {"network", money.network, "written off: switches and cables"},
          {"upkeep", money.upkeep, "support and repairs"},
          {"space", money.space, "by the most that can be drawn"},
          {"energy", money.energy, "as above"}};
}

/// Adds a bar and a row a part; shares are of the total.
void add_parts(const std::vector<Part>& parts, const std::string& unit, Table& table, nlohmann::ordered_json& bars) {
  double total = 0;
  for (const Part& part : parts) total += part.amount;
  for (const Part& part : parts) {
    if (part.amount == 0) continue;
    const double share = part.amount / total;
    table.rows.push_back({part.name, fmt::format("{:.3g} {}", part.amount, unit), fmt::format("{:.1f} %", 100 * share), part.what});
    bars.push_back({{"name", part.name}, {"amount", part.amount}, {"share", share}});
  }
}

}  // namespace

Section costs_section(const RunReport& report) {
  const workloads::Costs& costs = report.costs;
  Section section{.id = "costs", .title = "Money and energy", .body = ""};
  for (const std::string& sentence : {energy_sentence(report), money_sentence(report), unknown_costs_sentence(costs)}) {
    if (!sentence.empty()) section.body += paragraph(sentence);
  }
  if (!costs.energy && !costs.money) return section;
  Table table{"Energy and money of an iteration",
              {{"part"}, {"amount", Column::Kind::number}, {"share", Column::Kind::number}, {"what it is"}},
              {}};
  section.chart = {{"energy", nlohmann::ordered_json::array()}, {"money", nlohmann::ordered_json::array()}};
  if (costs.energy) add_parts(parts_of(*costs.energy), "kWh", table, section.chart["energy"]);
  if (costs.money) add_parts(parts_of(*costs.money), "USD", table, section.chart["money"]);
  section.chart_label = "Bars: energy of an iteration by who draws it, and its price by what is paid for.";
  section.table = std::move(table);
  const workloads::PriceList& prices = *report.scenario.prices;
  section.body +=
      paragraph(fmt::format("Prices{} of {}: {}.", prices.name.empty() ? "" : " " + prices.name, prices.date, prices.source), "note");
  return section;
}

}  // namespace orrery::report
