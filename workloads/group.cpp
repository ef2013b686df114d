#include "workloads/group.h"

#include <algorithm>

namespace orrery::workloads {

using topology::GpuId;

namespace {

// A member's node and rank.
struct Seat {
  int node = 0;
  std::uint32_t rank = 0;
};

}  // namespace

Group::Group(const topology::Cluster& cluster, const NodeGraphs& found, std::span<const GpuId> members, Pxn pxn)
    : cluster_(&cluster), members_(members), pxn_(pxn) {
  std::vector<Seat> seats;
  seats.reserve(members.size());
  for (const GpuId gpu : members) seats.push_back({cluster.node_of(gpu), static_cast<std::uint32_t>(seats.size())});
  const auto by_node = [](const Seat& a, const Seat& b) { return a.node != b.node ? a.node < b.node : a.rank < b.rank; };
  if (!std::is_sorted(seats.begin(), seats.end(), by_node)) std::sort(seats.begin(), seats.end(), by_node);
  const auto reach = seats.front().node == seats.back().node ? NodeGraphs::Reach::node : NodeGraphs::Reach::nodes;
  std::vector<std::uint32_t> first_ranks;
  std::vector<int> gpus;
  for (std::size_t begin = 0, end = 0; begin < seats.size(); begin = end) {
    gpus.clear();
    for (; end < seats.size() && seats[end].node == seats[begin].node; ++end) gpus.push_back(cluster.local_index(members[seats[end].rank]));
    std::sort(gpus.begin(), gpus.end());
    nodes_.push_back({seats[begin].node, &found.of(cluster.group_of(members[seats[begin].rank]), gpus, reach)});
    first_ranks.push_back(seats[begin].rank);
  }
  nodes_are_alike_ = std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.graphs == nodes_.front().graphs; });
  if (std::is_sorted(first_ranks.begin(), first_ranks.end())) return;
  std::vector<std::size_t> order(nodes_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return first_ranks[a] < first_ranks[b]; });
  std::vector<Node> ordered;
  ordered.reserve(nodes_.size());
  for (const std::size_t i : order) ordered.push_back(nodes_[i]);
  nodes_ = std::move(ordered);
}

int Group::channels(GraphKind kind) const {
  const auto of = [&](const Node& node) { return graph_of(node.graphs->graphs, kind).channels.size(); };
  std::size_t fewest = of(nodes_.front());
  for (const Node& node : nodes_) fewest = std::min(fewest, of(node));
  return static_cast<int>(fewest);
}

std::vector<int> Group::distinct_channels(GraphKind kind) const {
  if (nodes_are_alike_) return nodes_.front().graphs->distinct[static_cast<std::size_t>(kind)];
  std::vector<int> distinct;
  for (int channel = 0; channel < channels(kind); ++channel) {
    const bool is_known = std::any_of(distinct.begin(), distinct.end(), [&](int other) {
      return std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& node) {
        const std::vector<int>& first = node.graphs->first_alike[static_cast<std::size_t>(kind)];
        return first[static_cast<std::size_t>(channel)] == first[static_cast<std::size_t>(other)];
      });
    });
    if (!is_known) distinct.push_back(channel);
  }
  return distinct;
}

GroupCounts Group::counts() const {
  GroupCounts counts{.ranks = ranks(), .nodes = nodes()};
  for (int kind = 0; kind < graph_kind_count; ++kind) {
    const auto place = static_cast<std::size_t>(kind);
    const std::size_t ways =
        nodes_are_alike_ ? nodes_.front().graphs->distinct[place].size() : distinct_channels(static_cast<GraphKind>(kind)).size();
    counts.ways[place] = static_cast<int>(ways);
  }
  return counts;
}

GpuId Group::Part::gpu(int position) const {
  return GpuId{first_gpu + static_cast<std::uint32_t>(channel->gpus[static_cast<std::size_t>(position)])};
}

Group::Part Group::part(GraphKind kind, int node, int channel) const {
  const Node& where = nodes_[static_cast<std::size_t>(node)];
  const topology::NcclGraph& graph = graph_of(where.graphs->graphs, kind);
  constexpr int to_the_neighbours = 2;
  int own = channel;
  if (kind == GraphKind::ring && graph.cross_nic == to_the_neighbours && node % 2 == 1 &&
      (channel ^ 1) < static_cast<int>(graph.channels.size()))
    own = channel ^ 1;
  return {.channel = &graph.channels[static_cast<std::size_t>(own)],
          .first_gpu = static_cast<std::uint32_t>(where.number * cluster_->node().gpus)};
}

}  // namespace orrery::workloads
