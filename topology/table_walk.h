// Follows forwarding tables over cables: does every address of an adapter answer from every leaf, over how many switches, and how many
// routes share each cable? The static load balance of the routing that a subnet manager really computed.
//
//     hall.tables = read_forwarding(text, "hall.lft").tables;
//     const TableWalk walk = walk_tables(hall);
//     walk.routes_by_switches.at(3);           // 1120 routes leaf - spine - leaf
//     walk.load[cable][from_a];                // routes over survey.cables[cable] from its end a to its end b
//
// Takes leaves x addresses x hops; tables are copied to no other form. Leaves out: routes to switches and aggregation nodes, service
// levels, adaptive routing.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "topology/survey.h"

namespace orrery::topology {

inline constexpr std::size_t from_a = 0;
inline constexpr std::size_t from_b = 1;

/// A route leads from a leaf (a switch with an adapter) to an address of an adapter, of which one with an LMC has several.
struct TableWalk {
  std::map<int, std::int64_t> routes_by_switches;  // the leaves at both ends counted
  std::int64_t unreachable = 0;                    // the leaf or a switch behind it sends the address nowhere
  std::vector<std::array<std::int64_t, 2>> load;   // routes by cable and direction
};

/// Throws sim::Error naming the switches and the LID where a route goes round in a circle, leaves by a port without a cable, comes to a
/// switch without a table or to another adapter than its own; and where there are no tables or no addresses.
TableWalk walk_tables(const Survey& survey);

}  // namespace orrery::topology
