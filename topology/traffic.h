// Traffic patterns: who sends to whom over a fabric, and how much of it.
//
//     const Traffic traffic = permutation_traffic(fabric.shape(), 1);
//     throughput(fabric, traffic).mean                   // topology/throughput.h
//
// Patterns go by the ports' places in leaf order: by the switch that their first cable leads to, then by node and rail. On a
// rail-optimised fat-tree that is rail after rail, on most others node after node. Where nothing joins the rails (planes, rail-only) each
// rail has the pattern for itself, over its own ports. A pattern of one port is none: sim::Error (bad input, no place).
//
// The pattern that is hardest on most fabrics is in topology/longest_matching.h.
//
// Random numbers are those of sim/random.h: a seed gives the same traffic everywhere. Costs 24 bytes a demand.
// Leaves out: traffic within nodes (ports of one node count as any two), and when it is sent.
#pragma once

#include <cstdint>
#include <vector>

#include "topology/shape.h"

namespace orrery::topology {

/// What a port sends to another. Weights count relative to each other: of a port's demands its NIC's rate goes to each in proportion, and
/// so does a full link's among those that cross it.
struct Demand {
  Port from;
  Port to;
  std::uint32_t weight = 1;
  bool operator==(const Demand&) const = default;
};
using Traffic = std::vector<Demand>;

/// The switch that a port's first cable leads to; itself where it has none.
VertexId leaf_of(const Shape& shape, Port port);

/// The ports that send to each other, in leaf order: one list, or one a rail where nothing joins rails.
std::vector<std::vector<Port>> ports_in_leaf_order(const Shape& shape);

/// Of patterns that are sums of shifts: how many demands they may have. What has more takes as many shifts as fit (at least one), drawn
/// without repetition.
struct ShiftSample {
  std::int64_t most_demands = 1 << 20;
  std::uint64_t seed = 0;
};

/// Every port to every other.
Traffic uniform_traffic(const Shape& shape, const ShiftSample& sample = {});
/// Every port to one other and from one other: each such permutation is as likely.
Traffic permutation_traffic(const Shape& shape, std::uint64_t seed);
/// Every port to the one so many places on, round the end. Throws sim::Error where that is itself.
Traffic shift_traffic(const Shape& shape, std::int64_t places);
/// Place i to place N - 1 - i, which for a power of two is i with every bit turned. Of an odd number of ports the middle one is silent.
Traffic complement_traffic(const Shape& shape);
/// Place i to i with its bits in reverse order, among the largest power of two of the ports. The others and palindromes are silent.
Traffic reversal_traffic(const Shape& shape);
/// Places as a square matrix in rows: (row, column) to (column, row), in the largest square that the ports fill. For an even power of two
/// that swaps the halves of i's bits. The others and the diagonal are silent.
Traffic transpose_traffic(const Shape& shape);

struct Hotspot {
  int node = 0;
  int percent = 10;  // of what every other node sends; 1 to 100
};
/// Of what each port of another node sends, so much to the hot node's port of its rail, and the rest as uniform_traffic, which meets the
/// hot node too. Ports of the hot node send as uniform_traffic alone; at 100 percent nothing.
Traffic hotspot_traffic(const Shape& shape, const Hotspot& hotspot, const ShiftSample& sample = {});

/// Every node to every other, each of its ports to the port of the same rail: an all-to-all as NCCL plays it over rails. Shifts are of
/// nodes.
Traffic all_to_all_traffic(const Shape& shape, const ShiftSample& sample = {});

}  // namespace orrery::topology
