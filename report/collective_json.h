// Collectives as one JSON document, with the keys of the format (docs/result.md).
#pragma once

#include <string>

#include "report/collective_report.h"

namespace orrery::report {

/// The scenario is the largest machine's, the last.
std::string collective_json(const CollectiveReport& report);

}  // namespace orrery::report
