// How far NIC ports of a fabric are from each other, and which of them nothing joins. Dead links are no way.
//
//     const Distances far = distances(fabric, live);
//     far.diameter;            // 6 links: NIC, leaf, spine, core and down again
//     far.mean_hops;           // over all pairs of different NIC ports that a way joins
//     pieces(live).cut_off_pairs;
//
// Distances count links, as Fabric::hops does, over shortest ways. NICs do not forward and nodes are no way: on planes, ports of different
// rails are cut off.
//
// Cost: a fat-tree without dead links is counted by arithmetic, 0.1 us a port. Any other by a breadth-first search from every set of
// switches that NICs hang on; past `most_steps` arcs from an evenly spaced sample of these sets, which may miss the diameter.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "topology/fabric.h"
#include "topology/switch_graph.h"

namespace orrery::topology {

enum class DistanceMethod : std::uint8_t { arithmetic, all_searched, sampled };

struct Distances {
  DistanceMethod method = DistanceMethod::all_searched;
  std::map<int, std::int64_t> pairs_by_hops;  // ordered pairs of different NIC ports; where sampled, from those that were
  int diameter = 0;                           // 0 where nothing joins any two
  double mean_hops = 0;
};

inline constexpr std::int64_t most_distance_steps = 300'000'000;  // about 3 s

Distances distances(const Fabric& fabric, const SwitchGraph& live, std::int64_t most_steps = most_distance_steps);

/// By search alone, trees too.
Distances searched_distances(const SwitchGraph& live, std::int64_t most_steps = most_distance_steps);

/// The parts that the switches fall into: planes, or what dead links cut off.
struct Pieces {
  std::int64_t pieces = 0;         // that a NIC has a cable into; a port whose cables are all dead is one by itself
  std::int64_t largest_ports = 0;  // NIC ports with a cable into the largest
  std::int64_t cut_off_pairs = 0;  // unordered pairs of NIC ports that no way joins
};

Pieces pieces(const SwitchGraph& live);

/// A number for every switch, the same for all of a piece.
std::vector<std::uint32_t> pieces_of_switches(const SwitchGraph& live);

}  // namespace orrery::topology
