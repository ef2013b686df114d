// Dragonfly+ (Shpiner et al. 2017; Megafly, Flajslik et al. 2018): groups that are two-level fat-trees, joined by their spines.
//
//     CablingPlan plan = dragonfly_plus({.nodes = 128, .rails = 8, .radix = 40});     // groups of 20 leaves and 20 spines, 400 ports each
//
// Of k ports a leaf gives k/2 to NICs and k/2 to its group's spines, a spine k/2 to leaves and k/2 to other groups. Groups are the fewest
// that hold the ports, at most k^2/4 + 1; pairs of groups are joined as in a dragonfly. NIC ports fill leaf after leaf in order of their
// numbers. The shortest way between groups is leaf, spine, spine, leaf. Switches are called "leaf2.7" and "spine2.7".
#pragma once

#include <vector>

#include "sim/error.h"
#include "topology/cabling.h"

namespace orrery::topology {

struct DragonflyPlusSpec {
  int nodes = 1;
  int rails = 8;
  int radix = 40;
};

int groups(const DragonflyPlusSpec& spec);
std::vector<sim::Fault> faults(const DragonflyPlusSpec& spec);
/// Throws sim::Error with all of faults(spec).
CablingPlan dragonfly_plus(const DragonflyPlusSpec& spec);

}  // namespace orrery::topology
