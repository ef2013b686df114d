// The result of a run as a planner reads it in a terminal: the verdict first, then where the time goes, memory, links and bounds; at most
// 100 columns wide.
#pragma once

#include <string>

#include "report/run_report.h"
#include "report/terminal_style.h"

namespace orrery::report {

std::string run_summary(const RunReport& report, const TerminalStyle& style);

}  // namespace orrery::report
