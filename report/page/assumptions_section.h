// What the result rests on: each preset and fitted constant with its source, how well it fits, and what is outside of what was measured.
#pragma once

#include <string>
#include <vector>

#include "report/page/page.h"
#include "report/run_report.h"
#include "report/sources.h"

namespace orrery::report {

/// `notes` are what is outside of what was measured.
Section assumptions_section(const scenarios::Scenario& scenario, Played played, const std::vector<std::string>& notes);

}  // namespace orrery::report
