// The network as a heat map: layers of links down, links from the idlest to the busiest across, utilization as colour.
#pragma once

#include <vector>

#include "report/page/link_loads.h"
#include "report/page/page.h"

namespace orrery::report {

Section fabric_section(const std::vector<LayerLoad>& layers);

}  // namespace orrery::report
