// Collectives in the columns of nccl-tests, so that two logs can be laid side by side.
#pragma once

#include <string>

#include "report/collective_report.h"
#include "report/terminal_style.h"

namespace orrery::report {

std::string collective_text(const CollectiveReport& report, const TerminalStyle& style);

}  // namespace orrery::report
