// The iteration beside what was measured, and beside what no schedule can beat on this machine.
#pragma once

#include "report/page/page.h"
#include "report/run_report.h"

namespace orrery::report {

Section limits_section(const RunReport& report);

}  // namespace orrery::report
