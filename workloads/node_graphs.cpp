#include "workloads/node_graphs.h"

#include <algorithm>

#include "sim/error.h"
#include "topology/export_nccl_topology.h"
#include "topology/import_nccl_topology.h"

namespace orrery::workloads {

const topology::NcclGraph& graph_of(const topology::NcclGraphs& graphs, GraphKind kind) {
  switch (kind) {
    case GraphKind::ring:
      return graphs.ring;
    case GraphKind::tree:
      return graphs.tree;
    case GraphKind::collnet_chain:
      return graphs.collnet_chain;
    case GraphKind::nvls:
      return graphs.nvls;
    case GraphKind::collnet_direct:
      break;
  }
  return graphs.collnet_direct;
}

namespace {

std::vector<int> first_alike_channels(const std::vector<topology::NcclChannel>& channels) {
  std::vector<int> first;
  for (const topology::NcclChannel& channel : channels) {
    first.push_back(static_cast<int>(std::find(channels.begin(), channels.end(), channel) - channels.begin()));
  }
  return first;
}

}  // namespace

NodeGraphs::NodeGraphs(const topology::Cluster& cluster, const NcclConstants& nccl)
    : node_(topology::read_nccl_topology(topology::nccl_topology(cluster.node()), cluster.node().name)),
      spec_{.collnet = cluster.spec().fabric.sharp, .speeds = nccl.search},
      compute_capability_(cluster.node().gpu.compute_capability) {}

sim::BytesPerSecond NodeGraphs::nvlink_bandwidth() const { return topology::nvlink_bandwidth(node_, node_.gpus.front()); }

const NodeGraphs::Entry& NodeGraphs::of(std::span<const int> gpus, Reach reach) const {
  auto& known = entries_[static_cast<std::size_t>(reach)];
  const std::vector<int> key(gpus.begin(), gpus.end());
  if (const auto place = known.find(key); place != known.end()) return place->second;
  Entry entry;
  topology::NcclSearchSpec spec = spec_;
  spec.several_nodes = reach == Reach::nodes;
  entry.graphs = topology::find_nccl_graphs(node_, gpus, spec);
  entry.thread_blocks = topology::nccl_channels(entry.graphs, compute_capability_, spec);
  for (int kind = 0; kind < graph_kind_count; ++kind) {
    entry.first_alike[static_cast<std::size_t>(kind)] = first_alike_channels(graph_of(entry.graphs, static_cast<GraphKind>(kind)).channels);
  }
  return known.emplace(key, std::move(entry)).first->second;
}

}  // namespace orrery::workloads
