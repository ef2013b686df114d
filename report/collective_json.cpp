#include "report/collective_json.h"

#include <nlohmann/json.hpp>

#include "report/result_json.h"

namespace orrery::report {
namespace {

using Json = nlohmann::ordered_json;

Json row_json(const CollectiveBlock& block, const workloads::CollectiveRow& row) {
  const bool idle = row.plan.algorithm == workloads::Algorithm::none;
  return {{"collective", name_of(row.operation)},
          {"nodes", block.nodes},
          {"ranks", row.ranks},
          {"bytes", row.asked.count},
          {"count", row.count},
          {"algorithm", name_of(row.plan.algorithm)},
          {"protocol", idle ? Json() : Json(name_of(row.plan.protocol))},
          {"channels", row.plan.thread_blocks},
          {"seconds", row.time.seconds()},
          {"algbw_bytes_per_second", row.algorithm_bandwidth().value},
          {"busbw_bytes_per_second", row.bus_bandwidth().value}};
}

Json scenario_json(const scenarios::Scenario& scenario) {
  Json resolved = Json::parse(scenario.resolved);
  if (!scenario.calibration) resolved.erase("calibration");
  return resolved;
}

/// Puts measured times into the rows, which are those of the only block.
void add_against(const CollectiveAgainst& against, Json& result) {
  for (std::size_t i = 0; i < against.measured.size(); ++i) result["rows"][i]["measured_seconds"] = against.measured[i].seconds();
  Json suspects = Json::array();
  for (const workloads::CollectiveSuspect& suspect : against.suspects) {
    suspects.push_back({{"fault", suspect.fault.empty() ? Json() : Json(suspect.fault)}, {"error", suspect.error}});
  }
  result["against"] = {{"log", against.log}, {"suspects", std::move(suspects)}};
}

}  // namespace

std::string collective_json(const CollectiveReport& report) {
  const scenarios::Scenario& largest = report.blocks.back().scenario;
  Json rows = Json::array();
  for (const CollectiveBlock& block : report.blocks) {
    for (const workloads::CollectiveRow& row : block.rows) rows.push_back(row_json(block, row));
  }
  Json result = {{"dtype", report.type.name},
                 {"nccl", largest.software.nccl},
                 {"calibration", largest.calibration ? Json(calibration_name(largest)) : Json()},
                 {"rows", std::move(rows)}};
  if (report.against) add_against(*report.against, result);
  const Json document = {{"orrery", report.version},
                         {"scenario", scenario_json(largest)},
                         {"engine", report.engine},
                         {"kind", "collective"},
                         {"simulation", simulation_json(report.simulation)},
                         {"validity", validity_json(report.validity)},
                         {"result", std::move(result)}};
  return document.dump(2) + "\n";
}

}  // namespace orrery::report
