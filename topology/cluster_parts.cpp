#include "topology/cluster_parts.h"

namespace orrery::topology {

PartsInUse parts_in_use(const Cluster& cluster) {
  return {.radix = cluster.spec().fabric.switch_radix.value_or(0), .link = cluster.node().nic.bandwidth};
}

BillSpec bill_spec(const Cluster& cluster) {
  const PartsInUse parts = parts_in_use(cluster);
  return {.radix = parts.radix,
          .link = parts.link,
          .switch_name = cluster.node().fabric_switch.name,
          .nic_name = cluster.node().nic.name,
          .gpus = cluster.gpus()};
}

sim::BytesPerSecond rate_of_half_the_nodes(const Cluster& cluster) {
  const int half = cluster.spec().nodes / 2;
  return cluster.node().nic.bandwidth * cluster.node().nics * half;
}

}  // namespace orrery::topology
