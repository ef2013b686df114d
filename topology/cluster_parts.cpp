#include "topology/cluster_parts.h"

#include <algorithm>
#include <vector>

namespace orrery::topology {

PartsInUse parts_in_use(const Cluster& cluster) {
  return {.radix = cluster.spec().fabric.switch_radix.value_or(0), .link = fabric_link(cluster.spec())};
}

BillSpec bill_spec(const Cluster& cluster) {
  const ClusterSpec& spec = cluster.spec();
  const PartsInUse parts = parts_in_use(cluster);
  BillSpec bill{.radix = parts.radix,
                .link = parts.link,
                .switch_name = node_of_switches(spec).fabric_switch.name,
                .nic_name = node_of_switches(spec).nic.name,
                .gpus = cluster.gpus()};
  for (int group = 0; group < groups(spec) && !spec.others.empty(); ++group) {
    const NodeSpec& node = node_of_group(spec, group);
    const NicsToBuy of_group{node.nic.name, node.nic.bandwidth, std::int64_t{nodes_of_group(spec, group)} * node.nics};
    const auto same = [&](const NicsToBuy& some) { return some.name == of_group.name && some.rate == of_group.rate; };
    const auto known = std::find_if(bill.nics.begin(), bill.nics.end(), same);
    if (known == bill.nics.end()) {
      bill.nics.push_back(of_group);
    } else {
      known->count += of_group.count;
    }
  }
  return bill;
}

sim::BytesPerSecond rate_of_half_the_nodes(const Cluster& cluster) {
  const ClusterSpec& spec = cluster.spec();
  std::vector<NicRun> runs;
  for (int group = 0; group < groups(spec); ++group) {
    runs.push_back({nodes_of_group(spec, group), std::min(node_of_group(spec, group).nic.bandwidth, fabric_link(spec))});
  }
  std::sort(runs.begin(), runs.end(), [](const NicRun& a, const NicRun& b) { return a.rate < b.rate; });
  double sum = 0;
  int left = cluster.nodes() / 2;
  for (const NicRun& run : runs) {
    const int taken = std::min(left, run.nodes);
    sum += (run.rate * spec.node.nics * taken).value;
    left -= taken;
  }
  return {sum};
}

}  // namespace orrery::topology
