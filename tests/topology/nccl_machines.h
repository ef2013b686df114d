// Nodes and speeds for tests of NCCL's search.
#pragma once

#include <numeric>
#include <vector>

#include "topology/export_nccl_topology.h"
#include "topology/import_nccl_topology.h"
#include "topology/nccl_search.h"

namespace orrery::topology::test {

/// DGX A100 or H100 with so many GPUs and NICs.
inline NodeTopology machine(int compute_capability, int gpus, int nics) {
  const bool is_hopper = compute_capability >= 90;
  NodeSpec node;
  node.gpu.compute_capability = compute_capability;
  node.gpus = gpus;
  node.nics = nics;
  node.nvlink.links_per_gpu = is_hopper ? 18 : 12;
  node.nic.bandwidth = sim::gigabytes_per_second(is_hopper ? 50 : 25);
  node.pcie_bandwidth = node.nic.bandwidth;
  node.cpu = is_hopper ? CpuVendor::intel : CpuVendor::amd;
  return read_nccl_topology(nccl_topology(node), "machine.xml");
}

inline std::vector<int> all_gpus(const NodeTopology& node) {
  std::vector<int> gpus(node.gpus.size());
  std::iota(gpus.begin(), gpus.end(), 0);
  return gpus;
}

/// Fewer than NCCL tries, so that a search can be followed by hand.
inline std::vector<NcclSearchSpeeds> few_speeds() {
  const auto speeds = [](std::initializer_list<double> gigabytes) {
    std::vector<sim::BytesPerSecond> found;
    for (const double speed : gigabytes) found.push_back(sim::gigabytes_per_second(speed));
    return found;
  };
  return {{.compute_capability = 80,
           .nvlink_link = sim::gigabytes_per_second(20),
           .intra = speeds({40, 20, 12, 10, 6}),
           .inter = speeds({48, 24, 20, 12, 10, 6})},
          {.compute_capability = 90,
           .nvlink_link = sim::gigabytes_per_second(20.6),
           .intra = speeds({60, 40, 30, 20, 10}),
           .inter = speeds({48, 40, 24, 20, 10})}};
}

}  // namespace orrery::topology::test
