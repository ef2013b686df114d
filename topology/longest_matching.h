// The longest matching: every port sends to one other and receives from one other, and all of them together as far away as can be. Jyothi,
// Singla, Godfrey and Kolla ("Measuring and Understanding Throughput of Network Topologies", SC 2016) found it the hardest pattern, or near
// to it, on most topologies: the more links a flow takes, the less is left for others.
//
//     const LongestMatching worst = longest_matching(fabric);
//     throughput(fabric, worst.traffic).mean
//
// Ports of one leaf are alike, so leaves are matched, as many times as they have ports: exactly, by successive shortest augmenting paths
// (the Hungarian algorithm, with counts), where there are at most `most_leaves`; above that greedily, leaf after leaf with the farthest
// that has ports left. L leaves cost O(L^3) and 8 L^2 bytes exactly (512 of a torus: a twentieth of a second), O(L^2) questions for a
// distance greedily.
#pragma once

#include "topology/fabric.h"
#include "topology/traffic.h"

namespace orrery::topology {

struct LongestMatching {
  Traffic traffic;
  bool exact = true;
  std::int64_t hops = 0;  // links of all ways together
};

/// Distances are those of shortest ways over live links; throws sim::Error where ports are cut off. Each rail by itself where nothing joins
/// them. Greedily, a port alone on the last leaf may be left without a partner and is then silent.
LongestMatching longest_matching(const Fabric& fabric, int most_leaves = 512);

}  // namespace orrery::topology
