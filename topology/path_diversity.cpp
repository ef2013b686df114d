#include "topology/path_diversity.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "topology/max_flow.h"

namespace orrery::topology {
namespace {

FlowNetwork unit_network(const SwitchGraph& live) {
  FlowNetwork flows(live.switches());
  for (std::uint32_t from = 0; from < live.switches(); ++from) {
    const auto [first, last] = out_edges(from, live.network());
    for (auto arc = first; arc != last; ++arc) {
      const std::uint32_t to = target(*arc, live.network());
      const std::int64_t cables = live.network()[*arc].cables;
      if (from < to) flows.join(from, to, cables, cables);
    }
  }
  return flows;
}

/// All of them where they are few enough; else drawn, one may come twice.
std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs_of(const std::vector<std::uint32_t>& leaves, std::int64_t most,
                                                              std::uint64_t seed) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  const std::int64_t count = std::ssize(leaves);
  if (count * (count - 1) / 2 <= most) {
    for (std::size_t a = 0; a < leaves.size(); ++a) {
      for (std::size_t b = a + 1; b < leaves.size(); ++b) pairs.emplace_back(leaves[a], leaves[b]);
    }
    return pairs;
  }
  std::uint64_t state = mixed(seed);
  while (std::ssize(pairs) < most) {
    state = mixed(state);
    const std::size_t a = state % leaves.size();
    state = mixed(state);
    const std::size_t b = (a + 1 + state % (leaves.size() - 1)) % leaves.size();
    pairs.emplace_back(leaves[std::min(a, b)], leaves[std::max(a, b)]);
  }
  return pairs;
}

}  // namespace

std::int64_t disjoint_ways(const SwitchGraph& live, std::uint32_t from, std::uint32_t to) { return unit_network(live).max_flow(from, to); }

PathDiversity path_diversity(const SwitchGraph& live, const DiversityLimits& limits) {
  PathDiversity found;
  const std::vector<std::uint32_t> leaves = live.leaves();
  found.leaves = std::ssize(leaves);
  found.all_pairs = found.leaves * (found.leaves - 1) / 2;
  if (live.arcs() > limits.most_arcs) return found;
  const std::int64_t affordable = limits.most_steps / std::max<std::int64_t>(1, live.arcs());
  FlowNetwork flows = unit_network(live);
  std::int64_t sum = 0;
  for (const auto& [a, b] : pairs_of(leaves, std::max<std::int64_t>(1, std::min(limits.most_pairs, affordable)), limits.seed)) {
    const std::int64_t ways = flows.max_flow(a, b);
    ++found.pairs;
    sum += ways;
    if (ways == 0) {
      ++found.cut_off;
    } else {
      found.least = found.least == 0 ? ways : std::min(found.least, ways);
    }
  }
  if (found.pairs > found.cut_off) found.mean = static_cast<double>(sum) / static_cast<double>(found.pairs - found.cut_off);
  return found;
}

}  // namespace orrery::topology
