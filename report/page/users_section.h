// Whose bytes cross the busiest links: of each layer of the machine its busiest, by what they are for.
#pragma once

#include <vector>

#include "report/page/page.h"
#include "workloads/explanation.h"

namespace orrery::report {

Section users_section(const std::vector<workloads::UsedLink>& links);

}  // namespace orrery::report
