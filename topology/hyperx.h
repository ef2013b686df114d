// HyperX (Ahn et al. 2009): switches on a grid of L dimensions, each joined by `parallel` cables with every switch that differs in one
// coordinate. L = 1 is a full mesh, L = 2 with equal sides the flattened butterfly.
//
//     CablingPlan plan = hyperx({.nodes = 128, .rails = 8, .radix = 40});         // 11 x 11 switches with up to 11 NICs each
//
// What is left open: the smallest square (L = 2) that holds the ports with no more NICs a switch than its side, which carries uniform
// traffic at its full rate. NIC ports fill switch after switch in order of their numbers. Diameter L. Switches are called "switch3.5".
#pragma once

#include <vector>

#include "sim/error.h"
#include "topology/cabling.h"

namespace orrery::topology {

struct HyperXSpec {
  int nodes = 1;
  int rails = 8;
  int radix = 40;
  std::vector<int> dimensions{};  // switches in each; empty: a square
  int ports_per_switch = 0;       // 0: as many as the switch has left, but no more than the smallest side
  int parallel = 1;
};

/// The spec with nothing open; dimensions stay empty where no square holds the ports.
HyperXSpec filled(HyperXSpec spec);
std::vector<sim::Fault> faults(const HyperXSpec& spec);
/// Throws sim::Error with all of faults(spec).
CablingPlan hyperx(const HyperXSpec& spec);

}  // namespace orrery::topology
