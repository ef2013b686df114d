// A torus: switches on a grid of any number of dimensions, each joined by `parallel` cables with the next one in both directions of every
// dimension, round the ends.
//
//     CablingPlan plan = torus({.nodes = 128, .rails = 8, .radix = 40});          // 8 x 4 x 4 switches, one a node
//
// What is left open: as many NICs a switch as a node has, three dimensions, of those that hold the ports the smallest with the shortest
// longest side. NIC ports fill switch after switch in order of their numbers. A side of 2 has two cables where others have one each way.
// Switches are called "switch3.0.1".
#pragma once

#include <vector>

#include "sim/error.h"
#include "topology/cabling.h"

namespace orrery::topology {

struct TorusSpec {
  int nodes = 1;
  int rails = 8;
  int radix = 40;
  std::vector<int> dimensions{};  // switches in each; empty: three that fit
  int ports_per_switch = 0;       // 0: rails
  int parallel = 1;
};

/// The spec with nothing open.
TorusSpec filled(TorusSpec spec);
std::vector<sim::Fault> faults(const TorusSpec& spec);
/// Throws sim::Error with all of faults(spec).
CablingPlan torus(const TorusSpec& spec);

}  // namespace orrery::topology
