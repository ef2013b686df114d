#include "report/page/collectives_section.h"

#include <fmt/format.h>

#include "report/counted.h"
#include "report/page/blame_section.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

nlohmann::ordered_json points_of(const std::vector<CurvePoint>& points) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CurvePoint& point : points) {
    list.push_back({point.bytes.count, point.bus_bandwidth, point.time.seconds(), point.algorithm + " " + point.protocol});
  }
  return list;
}

}  // namespace

Section collectives_section(const std::vector<CollectiveCurve>& curves) {
  Section section{.id = "collectives", .title = "Collectives", .body = ""};
  if (curves.empty()) {
    section.body = paragraph("Ranks perform no collectives.");
    return section;
  }
  section.body = paragraph(
      "What each group would have of its links by message size, alone on the machine, and where on its curve the job is (dots): left of "
      "the plateau, latency costs what larger messages would save.");
  Table table{"Collectives of an iteration",
              {{"collective"},
               {"ranks", Column::Kind::number},
               {"nodes", Column::Kind::number},
               {"size", Column::Kind::number},
               {"calls a rank", Column::Kind::number},
               {"algorithm"},
               {"time of one", Column::Kind::number},
               {"bus bandwidth", Column::Kind::number}},
              {}};
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (const CollectiveCurve& curve : curves) {
    for (const CurvePoint& call : curve.calls) {
      table.rows.push_back({plain_name(curve.name), grouped(curve.ranks), grouped(curve.nodes), sim::to_text(call.bytes),
                            grouped(call.calls), call.algorithm + " " + call.protocol, sim::to_text(call.time),
                            sim::to_text(sim::BytesPerSecond{call.bus_bandwidth})});
    }
    lines.push_back({{"name", plain_name(curve.name)}, {"points", points_of(curve.points)}, {"calls", points_of(curve.calls)}});
  }
  section.chart = {{"curves", lines}};
  section.chart_label = "Curves: bus bandwidth of each collective by message size, with a dot at each size that the job uses.";
  section.table = std::move(table);
  return section;
}

}  // namespace orrery::report
