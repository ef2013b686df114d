#include "topology/bisection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "topology/fat_tree_shape.h"
#include "topology/max_flow.h"

namespace orrery::topology {
namespace {

struct Partition {
  std::string name;
  std::vector<bool> is_first;
};

Partition runs(int nodes, int width) {
  std::vector<bool> is_first(static_cast<std::size_t>(nodes));
  for (int node = 0; node < nodes; ++node) is_first[static_cast<std::size_t>(node)] = node / width % 2 == 0;
  const bool is_halves = width >= nodes - width;
  return {is_halves ? "halves" : fmt::format("runs of {} {}", width, width == 1 ? "node" : "nodes"), std::move(is_first)};
}

Partition drawn(int nodes, int number, std::uint64_t seed) {
  std::vector<int> order(static_cast<std::size_t>(nodes));
  std::iota(order.begin(), order.end(), 0);
  std::uint64_t state = mixed(seed) + static_cast<std::uint64_t>(number);
  for (std::size_t i = order.size(); i > 1; --i) {
    state = mixed(state);
    std::swap(order[i - 1], order[state % i]);
  }
  Partition partition{fmt::format("random {}", number), std::vector<bool>(static_cast<std::size_t>(nodes), false)};
  for (std::size_t i = 0; i < order.size() / 2; ++i) partition.is_first[static_cast<std::size_t>(order[i])] = true;
  return partition;
}

/// Each once, but for swapped sides of an even number of nodes.
std::vector<Partition> all_partitions(int nodes) {
  std::vector<Partition> all;
  for (std::uint32_t set = 1; set < 1U << static_cast<unsigned>(nodes); ++set) {
    if (std::popcount(set) != nodes / 2 || (nodes % 2 == 0 && (set & 1U) == 0)) continue;
    std::vector<int> members;
    std::vector<bool> is_first(static_cast<std::size_t>(nodes), false);
    for (int node = 0; node < nodes; ++node) {
      if ((set >> static_cast<unsigned>(node) & 1U) == 0) continue;
      members.push_back(node);
      is_first[static_cast<std::size_t>(node)] = true;
    }
    all.push_back({fmt::format("nodes {}", fmt::join(members, " ")), std::move(is_first)});
  }
  return all;
}

std::vector<Partition> some_partitions(int nodes, const BisectionLimits& limits) {
  std::vector<Partition> some;
  for (int width = 1; width < (nodes + 1) / 2; ++width) {
    const int rest = nodes % (2 * width);  // after as many runs on either side
    if (rest <= 1 || rest == 2 * width - 1) some.push_back(runs(nodes, width));
  }
  for (int number = 0; number < limits.random_partitions; ++number) some.push_back(drawn(nodes, number, limits.seed));
  return some;
}

/// What the NICs of those nodes send whose live cables are the slowest; a shape that is not uniform gives slow ones a rate of their own.
double slower_half(const Fabric& fabric, sim::BytesPerSecond link) {
  std::vector<double> rates(static_cast<std::size_t>(fabric.nodes()), 0);
  for (std::uint32_t nic = 0; nic < fabric.ports(); ++nic) {
    const LinkId out = fabric.out_link(VertexId{nic}, 0);
    const double own = fabric.shape().bandwidth(cable_of(out)).value;
    if (fabric.alive(out)) rates[static_cast<std::size_t>(fabric.shape().port(VertexId{nic}).node)] += own > 0 ? own : link.value;
  }
  std::sort(rates.begin(), rates.end());
  return std::accumulate(rates.begin(), rates.begin() + fabric.nodes() / 2, 0.0);
}

Bisection of_tree(const Fabric& fabric, sim::BytesPerSecond link) {
  std::vector<std::int64_t> live(static_cast<std::size_t>(fabric.levels()));
  for (int layer = 0; layer < fabric.levels(); ++layer) live[static_cast<std::size_t>(layer)] = fabric.cables(layer);
  for (std::uint32_t cable = 0; fabric.any_dead() && cable < fabric.shape().cables(); ++cable) {
    if (!fabric.alive(LinkId{2 * cable})) --live[static_cast<std::size_t>(fabric.shape().layer(cable))];
  }
  live[0] = std::min(live[0], std::int64_t{fabric.nodes() / 2} * 2 * fabric.rails());
  double cables = static_cast<double>(*std::min_element(live.begin(), live.end())) / 2;
  if (!fabric.shape().is_uniform()) cables = std::min(cables, slower_half(fabric, link) / link.value);
  return {.meaning = BisectionMeaning::closed_form,
          .halves = link * cables,
          .least = link * cables,
          .least_partition = "halves",
          .partitions = 0};
}

}  // namespace

sim::BytesPerSecond bandwidth_between(const SwitchGraph& live, const std::vector<bool>& is_first) {
  const std::uint32_t source = live.switches();
  const std::uint32_t sink = source + 1;
  std::vector<std::int64_t> in(live.switches(), 0);
  std::vector<std::int64_t> out(live.switches(), 0);
  for (const NicGroup& group : live.groups()) {
    for (const std::uint32_t port : group.ports) {
      auto& side = is_first[static_cast<std::size_t>(live.node_of(port))] ? in : out;
      for (const NicGroup::Cable& cable : group.cables) side[cable.to_switch] += cable.capacity;
    }
  }
  FlowNetwork flows(sink + 1);
  for (std::uint32_t from = 0; from < live.switches(); ++from) {
    if (in[from] > 0) flows.join(source, from, in[from], 0);
    if (out[from] > 0) flows.join(from, sink, out[from], 0);
    const auto [first, last] = out_edges(from, live.network());
    for (auto arc = first; arc != last; ++arc) {
      const std::uint32_t to = target(*arc, live.network());
      const std::int64_t capacity = live.network()[*arc].capacity;
      if (from < to) flows.join(from, to, capacity, capacity);
    }
  }
  return {static_cast<double>(flows.max_flow(source, sink))};
}

std::optional<Bisection> bisection(const Fabric& fabric, const SwitchGraph& live, sim::BytesPerSecond link, const BisectionLimits& limits) {
  const int nodes = live.nodes();
  if (nodes < 2) return std::nullopt;
  if (live.arcs() > limits.most_arcs) {
    if (dynamic_cast<const FatTreeShape*>(&fabric.shape()) == nullptr) return std::nullopt;
    return of_tree(fabric, link);
  }
  Bisection found;
  found.halves = bandwidth_between(live, runs(nodes, (nodes + 1) / 2).is_first);
  found.least = found.halves;
  found.least_partition = "halves";
  found.partitions = 1;
  const bool is_whole = nodes <= nodes_tried_whole;
  found.meaning = is_whole ? BisectionMeaning::minimum : BisectionMeaning::upper_bound;
  for (const Partition& partition : is_whole ? all_partitions(nodes) : some_partitions(nodes, limits)) {
    const sim::BytesPerSecond bandwidth = bandwidth_between(live, partition.is_first);
    ++found.partitions;
    if (bandwidth < found.least) {
      found.least = bandwidth;
      found.least_partition = partition.name;
    }
  }
  return found;
}

}  // namespace orrery::topology
