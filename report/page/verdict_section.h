// What came of it, in a few sentences: how long, what holds it up, and how far a measured run is from that.
#pragma once

#include "report/page/page.h"
#include "report/run_report.h"

namespace orrery::report {

Section verdict_section(const RunReport& report);

}  // namespace orrery::report
