#include "report/page/memory_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/error.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

using workloads::MemoryUse;

constexpr std::array<std::pair<const char*, sim::Bytes MemoryUse::*>, 5> memory_kinds{{{"weights", &MemoryUse::weights},
                                                                                       {"gradients", &MemoryUse::gradients},
                                                                                       {"optimizer", &MemoryUse::optimizer},
                                                                                       {"activations", &MemoryUse::activations},
                                                                                       {"buffers", &MemoryUse::buffers}}};

}  // namespace

Section memory_section(const std::vector<MemoryUse>& ranks) {
  sim::check(!ranks.empty(), "a job has a pipeline rank");
  Table table{"Memory by pipeline rank", {{"pipeline rank"}}, {}};
  nlohmann::ordered_json series = nlohmann::ordered_json::array();
  for (const auto& [name, member] : memory_kinds) {
    table.columns.push_back({name, Column::Kind::number});
    nlohmann::ordered_json bytes = nlohmann::ordered_json::array();
    for (const MemoryUse& rank : ranks) bytes.push_back((rank.*member).count);
    series.push_back({{"name", name}, {"bytes", bytes}});
  }
  table.columns.push_back({"total", Column::Kind::number});
  for (const MemoryUse& rank : ranks) {
    std::vector<std::string> cells = {std::to_string(rank.pipeline_rank)};
    for (const auto& [name, member] : memory_kinds) cells.push_back(sim::to_text(rank.*member));
    cells.push_back(sim::to_text(rank.total()));
    table.rows.push_back(std::move(cells));
  }
  const auto fuller = [](const MemoryUse& a, const MemoryUse& b) { return a.total() < b.total(); };
  const MemoryUse& fullest = *std::max_element(ranks.begin(), ranks.end(), fuller);
  const MemoryUse& emptiest = *std::min_element(ranks.begin(), ranks.end(), fuller);
  Section section{.id = "memory", .title = "Memory by stage", .body = ""};
  section.body = paragraph(fmt::format("Pipeline rank {} is the fullest: {} of {}, {:.0f} %. The emptiest, rank {}, needs {}.",
                                       fullest.pipeline_rank, sim::to_text(fullest.total()), sim::to_text(fullest.capacity),
                                       100.0 * static_cast<double>(fullest.total().count) / static_cast<double>(fullest.capacity.count),
                                       emptiest.pipeline_rank, sim::to_text(emptiest.total())));
  section.chart = {{"capacity", fullest.capacity.count}, {"ranks", ranks.size()}, {"kinds", series}};
  section.chart_label = "Stacked bars: device memory of each pipeline rank by kind, below a line at the GPU's capacity.";
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
