#include "report/collective_json.h"

#include <nlohmann/json.hpp>

#include "report/result_json.h"

namespace orrery::report {
namespace {

nlohmann::ordered_json row_json(const CollectiveBlock& block, const workloads::CollectiveRow& row) {
  const bool idle = row.plan.algorithm == workloads::Algorithm::none;
  nlohmann::ordered_json json = {{"collective", name_of(row.operation)},
                                 {"nodes", block.nodes},
                                 {"ranks", row.ranks},
                                 {"bytes", row.asked.count},
                                 {"count", row.count},
                                 {"algorithm", algorithm_name(row)},
                                 {"protocol", idle ? nlohmann::ordered_json() : nlohmann::ordered_json(name_of(row.plan.protocol))},
                                 {"channels", row.plan.thread_blocks},
                                 {"seconds", row.time.seconds()},
                                 {"algbw_bytes_per_second", row.algorithm_bandwidth().value},
                                 {"busbw_bytes_per_second", row.bus_bandwidth().value}};
  if (row.calls > 1) json["calls"] = row.calls;
  return json;
}

nlohmann::ordered_json scenario_json(const scenarios::Scenario& scenario) {
  nlohmann::ordered_json resolved = nlohmann::ordered_json::parse(scenario.resolved);
  if (!scenario.calibration) resolved.erase("calibration");
  return resolved;
}

/// Puts measured times into the rows, which are those of the only block.
void add_against(const CollectiveAgainst& against, nlohmann::ordered_json& result) {
  for (std::size_t i = 0; i < against.measured.size(); ++i) result["rows"][i]["measured_seconds"] = against.measured[i].seconds();
  nlohmann::ordered_json suspects = nlohmann::ordered_json::array();
  for (const workloads::CollectiveSuspect& suspect : against.suspects) {
    suspects.push_back({{"fault", suspect.fault.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(suspect.fault)},
                        {"error", suspect.error},
                        {"longer", suspect.longer}});
  }
  result["against"] = {{"log", against.log}, {"suspects", std::move(suspects)}};
}

}  // namespace

std::string collective_json(const CollectiveReport& report) {
  const scenarios::Scenario& largest = report.blocks.back().scenario;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const CollectiveBlock& block : report.blocks) {
    for (const workloads::CollectiveRow& row : block.rows) rows.push_back(row_json(block, row));
  }
  nlohmann::ordered_json result = {
      {"dtype", report.type.name},
      {"nccl", largest.software.nccl},
      {"calibration", largest.calibration ? nlohmann::ordered_json(calibration_name(largest)) : nlohmann::ordered_json()},
      {"rows", std::move(rows)}};
  if (report.against) add_against(*report.against, result);
  const nlohmann::ordered_json document = {{"orrery", report.version},
                                           {"scenario", scenario_json(largest)},
                                           {"engine", report.engine},
                                           {"kind", "collective"},
                                           {"simulation", simulation_json(report.simulation)},
                                           {"validity", validity_json(report.validity)},
                                           {"result", std::move(result)}};
  return document.dump(2) + "\n";
}

}  // namespace orrery::report
