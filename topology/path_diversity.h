// How many ways lead from leaf to leaf that share no cable: so many cables must die before the two are cut off, and one fewer never does it
// (Menger's theorem). A leaf is a switch with a NIC; ways may be of any length and over other leaves.
//
//     const PathDiversity ways = path_diversity(live);
//     ways.least;        // 20: every leaf of a full tree of radix 40 has twenty uplinks
//
// Costs a maximum flow a pair, 1 ms at 30,000 arcs between switches; of many leaves an evenly drawn sample of pairs is taken.
#pragma once

#include <cstdint>

#include "topology/switch_graph.h"

namespace orrery::topology {

struct PathDiversity {
  std::int64_t leaves = 0;
  std::int64_t all_pairs = 0;  // unordered
  std::int64_t pairs = 0;      // looked at; fewer than all_pairs where they were drawn
  std::int64_t cut_off = 0;    // of these: no way at all, as between planes
  std::int64_t least = 0;      // over the others; 0 where there are none
  double mean = 0;             // likewise
};

struct DiversityLimits {
  std::int64_t most_pairs = 200;
  std::uint64_t seed = 1;
  std::int64_t most_steps = 20'000'000;  // arcs times pairs; at least one pair is looked at
  std::int64_t most_arcs = 1'000'000;    // of the network; in larger ones, which would take 200 MB and more, none is
};

PathDiversity path_diversity(const SwitchGraph& live, const DiversityLimits& limits = {});

/// Between two switches, as SwitchGraph numbers them.
std::int64_t disjoint_ways(const SwitchGraph& live, std::uint32_t from, std::uint32_t to);

}  // namespace orrery::topology
