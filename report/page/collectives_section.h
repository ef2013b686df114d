// The bus bandwidth of collectives by size, and where on those curves the calls of the job are.
#pragma once

#include <vector>

#include "report/page/collective_curves.h"
#include "report/page/page.h"

namespace orrery::report {

Section collectives_section(const std::vector<CollectiveCurve>& curves);

}  // namespace orrery::report
