// The iteration as it was played: pipeline stages down, time across, a rectangle a pass.
#pragma once

#include <string>

#include "report/page/page.h"
#include "report/page/passes.h"

namespace orrery::report {

/// `iteration` is the end of the axis, `noun` what a role is: "pipeline stage".
Section timeline_section(const Passes& passes, sim::Duration iteration, const std::string& noun);

}  // namespace orrery::report
