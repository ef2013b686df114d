// The result as one JSON document, with the keys of the format (docs/result.md). Keys stand in a fixed order; equal results are equal
// bytes.
#pragma once

#include <string>

#include "report/run_report.h"

namespace orrery::report {

std::string result_json(const RunReport& report);

}  // namespace orrery::report
