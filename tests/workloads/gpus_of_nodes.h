// The same GPUs of each of the first nodes of a cluster.
#pragma once

#include <vector>

#include "topology/cluster.h"

namespace orrery::workloads {

inline const std::vector<int> all_eight = {0, 1, 2, 3, 4, 5, 6, 7};

inline std::vector<topology::GpuId> gpus_of_nodes(const topology::Cluster& cluster, int nodes, const std::vector<int>& locals) {
  std::vector<topology::GpuId> members;
  for (int node = 0; node < nodes; ++node) {
    for (const int local : locals) members.push_back(topology::GpuId{static_cast<std::uint32_t>(node * cluster.node().gpus + local)});
  }
  return members;
}

}  // namespace orrery::workloads
