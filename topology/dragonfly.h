// Dragonfly (Kim, Dally, Scott, Abts 2008): groups of switches, each joined with every other of its group, and groups joined with each
// other by the switches' global links.
//
//     CablingPlan plan = dragonfly({.nodes = 128, .rails = 8, .radix = 40});      // p = 10, a = 20, h = 10: 6 groups
//
// p NICs, a - 1 local and h global links a switch; balanced a = 2p = 2h, which is the default of what is left open. NIC ports fill switch
// after switch in order of their numbers, so a node's NICs are neighbours. Groups are the fewest that hold the ports, at most a*h + 1; each
// pair is joined by floor(a*h / (groups - 1)) cables, spread over the switches of both; what is left over stays dark. The shortest way has
// 3 switch-to-switch links. Switches are called "switch2.7": group 2, switch 7.
#pragma once

#include <vector>

#include "sim/error.h"
#include "topology/cabling.h"

namespace orrery::topology {

struct DragonflySpec {
  int nodes = 1;
  int rails = 8;
  int radix = 40;
  int ports_per_switch = 0;  // p; 0: balanced
  int group_switches = 0;    // a
  int global_links = 0;      // h
};

/// The spec with nothing open.
DragonflySpec balanced(DragonflySpec spec);
int groups(const DragonflySpec& spec);

/// Places are JSON pointers from the cluster on, as those of all topologies.
std::vector<sim::Fault> faults(const DragonflySpec& spec);

/// Throws sim::Error with all of faults(spec).
CablingPlan dragonfly(const DragonflySpec& spec);

/// Joins every pair of groups by as many cables as `links_a_group` allows. `end(group, link)` is the switch that a group's global link
/// belongs to.
template <class End>
void join_groups(CablingPlan& plan, int groups, int links_a_group, int layer, End end) {
  if (groups < 2) return;
  const int copies = links_a_group / (groups - 1);
  for (int group = 0; group < groups; ++group) {
    for (int offset = 1; group + offset < groups; ++offset) {
      for (int copy = 0; copy < copies; ++copy) {
        const int round = copy * (groups - 1);
        plan.join(end(group, round + offset - 1), end(group + offset, round + groups - offset - 1), layer);
      }
    }
  }
}

}  // namespace orrery::topology
