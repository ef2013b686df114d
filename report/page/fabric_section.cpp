#include "report/page/fabric_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/counted.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

std::string share_text(double share) { return fmt::format("{:.2f} %", 100 * share); }

}  // namespace

Section fabric_section(const std::vector<LayerLoad>& layers) {
  Section section{.id = "fabric", .title = "Load of the network", .body = ""};
  if (layers.empty()) {
    section.body = paragraph("Nothing moves between GPUs.");
    return section;
  }
  const auto& busiest = *std::max_element(layers.begin(), layers.end(), [](const auto& a, const auto& b) { return a.at[10] < b.at[10]; });
  section.body =
      paragraph(fmt::format("The busiest link, {}, is in use {} of the iteration, averaged over all of it. Links are sorted within each "
                            "layer, from the idlest to "
                            "the busiest: what is even across a row is evenly loaded.",
                            busiest.busiest, share_text(busiest.at[10])));
  Table table{"Utilization of links by layer",
              {{"layer"},
               {"links", Column::Kind::number},
               {"idle", Column::Kind::number},
               {"median", Column::Kind::number},
               {"90 % are below", Column::Kind::number},
               {"busiest", Column::Kind::number},
               {"it carried", Column::Kind::number},
               {"which is"}},
              {}};
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const LayerLoad& layer : layers) {
    table.rows.push_back({layer.name, grouped(layer.links), grouped(layer.idle), share_text(layer.at[5]), share_text(layer.at[9]),
                          share_text(layer.at[10]), sim::to_text(layer.most), layer.busiest});
    rows.push_back({{"name", layer.name}, {"links", layer.links}, {"utilization", layer.at}});
  }
  section.chart = {{"layers", rows}};
  section.chart_label = "Heat map: a row a layer of links, from its idlest link on the left to its busiest on the right, by utilization.";
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
