#include "topology/single_switch.h"

namespace orrery::topology {

CablingPlan single_switch(int nodes, int rails) {
  CablingPlan plan{.nodes = nodes, .rails = rails};
  const int nics = plan.add_layer("NIC to switch", 5);
  plan.add_switch("switch", 1);
  plan.join_nics(nodes * rails, nics);
  return plan;
}

}  // namespace orrery::topology
