// What a machine is made of, as plain data: nodes of one kind, or group after group of several (generations side by side in one hall), and
// the fabric that joins them all.
//
//     const ClusterSpec hall{.node = dgx_a100, .nodes = 16, .others = {{.node = dgx_h100, .nodes = 4}}};
//     all_nodes(hall);             // 20: nodes 0 to 15 are DGX A100, 16 to 19 DGX H100
//     node_at(hall, 17).name;      // "dgx-h100"
//
// All groups have as many GPUs and NICs a node as the first, so that numbering stays arithmetic. Cables between switches run at the
// fabric's `link`, by default the rate of the first group's NIC; a NIC's cable at the NIC's own rate, at most `link`. The switches are
// those of the first group whose NIC runs at `link`. Leaves out: nodes with different numbers of GPUs or NICs, and fabrics of two
// generations of switches (an imported one may have both).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/error.h"
#include "topology/fabric_spec.h"
#include "topology/node_spec.h"

namespace orrery::topology {

struct NodeGroup {
  NodeSpec node{};
  int nodes = 1;
};

struct ClusterSpec {
  NodeSpec node{};
  int nodes = 1;  // of that kind
  FabricSpec fabric{};
  std::vector<NodeGroup> others{};
};

/// Groups of nodes: the first, numbered 0, and the others.
inline int groups(const ClusterSpec& spec) { return 1 + static_cast<int>(spec.others.size()); }
const NodeSpec& node_of_group(const ClusterSpec& spec, int group);
/// How many nodes a group has.
int nodes_of_group(const ClusterSpec& spec, int group);
/// The group of a node. Costs a look at every group.
int group_of(const ClusterSpec& spec, int node);
inline const NodeSpec& node_at(const ClusterSpec& spec, int node) { return node_of_group(spec, group_of(spec, node)); }

std::int64_t all_nodes(const ClusterSpec& spec);
std::int64_t all_gpus(const ClusterSpec& spec);

/// Nominal, of cables between switches, a direction.
sim::BytesPerSecond fabric_link(const ClusterSpec& spec);
/// The node whose switches the fabric is built of.
const NodeSpec& node_of_switches(const ClusterSpec& spec);

/// What contradicts itself or does not fit, each placed by JSON pointer into a scenario ("/cluster/fabric/rails"). Empty for a sound
/// machine.
std::vector<sim::Fault> faults(const ClusterSpec& spec);

/// What the nodes and their number say of the fabric.
FabricPorts fabric_ports(const ClusterSpec& spec);

}  // namespace orrery::topology
