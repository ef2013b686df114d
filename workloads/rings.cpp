#include "workloads/rings.h"

#include <algorithm>

#include "sim/error.h"

namespace orrery::workloads {

using topology::GpuId;

namespace {

/// Broadcast leaves out the edge into the root, reduce the one out of it.
bool edge_is_used(sim::CollectiveKind kind, GpuId from, GpuId to, GpuId root) {
  if (kind == sim::CollectiveKind::broadcast) return to != root;
  if (kind == sim::CollectiveKind::reduce) return from != root;
  return true;
}

}  // namespace

Rings::Rings(const topology::Cluster& cluster, std::span<const GpuId> members) : cluster_(&cluster), root_(members.front()) {
  group_by_node(members);
  if (nodes_.size() > 1) find_nic_owners();
}

void Rings::group_by_node(std::span<const GpuId> members) {
  struct Member {
    int node;
    std::uint32_t rank;
  };
  std::vector<Member> ranks;
  ranks.reserve(members.size());
  for (const GpuId gpu : members) ranks.push_back({cluster_->node_of(gpu), static_cast<std::uint32_t>(ranks.size())});
  const auto by_node = [](const Member& a, const Member& b) { return a.node != b.node ? a.node < b.node : a.rank < b.rank; };
  const bool in_order = std::is_sorted(ranks.begin(), ranks.end(), by_node);
  if (!in_order) std::sort(ranks.begin(), ranks.end(), by_node);
  std::vector<std::span<const Member>> runs;
  for (std::size_t begin = 0, end = 0; begin < ranks.size(); begin = end) {
    while (end < ranks.size() && ranks[end].node == ranks[begin].node) ++end;
    runs.push_back(std::span(ranks).subspan(begin, end - begin));
  }
  if (!in_order) std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.front().rank < b.front().rank; });
  gpus_.reserve(members.size());
  nodes_.reserve(runs.size());
  for (const auto& run : runs) {
    Node& node = nodes_.emplace_back(Node{.begin = static_cast<std::uint32_t>(gpus_.size())});
    for (const Member& member : run) gpus_.push_back(members[member.rank]);
    node.end = static_cast<std::uint32_t>(gpus_.size());
  }
}

void Rings::find_nic_owners() {
  std::vector<std::size_t> owned_by(static_cast<std::size_t>(cluster_->node().nics), 0);  // the last node, from 1, that has the NIC
  nics_ = cluster_->node().nics;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    nodes_[n].first_owner = static_cast<std::uint32_t>(owners_.size());
    for (std::uint32_t i = 0; i < nodes_[n].size(); ++i) {
      std::size_t& owner = owned_by[static_cast<std::size_t>(cluster_->rail_of(gpus_[nodes_[n].begin + i]))];
      if (owner != n + 1) owners_.push_back(i);
      owner = n + 1;
    }
    nics_ = std::min(nics_, static_cast<int>(owners_.size() - nodes_[n].first_owner));
  }
}

bool Rings::nics_are_near() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& node) {
    const std::span<const GpuId> gpus = std::span(gpus_).subspan(node.begin, node.size());
    if (gpus.size() == 1) return true;
    return std::all_of(gpus.begin(), gpus.end(), [&](GpuId gpu) {
      const int partner = cluster_->local_index(gpu) ^ 1;
      return std::any_of(gpus.begin(), gpus.end(), [&](GpuId other) { return cluster_->local_index(other) == partner; });
    });
  });
}

/// Of a node's part of a ring: it begins at a GPU beside the ring's NIC and, going down from even positions and up from odd ones, ends
/// beside it too (always up where their number is odd, so that no two rings end at one GPU).
GpuId Rings::at(const Node& node, int ring, std::uint32_t position) const {
  if (nodes_.size() == 1) return gpus_[position];
  const std::uint32_t first = owners_[node.first_owner + static_cast<std::uint32_t>(ring)];
  const bool down = first % 2 == 0 && node.size() % 2 == 0;
  return gpus_[node.begin + (down ? first + node.size() - position : first + position) % node.size()];
}

/// Out of a node: by the NIC that the ring came in by where the next node's part begins beside it too, else by the last GPU's own.
Edge Rings::exit(GpuId entry, GpuId from, GpuId to, std::uint64_t flow) const {
  Edge edge{.from = from, .to = to, .flow = flow};
  const int rail = cluster_->rail_of(entry);
  if (nodes_.size() > 1 && cluster_->rail_of(to) == rail) edge.rails = {rail, rail};
  return edge;
}

void Rings::append_edges(sim::CollectiveKind kind, int rings, std::vector<Edge>& edges) const {
  if (gpus_.size() < 2) return;
  const auto add = [&](const Edge& edge) {
    if (edge_is_used(kind, edge.from, edge.to, root_)) edges.push_back(edge);
  };
  for (int ring = 0; ring < rings; ++ring) {
    const auto flow = static_cast<std::uint64_t>(ring);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const GpuId entry = at(nodes_[n], ring, 0);
      GpuId from = entry;
      for (std::uint32_t i = 1; i < nodes_[n].size(); ++i) {
        const GpuId to = at(nodes_[n], ring, i);
        add({.from = from, .to = to, .flow = flow});
        from = to;
      }
      add(exit(entry, from, at(nodes_[(n + 1) % nodes_.size()], ring, 0), flow));
    }
  }
}

}  // namespace orrery::workloads
