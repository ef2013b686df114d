// Writes a Survey as a platform of SimGrid (XML, DTD 4.1), to play other programs' traffic on the fabric that stands.
//
//     write_file("hall.xml", simgrid_platform(survey));
//
// An adapter is a host of 1 Gflop/s (a survey knows of no processors; what is inside a node is not written: its adapters are apart), a
// switch or router is a router, a cable a SPLITDUPLEX link whose UP leads from its first end to its second. Ids are the devices' names
// where these are unique; links are cable0, cable1, ... in the Survey's order. Up to 64 adapters the zone's routing is Full, with a
// shortest route for each ordered pair: among equally short ways the receiver's number chooses, so that parallel cables share the load.
// Above that it is DijkstraCache, with a route for each pair of neighbours, found by SimGrid when asked for: it knows one link between two
// neighbours, so that parallel cables are one link of their summed bandwidth, which a single flow can fill.
//
// Cost: up to 64 x 63 routes, a walk over the fabric for each receiver. Leaves out: aggregators, latency of switches (only what a cable
// has), routing tables.
#pragma once

#include <cstddef>
#include <string>

#include "topology/survey.h"

namespace orrery::topology {

inline constexpr std::size_t most_adapters_with_routes = 64;

/// Throws sim::Error with "file:line" for a cable of unknown bandwidth.
std::string simgrid_platform(const Survey& survey);

}  // namespace orrery::topology
