#include "topology/single_switch.h"

namespace orrery::topology {

CablingPlan single_switch(int nodes, int rails) {
  CablingPlan plan{.nodes = nodes, .rails = rails};
  const int nics = plan.add_layer("NIC to switch", 5);
  const VertexId hub = plan.add_switch("switch", 1);
  for (int port = 0; port < nodes * rails; ++port) plan.join(VertexId{static_cast<std::uint32_t>(port)}, hub, nics);
  return plan;
}

}  // namespace orrery::topology
