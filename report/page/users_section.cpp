#include "report/page/users_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/page/blame_section.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

// Of all links, in order of their bytes on the first that they cross.
std::vector<std::string> labels_of(const std::vector<workloads::UsedLink>& links) {
  std::vector<std::string> labels;
  for (const workloads::UsedLink& link : links) {
    for (const auto& [label, bytes] : link.by_label) {
      if (std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
    }
  }
  return labels;
}

std::int64_t bytes_for(const std::string& label, const workloads::UsedLink& link) {
  const auto found = std::ranges::find_if(link.by_label, [&](const auto& each) { return each.first == label; });
  return found == link.by_label.end() ? 0 : found->second.count;
}

}  // namespace

Section users_section(const std::vector<workloads::UsedLink>& links) {
  Section section{.id = "users", .title = "Whose bytes cross the busiest links", .body = ""};
  if (links.empty()) {
    section.body = paragraph("Nothing moves between GPUs.");
    return section;
  }
  section.body = paragraph("Of each layer of links its busiest, and what crosses it in an iteration. Utilization is over the whole of it.");
  const std::vector<std::string> labels = labels_of(links);
  Table table{
      "Bytes over the busiest link of each layer", {{"link"}, {"utilization", Column::Kind::number}, {"bytes", Column::Kind::number}}, {}};
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const workloads::UsedLink& link : links) {
    table.rows.push_back({link.use.name, fmt::format("{:.1f} %", 100 * link.use.utilization), sim::to_text(link.use.bytes)});
    rows.push_back({{"name", link.use.name}, {"utilization", link.use.utilization}, {"bytes", nlohmann::ordered_json::array()}});
  }
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const std::string& label : labels) {
    names.push_back(plain_name(label));
    table.columns.push_back({plain_name(label), Column::Kind::number});
    for (std::size_t i = 0; i < links.size(); ++i) {
      const std::int64_t bytes = bytes_for(label, links[i]);
      rows[i]["bytes"].push_back(bytes);
      table.rows[i].push_back(bytes == 0 ? "" : sim::to_text(sim::Bytes{bytes}));
    }
  }
  section.chart = {{"labels", std::move(names)}, {"links", std::move(rows)}};
  section.chart_label = "Stacked bars: bytes over the busiest link of each layer, by what they are for.";
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
