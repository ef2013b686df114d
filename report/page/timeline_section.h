// The iteration as it was played: pipeline stages down, time across, a rectangle a pass.
#pragma once

#include "report/page/page.h"
#include "report/page/passes.h"

namespace orrery::report {

/// `iteration` is the end of the axis.
Section timeline_section(const Passes& passes, sim::Duration iteration);

}  // namespace orrery::report
