// A log of nccl-tests beside what was expected, size by size, and which faults of the machine would explain the difference.
#pragma once

#include <string>

#include "report/collective_report.h"
#include "report/terminal_style.h"

namespace orrery::report {

/// Of a report with a log.
std::string collective_against_text(const CollectiveReport& report, const TerminalStyle& style);

}  // namespace orrery::report
