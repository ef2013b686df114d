// Device memory by pipeline rank and kind, under the line of what the GPU has.
#pragma once

#include <vector>

#include "report/page/page.h"
#include "sim/units.h"
#include "workloads/memory.h"

namespace orrery::report {

/// Of pipeline ranks 0, 1, ...; one at least.
Section memory_section(const std::vector<workloads::MemoryUse>& ranks);

}  // namespace orrery::report
