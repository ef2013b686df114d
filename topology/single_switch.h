// One switch with a port for every NIC: the network that is nowhere in the way, to compare others with. Its switch is called "switch".
#pragma once

#include "topology/cabling.h"

namespace orrery::topology {

CablingPlan single_switch(int nodes, int rails);

}  // namespace orrery::topology
