// What an iteration takes in energy and in money, part by part, and by whose prices.
#pragma once

#include "report/page/page.h"
#include "report/run_report.h"

namespace orrery::report {

/// Of a report that knows its energy, its money, or both.
Section costs_section(const RunReport& report);

}  // namespace orrery::report
