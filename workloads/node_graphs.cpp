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

NodeGraphs::NodeGraphs(const topology::Cluster& cluster, const NcclConstants& nccl, topology::CrossNic cross_nic)
    : spec_{.pxn = nccl.pxn ? topology::Pxn::as_it_pays : topology::Pxn::never,
            .alternating_rings = nccl.alternating_rings,
            .collnet = cluster.spec().fabric.sharp,
            .cross_nic = cross_nic,
            .speeds = nccl.search} {
  for (int group = 0; group < topology::groups(cluster.spec()); ++group) {
    topology::NodeSpec node = topology::node_of_group(cluster.spec(), group);
    node.nic.bandwidth = std::min(node.nic.bandwidth, topology::fabric_link(cluster.spec()));  // as NCCL reads the port's rate
    kinds_.push_back({.wiring = topology::read_nccl_topology(topology::nccl_topology(node), node.name),
                      .compute_capability = node.gpu.compute_capability,
                      .cpu = node.cpu,
                      .entries = {}});
  }
}

sim::BytesPerSecond NodeGraphs::nvlink_bandwidth(int group) const {
  const topology::NodeTopology& wiring = kinds_[static_cast<std::size_t>(group)].wiring;
  return topology::nvlink_bandwidth(wiring, wiring.gpus.front());
}

const NodeGraphs::Entry& NodeGraphs::of(int group, std::span<const int> gpus, Reach reach) const {
  Kind& kind = kinds_[static_cast<std::size_t>(group)];
  auto& known = kind.entries[static_cast<std::size_t>(reach)];
  const std::vector<int> key(gpus.begin(), gpus.end());
  if (const auto place = known.find(key); place != known.end()) return place->second;
  Entry entry;
  topology::NcclSearchSpec spec = spec_;
  spec.several_nodes = reach == Reach::nodes;
  entry.graphs = topology::find_nccl_graphs(kind.wiring, gpus, spec);
  entry.thread_blocks = topology::nccl_channels(entry.graphs, kind.compute_capability, spec);
  entry.compute_capability = kind.compute_capability;
  entry.cpu = kind.cpu;
  for (std::size_t graph = 0; graph < entry.first_alike.size(); ++graph) {
    entry.first_alike[graph] = first_alike_channels(graph_of(entry.graphs, static_cast<GraphKind>(graph)).channels);
    for (int channel = 0; channel < std::ssize(entry.first_alike[graph]); ++channel) {
      if (entry.first_alike[graph][static_cast<std::size_t>(channel)] == channel) entry.distinct[graph].push_back(channel);
    }
  }
  return known.emplace(key, std::move(entry)).first->second;
}

}  // namespace orrery::workloads
