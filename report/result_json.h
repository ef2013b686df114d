// The result as one JSON document, with the keys of the format (docs/result.md). Keys stand in a fixed order; equal results are equal
// bytes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "report/run_report.h"

namespace orrery::report {

std::string result_json(const RunReport& report);

/// Its parts "simulation" and "validity".
nlohmann::ordered_json simulation_json(const SimulationFigures& figures);
nlohmann::ordered_json validity_json(const workloads::Validity& validity);

/// Its part "result".
nlohmann::ordered_json result_of(const workloads::IterationResult& iteration, const std::optional<TrainingPart>& training,
                                 const workloads::Costs& costs);

}  // namespace orrery::report
