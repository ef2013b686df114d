// Fabrics side by side (workloads/fabric_comparison.h), the first being the baseline: as a table for a terminal, CSV or JSON.
#pragma once

#include <string>
#include <vector>

#include "report/terminal_style.h"
#include "workloads/fabric_comparison.h"

namespace orrery::report {

struct Compared {
  std::string name;
  workloads::FabricFigures figures;
};

/// A row a figure, a column a machine; beside figures of the others how they differ from the first.
std::string comparison_text(const std::vector<Compared>& compared, const TerminalStyle& style);

/// "machine,topology,routing,section,figure,value,unit" (RFC 4180): a line a figure; of each machine also whether it is on the Pareto front
/// (1 or 0), and its notes.
std::string comparison_csv(const std::vector<Compared>& compared);

/// {"orrery", "baseline", "machines": [{"name", "topology", ..., "pareto"}]}
std::string comparison_json(const std::vector<Compared>& compared, const std::string& version);

}  // namespace orrery::report
