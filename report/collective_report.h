// What `orrery collective` has to say, as plain data: a block of rows a number of nodes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/run_report.h"
#include "scenarios/scenario.h"
#include "workloads/collective_job.h"

namespace orrery::report {

struct CollectiveBlock {
  scenarios::Scenario scenario;  // the machine; its calibration is the one that was used, or none
  int nodes = 1;                 // of the machine's
  int gpus_a_node = 1;
  std::vector<workloads::CollectiveRow> rows{};
};

struct CollectiveReport {
  std::string version;
  std::string engine;
  workloads::CollectiveOperation operation{};
  workloads::ElementType type{};
  std::vector<CollectiveBlock> blocks{};  // one at least
  SimulationFigures simulation{};
  workloads::Validity validity{};
};

/// The calibration's name, or what stands for none.
inline std::string_view calibration_name(const scenarios::Scenario& scenario) {
  return scenario.calibration ? std::string_view(scenario.calibration->name) : "none";
}

}  // namespace orrery::report
