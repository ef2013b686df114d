#include "workloads/collective_edges.h"

#include <algorithm>
#include <array>

#include "sim/error.h"
#include "workloads/double_tree.h"
#include "workloads/ring_steps.h"

namespace orrery::workloads {

using sim::CollectiveKind;
using topology::GpuId;

namespace {

[[noreturn]] void refuse_collective(CollectiveKind kind) {
  throw sim::Error({.place = "collective",
                    .what = std::string(sim::name_of(kind)) + " is not done by this algorithm",
                    .remedy = "leave the algorithm open"},
                   sim::ErrorKind::unavailable);
}

class EdgeWriter {
 public:
  EdgeWriter(const Group& group, std::vector<Edge>& edges) : group_(group), edges_(edges) {}

  void ring(CollectiveKind kind);
  void tree();
  void collnet_direct();
  void collnet_chain();
  void nvls(CollectiveKind kind);
  void nvls_tree();
  void pat(CollectiveKind kind);
  void pairs(CollectiveKind kind);

 private:
  using Part = Group::Part;

  void both_ways(Edge edge);
  void down_the_node(const Part& part, std::uint64_t flow, std::uint32_t times);
  void in_network(GraphKind kind, int channel, std::uint64_t flow);
  void between_nodes(GraphKind kind, int channel, std::uint64_t flow);
  void through_the_switch(std::uint32_t a_part);
  void pair(GpuId from, GpuId to);

  const Group& group_;
  std::vector<Edge>& edges_;
};

void EdgeWriter::ring(CollectiveKind kind) {
  if (group_.ranks() < 2) return;
  const GpuId root = group_.members().front();
  const auto add = [&](const Edge& edge) {
    const bool into_root = kind == CollectiveKind::broadcast && edge.to == root;
    const bool out_of_root = kind == CollectiveKind::reduce && edge.from == root;
    if (!into_root && !out_of_root) edges_.push_back(edge);
  };
  for (const int channel : group_.distinct_channels(GraphKind::ring)) {
    const auto flow = static_cast<std::uint64_t>(channel);
    for (int node = 0; node < group_.nodes(); ++node) {
      const Part part = group_.part(GraphKind::ring, node, channel);
      for (int i = 1; i < part.size(); ++i) add({.from = part.gpu(i - 1), .to = part.gpu(i), .flow = flow});
      const Part next = group_.part(GraphKind::ring, (node + 1) % group_.nodes(), channel);
      Edge exit{.from = part.last(), .to = next.first(), .flow = flow};
      if (group_.nodes() > 1) exit.rails = {part.rail_out(), next.rail_in()};
      add(exit);
    }
  }
}

void EdgeWriter::both_ways(Edge edge) {
  edges_.push_back(edge);
  std::swap(edge.from, edge.to);
  if (edge.rails) std::swap(edge.rails->out, edge.rails->in);
  edges_.push_back(edge);
}

void EdgeWriter::down_the_node(const Part& part, std::uint64_t flow, std::uint32_t times) {
  for (int i = 1; i < part.size(); ++i) both_ways({.from = part.gpu(i - 1), .to = part.gpu(i), .flow = flow, .times = times});
}

// Where a tree of nodes meets a node's chain.
struct Joint {
  GpuId gpu{};
  int rail = 0;
};

Joint joint_of(const Group::Part& part, int position) {
  if (position == 0 || part.size() == 1) return {part.first(), part.rail_in()};
  return {part.gpu(1), part.rail_out()};
}

// Which GPU of the chain a child is joined to: the first in a tree, the second in a split tree, one each in a balanced one.
int position_of_child(topology::NcclPattern pattern, std::size_t child) {
  if (pattern == topology::NcclPattern::split_tree) return 1;
  return pattern == topology::NcclPattern::balanced_tree && child == 1 ? 1 : 0;
}

// Up and down the double tree of nodes, an edge a tree, parent, child and direction.
void EdgeWriter::between_nodes(GraphKind kind, int channel, std::uint64_t flow) {
  const std::vector<DoubleTree> places = double_tree(group_.nodes());
  const topology::NcclPattern pattern = graph_of(group_.graphs(0).graphs, kind).pattern;
  for (std::size_t tree = 0; tree < 2; ++tree) {
    for (int node = 0; node < group_.nodes(); ++node) {
      const TreePlace& place = places[static_cast<std::size_t>(node)].trees[tree];
      for (std::size_t c = 0; c < place.children.size(); ++c) {
        if (place.children[c] < 0) continue;
        const Joint below = joint_of(group_.part(kind, place.children[c], channel), 0);
        const Joint above = joint_of(group_.part(kind, node, channel), position_of_child(pattern, c));
        both_ways({.from = below.gpu, .to = above.gpu, .rails = topology::Rails{below.rail, above.rail}, .flow = 2 * flow + tree});
      }
    }
  }
}

void EdgeWriter::tree() {
  const std::uint32_t trees_of_nodes = group_.nodes() > 1 ? 2 : 1;
  for (const int channel : group_.distinct_channels(GraphKind::tree)) {
    const auto flow = static_cast<std::uint64_t>(channel);
    for (int node = 0; node < group_.nodes(); ++node) down_the_node(group_.part(GraphKind::tree, node, channel), flow, trees_of_nodes);
    if (group_.nodes() > 1) between_nodes(GraphKind::tree, channel, flow);
  }
}

void EdgeWriter::in_network(GraphKind kind, int channel, std::uint64_t flow) {
  const Part root = group_.part(kind, 0, channel);
  for (int node = 1; node < group_.nodes(); ++node) {
    const Part part = group_.part(kind, node, channel);
    edges_.push_back({.from = part.first(),
                      .to = root.first(),
                      .rails = topology::Rails{part.rail_in(), root.rail_in()},
                      .flow = flow,
                      .in_network = true});
  }
}

void EdgeWriter::collnet_direct() {
  for (const int channel : group_.distinct_channels(GraphKind::collnet_direct)) {
    const auto flow = static_cast<std::uint64_t>(channel);
    for (int node = 0; node < group_.nodes(); ++node) {
      const Part part = group_.part(GraphKind::collnet_direct, node, channel);
      for (int i = 1; i < part.size(); ++i) both_ways({.from = part.gpu(i), .to = part.first(), .flow = flow});
    }
    in_network(GraphKind::collnet_direct, channel, flow);
  }
}

void EdgeWriter::collnet_chain() {
  for (const int channel : group_.distinct_channels(GraphKind::collnet_chain)) {
    const auto flow = static_cast<std::uint64_t>(channel);
    for (int node = 0; node < group_.nodes(); ++node) down_the_node(group_.part(GraphKind::collnet_chain, node, channel), flow, 1);
    in_network(GraphKind::collnet_chain, channel, flow);
  }
}

// The heads add up and deal out a part each. All-reducing, every GPU's whole buffer goes out to the switch and comes back, and a head gets
// its part's sum and sends it on. Gathering and scattering, all parts but the own come in or go out; they are counted both ways.
void EdgeWriter::through_the_switch(std::uint32_t a_part) {
  const std::vector<int> heads = group_.distinct_channels(GraphKind::nvls);
  const auto parts = static_cast<std::uint32_t>(heads.size()) * a_part;
  for (const GpuId gpu : group_.members()) edges_.push_back({.from = gpu, .to = gpu, .times = parts});
  for (const int channel : heads) {
    for (int node = 0; node < group_.nodes(); ++node) {
      const GpuId head = group_.part(GraphKind::nvls, node, channel).first();
      edges_.push_back({.from = head, .to = head, .times = a_part});
    }
  }
}

void EdgeWriter::nvls(CollectiveKind kind) {
  if (kind == CollectiveKind::all_reduce || kind == CollectiveKind::barrier) {
    through_the_switch(1);
    for (const int channel : group_.distinct_channels(GraphKind::nvls)) {
      in_network(GraphKind::nvls, channel, static_cast<std::uint64_t>(channel));
    }
    return;
  }
  if ((kind != CollectiveKind::all_gather && kind != CollectiveKind::reduce_scatter) || group_.nodes() > 1) refuse_collective(kind);
  const auto others = static_cast<std::uint32_t>(group_.ranks() - 1);
  for (const GpuId gpu : group_.members()) edges_.push_back({.from = gpu, .to = gpu, .times = others});
}

void EdgeWriter::nvls_tree() {
  through_the_switch(2);
  for (const int channel : group_.distinct_channels(GraphKind::nvls))
    between_nodes(GraphKind::nvls, channel, static_cast<std::uint64_t>(channel));
}

void EdgeWriter::pat(CollectiveKind kind) {
  const bool gathers = kind == CollectiveKind::all_gather;
  if (!gathers && kind != CollectiveKind::reduce_scatter) refuse_collective(kind);
  const auto members = group_.members();
  for (std::size_t distance = 1; distance < members.size(); distance *= 2) {
    const auto blocks = static_cast<std::uint32_t>(std::min(distance, members.size() - distance));
    for (std::size_t i = 0; i < members.size(); ++i) {
      const GpuId far = members[(i + distance) % members.size()];
      edges_.push_back({.from = gathers ? members[i] : far, .to = gathers ? far : members[i], .flow = distance, .times = blocks});
    }
  }
}

void EdgeWriter::pair(GpuId from, GpuId to) { edges_.push_back(message_edge(group_.cluster(), from, to, group_.pxn())); }

void EdgeWriter::pairs(CollectiveKind kind) {
  const auto members = group_.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (kind == CollectiveKind::all_to_all) {
      for (std::size_t j = 0; j < members.size(); ++j) {
        if (i != j) pair(members[i], members[j]);
      }
    } else if (i > 0) {
      const bool gathers = kind == CollectiveKind::gather;
      pair(gathers ? members[i] : members[0], gathers ? members[0] : members[i]);
    }
  }
}

}  // namespace

bool is_in_pairs(CollectiveKind kind) {
  return kind == CollectiveKind::all_to_all || kind == CollectiveKind::gather || kind == CollectiveKind::scatter;
}

CollectiveKind kind_of_edges(Algorithm algorithm, CollectiveKind kind) {
  if (kind == CollectiveKind::barrier) return CollectiveKind::all_reduce;
  const bool is_half = kind == CollectiveKind::all_gather || kind == CollectiveKind::reduce_scatter;
  if (is_half && algorithm == Algorithm::ring) return CollectiveKind::all_reduce;
  if (is_half && algorithm == Algorithm::nvls) return CollectiveKind::all_gather;
  return kind;
}

Edge message_edge(const topology::Cluster& cluster, GpuId from, GpuId to, Pxn pxn) {
  Edge edge{.from = from, .to = to};
  const int rail = cluster.rail_of(to);
  if (cluster.node_of(from) != cluster.node_of(to)) edge.rails = {pxn == Pxn::on ? rail : cluster.rail_of(from), rail};
  return edge;
}

void append_collective_edges(const Group& group, Algorithm algorithm, CollectiveKind kind, std::vector<Edge>& edges) {
  EdgeWriter writer(group, edges);
  const bool reduces_all = kind == CollectiveKind::all_reduce || kind == CollectiveKind::barrier;
  if (algorithm == Algorithm::none) return;
  if (is_in_pairs(kind) != (algorithm == Algorithm::point_to_point)) refuse_collective(kind);
  switch (algorithm) {
    case Algorithm::none:
      return;
    case Algorithm::ring:
      return writer.ring(kind);
    case Algorithm::nvls:
      return writer.nvls(kind);
    case Algorithm::pat:
      return writer.pat(kind);
    case Algorithm::point_to_point:
      return writer.pairs(kind);
    case Algorithm::tree:
    case Algorithm::collnet_direct:
    case Algorithm::collnet_chain:
    case Algorithm::nvls_tree:
      break;
  }
  if (!reduces_all) refuse_collective(kind);
  if (algorithm == Algorithm::tree) return writer.tree();
  if (algorithm == Algorithm::collnet_direct) return writer.collnet_direct();
  if (algorithm == Algorithm::collnet_chain) return writer.collnet_chain();
  writer.nvls_tree();
}

double bytes_an_edge(const GroupCounts& group, Algorithm algorithm, CollectiveKind kind) {
  const int trees_of_nodes = group.nodes > 1 ? 2 : 1;
  switch (algorithm) {
    case Algorithm::none:
      break;
    case Algorithm::tree:
      return 1.0 / (group.of(GraphKind::tree) * trees_of_nodes);
    case Algorithm::ring:
      return bytes_per_edge(kind, group.ranks) / group.of(GraphKind::ring);
    case Algorithm::collnet_direct:
      return 1.0 / group.of(GraphKind::collnet_direct);
    case Algorithm::collnet_chain:
      return 1.0 / group.of(GraphKind::collnet_chain);
    case Algorithm::nvls_tree:
      return 1.0 / (2 * group.of(GraphKind::nvls));
    case Algorithm::nvls:
      if (kind == CollectiveKind::all_reduce || kind == CollectiveKind::barrier) return 1.0 / group.of(GraphKind::nvls);
      return 1.0 / group.ranks;
    case Algorithm::pat:
    case Algorithm::point_to_point:
      return 1.0 / group.ranks;
  }
  return 0;
}

}  // namespace orrery::workloads
