// Bisection bandwidth: what one half of the nodes can send to the other at once, over whatever ways there are.
//
//     const Bisection thin = bisection(fabric, live);
//     thin.halves;      // first half of the nodes against the second
//     thin.least;       // the thinnest partition that was tried
//
// For a given partition the number is exact: a maximum flow between the two sets of NICs over all live links at nominal rate, which no
// routing beats and an ideal one reaches. NICs count: no half sends more than they do. Over all balanced partitions the minimum is NP-hard
// to find. Up to `nodes_tried_whole` nodes all are tried, and `least` is the minimum. Above that it is an upper bound on the minimum: the
// least of stripes (nodes in runs of w, every other run to either side, for every w that balances: halves, every other node, and slabs of
// grids whose sides divide the machine) and of `random_partitions` drawn with the seed.
// Where the search would be too long, a fat-tree gets its closed form, half of the cables of its thinnest layer: the paper
// bisection of a tree whose halves are whole blocks; with an oversubscription of o at the leaf NICs x rate / (2 o). Others get none.
//
// Costs a max-flow a partition: 5 ms at 15,000 arcs between switches, 50 ms at 64,000 (16,000 ports), and some twenty partitions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topology/fabric.h"
#include "topology/switch_graph.h"

namespace orrery::topology {

inline constexpr int nodes_tried_whole = 12;

enum class BisectionMeaning : std::uint8_t { minimum, upper_bound, closed_form };

struct Bisection {
  BisectionMeaning meaning = BisectionMeaning::minimum;
  sim::BytesPerSecond halves{};   // a direction
  sim::BytesPerSecond least{};    // likewise
  std::string least_partition{};  // "halves", "runs of 4 nodes", "random 3", "nodes 0 3 5"
  std::int64_t partitions = 0;    // that were tried
};

struct BisectionLimits {
  int random_partitions = 4;
  std::uint64_t seed = 1;
  std::int64_t most_arcs = 300'000;  // of the network; in larger ones no flow is searched
};

/// None for a single node, and where neither search nor closed form answers. Of an odd number of nodes one side has one more.
std::optional<Bisection> bisection(const Fabric& fabric, const SwitchGraph& live, sim::BytesPerSecond link,
                                   const BisectionLimits& limits = {});

/// From the nodes for which `is_first` holds to the others.
sim::BytesPerSecond bandwidth_between(const SwitchGraph& live, const std::vector<bool>& is_first);

}  // namespace orrery::topology
