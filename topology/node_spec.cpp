#include "topology/node_spec.h"

#include <algorithm>

namespace orrery::topology {

int gpus_a_pcie_switch(const NodeSpec& node) {
  const int gpus_a_nic = node.nics > 0 ? node.gpus / node.nics : 1;
  const bool is_hopper = node.gpu.compute_capability >= 90;
  const int pair = std::min(node.gpus, std::max(is_hopper ? 1 : 2, gpus_a_nic));
  return node.nics > 0 && pair % gpus_a_nic != 0 ? gpus_a_nic : pair;
}

}  // namespace orrery::topology
