// What `orrery collective` has to say, as plain data: a block of rows a number of nodes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/nodes_text.h"
#include "report/run_report.h"
#include "scenarios/scenario.h"
#include "workloads/collective_job.h"
#include "workloads/collective_suspects.h"

namespace orrery::report {

struct CollectiveBlock {
  scenarios::Scenario scenario;  // the machine; its calibration is the one that was used, or none
  int nodes = 1;                 // of the machine's
  int gpus_a_node = 1;
  std::vector<workloads::CollectiveRow> rows{};
};

/// A log of nccl-tests, and what it is held against.
struct CollectiveAgainst {
  std::string log;                                     // the file
  std::vector<sim::Duration> measured{};               // of each row
  std::vector<workloads::CollectiveSuspect> suspects;  // the machine as it is first, whose rows are the block's
};

struct CollectiveReport {
  std::string version;
  std::string engine;
  workloads::CollectiveOperation operation{};
  workloads::ElementType type{};
  std::vector<CollectiveBlock> blocks{};  // one at least
  SimulationFigures simulation{};
  workloads::Validity validity{};
  std::optional<CollectiveAgainst> against{};  // where there is one block
};

/// The calibration's name, or what stands for none.
inline std::string_view calibration_name(const scenarios::Scenario& scenario) {
  return scenario.calibration ? std::string_view(scenario.calibration->name) : "none";
}

/// "4 of 280 nodes dgx-a100-80gb".
inline std::string machine_text(const CollectiveBlock& block) {
  const topology::ClusterSpec& cluster = block.scenario.cluster;
  return (block.nodes < all_nodes(cluster) ? grouped(block.nodes) + " of " : "") + nodes_text(cluster);
}

}  // namespace orrery::report
