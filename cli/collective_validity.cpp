#include "cli/collective_validity.h"

#include "cli/engines.h"

namespace orrery::cli {

workloads::Validity validity_of_collectives(const std::vector<report::CollectiveBlock>& blocks) {
  workloads::Validity validity{.inside_range = true, .expected_error = std::nullopt, .notes = {}};
  bool irregular = false;
  bool spread = false;
  bool other_way = false;
  for (const report::CollectiveBlock& block : blocks) {
    spread = spread || block.nodes > 1;
    for (const workloads::CollectiveRow& row : block.rows) {
      const workloads::Algorithm algorithm = row.plan.algorithm;
      irregular = irregular || row.irregular;
      other_way = other_way || !row.way.empty();
      const bool measured = algorithm == workloads::Algorithm::ring || algorithm == workloads::Algorithm::point_to_point;
      if (!measured || !row.way.empty()) validity.inside_range = false;
    }
  }
  if (!blocks.front().scenario.calibration || spread) validity.inside_range = false;
  if (other_way) {
    validity.notes.emplace_back(
        "nothing of this way was measured: each message takes a hop and its bytes, by what NCCL's own collectives take");
  } else if (spread && blocks.front().scenario.calibration) {
    validity.notes.emplace_back("between nodes the times are NCCL's own estimates where links allow them: nothing between nodes is fitted");
  }
  const scenarios::Scenario& machine = blocks.front().scenario;
  if (const auto older = workloads::note_on_older_nccl(machine.nccl, machine.cluster.node.gpu)) {
    validity.inside_range = false;
    validity.notes.push_back(*older);
  }
  if (irregular) validity.notes.emplace_back(note_on_irregular);
  return validity;
}

}  // namespace orrery::cli
