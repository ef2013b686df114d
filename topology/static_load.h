// How evenly a routing by tables, or by d-mod-k, loads links before any traffic is known: for each link, towards how many NIC ports
// switches send over it, and how many (leaf, NIC port) routes cross it. What OpenSM balances, and the count that topology/walk_tables does
// of imported tables.
//
//     const std::optional<StaticLoad> load = static_load(fabric, live);
//     load->layers[1].up.most_destinations;      // 7 on each link from leaf to spine
//
// A route leads from a leaf to a NIC port of another. Of a NIC with several cables the one counts that its first flow takes.
// Costs a route a leaf and NIC port, some 1 us each: 13 s for 16,000 ports in three levels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topology/fabric.h"
#include "topology/switch_graph.h"

namespace orrery::topology {

/// The live links of one layer in one direction.
struct LinkLoad {
  std::int64_t links = 0;
  std::int64_t unused = 0;             // of these: no route crosses them
  std::int64_t most_destinations = 0;  // of one link
  double mean_destinations = 0;
  std::int64_t most_routes = 0;  // of one link
  double mean_routes = 0;
};

struct StaticLayerLoad {
  std::string name;  // of the layer
  LinkLoad up;       // from the first to the second end of a cable; in trees upwards
  LinkLoad down;     // back
};

struct StaticLoad {
  std::vector<StaticLayerLoad> layers;  // without that of NICs
  std::int64_t routes = 0;
  std::int64_t unreachable = 0;  // (leaf, NIC port) without a route, whether nothing joins them or the routing finds no way
};

inline constexpr std::int64_t most_static_routes = 20'000'000;

/// None where the routing chooses by flow or load, or there would be more than `most_routes`.
std::optional<StaticLoad> static_load(const Fabric& fabric, const SwitchGraph& live, std::int64_t most_routes = most_static_routes);

}  // namespace orrery::topology
