// What this process has cost so far.
#pragma once

#include "report/run_report.h"

namespace orrery::cli {

/// Sets processor time of the whole process and its children (SimGrid plays in one), and the most memory that one of them held.
void measure_process(report::SimulationFigures& figures);

}  // namespace orrery::cli
