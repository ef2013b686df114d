#include "topology/distances.h"

#include <algorithm>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/strong_components.hpp>
#include <limits>
#include <set>
#include <vector>

#include "sim/error.h"
#include "topology/fat_tree_shape.h"

namespace orrery::topology {
namespace {

constexpr int unreached = std::numeric_limits<int>::max();

Distances summed(Distances found) {
  std::int64_t pairs = 0;
  std::int64_t hops = 0;
  std::erase_if(found.pairs_by_hops, [](const auto& entry) { return entry.second == 0; });
  for (const auto& [length, count] : found.pairs_by_hops) {
    pairs += count;
    hops += length * count;
  }
  if (pairs > 0) {
    found.diameter = found.pairs_by_hops.rbegin()->first;
    found.mean_hops = static_cast<double>(hops) / static_cast<double>(pairs);
  }
  return found;
}

/// Pairs of ports that meet at a level are those within its blocks, less those within the blocks below.
Distances of_intact_tree(const FatTree& tree) {
  Distances found{.method = DistanceMethod::arithmetic, .pairs_by_hops = {}, .diameter = 0, .mean_hops = 0};
  const auto pairs_within = [](const std::vector<std::int64_t>& ports) {
    std::int64_t pairs = 0;
    for (const std::int64_t count : ports) pairs += count * (count - 1);
    return pairs;
  };
  std::vector<std::int64_t> below(static_cast<std::size_t>(tree.at[0].lanes) * static_cast<std::size_t>(tree.at[0].blocks), 1);
  for (int l = 1; l <= tree.levels; ++l) {
    const FatTreeLevel& level = tree.at[l];
    std::vector<std::int64_t> ports(static_cast<std::size_t>(level.lanes) * static_cast<std::size_t>(level.blocks), 0);
    const int children = tree.at[l - 1].blocks;
    for (std::size_t child = 0; child < below.size(); ++child) {
      const Block block{static_cast<int>(child) / children, static_cast<int>(child) % children};
      const Block above = tree.parent(l, block).block;
      ports[static_cast<std::size_t>(above.lane) * static_cast<std::size_t>(level.blocks) + static_cast<std::size_t>(above.index)] +=
          below[child];
    }
    found.pairs_by_hops[2 * l] = pairs_within(ports) - pairs_within(below);
    below = std::move(ports);
  }
  return summed(std::move(found));
}

/// Links from each of the group's switches, or the nearest of them, to every switch.
void search_from(const NicGroup& group, const SwitchGraph::Network& network, std::vector<int>& hops) {
  hops.assign(num_vertices(network), unreached);
  std::vector<std::uint32_t> sources;
  for (const NicGroup::Cable& cable : group.cables) {
    hops[cable.to_switch] = 0;
    sources.push_back(cable.to_switch);
  }
  const auto numbers = get(boost::vertex_index, network);
  auto colours = boost::make_two_bit_color_map(num_vertices(network), numbers);
  boost::queue<std::uint32_t> queue;
  const auto visitor = boost::make_bfs_visitor(boost::record_distances(hops.data(), boost::on_tree_edge()));
  boost::breadth_first_visit(network, sources.begin(), sources.end(), queue, visitor, colours);
}

}  // namespace

Distances searched_distances(const SwitchGraph& live, std::int64_t most_steps) {
  Distances found;
  const auto& groups = live.groups();
  const std::int64_t steps_each = std::max<std::int64_t>(1, std::int64_t{live.arcs()} + live.switches() + std::ssize(groups));
  const std::int64_t sources = std::min<std::int64_t>(std::ssize(groups), std::max<std::int64_t>(1, most_steps / steps_each));
  if (sources < std::ssize(groups)) found.method = DistanceMethod::sampled;
  std::vector<int> hops;
  for (std::int64_t i = 0; i < sources; ++i) {
    const NicGroup& from = groups[static_cast<std::size_t>(i * std::ssize(groups) / sources)];
    if (from.cables.empty()) continue;
    search_from(from, live.network(), hops);
    for (const NicGroup& to : groups) {
      int least = unreached;
      for (const NicGroup::Cable& cable : to.cables) least = std::min(least, hops[cable.to_switch]);
      if (least == unreached) continue;
      const std::int64_t others = std::ssize(to.ports) - (&to == &from ? 1 : 0);
      found.pairs_by_hops[least + 2] += std::ssize(from.ports) * others;
    }
  }
  return summed(std::move(found));
}

Distances distances(const Fabric& fabric, const SwitchGraph& live, std::int64_t most_steps) {
  const auto* tree = dynamic_cast<const FatTreeShape*>(&fabric.shape());
  if (tree != nullptr && !fabric.any_dead()) return of_intact_tree(tree->tree());
  return searched_distances(live, most_steps);
}

std::vector<std::uint32_t> pieces_of_switches(const SwitchGraph& live) {
  std::vector<std::uint32_t> numbers(live.switches());
  // Every cable is an arc each way, so that parts that hang together do so strongly.
  const auto vertices = get(boost::vertex_index, live.network());
  boost::strong_components(live.network(), boost::make_iterator_property_map(numbers.begin(), vertices));
  return numbers;
}

Pieces pieces(const SwitchGraph& live) {
  const std::vector<std::uint32_t> piece_of = pieces_of_switches(live);
  // Ports by the pieces that they have a cable into: several on planes that meet in NICs alone.
  Pieces found;
  std::map<std::set<std::uint32_t>, std::int64_t> ports_by_pieces;
  std::map<std::uint32_t, std::int64_t> ports_in_piece;
  for (const NicGroup& group : live.groups()) {
    std::set<std::uint32_t> own;
    for (const NicGroup::Cable& cable : group.cables) own.insert(piece_of[cable.to_switch]);
    for (const std::uint32_t piece : own) ports_in_piece[piece] += std::ssize(group.ports);
    ports_by_pieces[own] += std::ssize(group.ports);
  }
  for (const auto& [piece, ports] : ports_in_piece) found.largest_ports = std::max(found.largest_ports, ports);
  found.pieces = std::ssize(ports_in_piece);
  const auto meet = [](const std::set<std::uint32_t>& a, const std::set<std::uint32_t>& b) {
    return std::any_of(a.begin(), a.end(), [&](std::uint32_t piece) { return b.contains(piece); });
  };
  for (auto a = ports_by_pieces.begin(); a != ports_by_pieces.end(); ++a) {
    if (a->first.empty()) {
      found.pieces += a->second;
      found.largest_ports = std::max<std::int64_t>(found.largest_ports, 1);
      found.cut_off_pairs += a->second * (a->second - 1) / 2;
    }
    for (auto b = std::next(a); b != ports_by_pieces.end(); ++b) {
      if (!meet(a->first, b->first)) found.cut_off_pairs += a->second * b->second;
    }
  }
  return found;
}

}  // namespace orrery::topology
