// Two planes that nothing joins but the NICs (Alibaba's HPN 7.0, Qian et al., SIGCOMM 2024): every NIC has two ports of half its rate, one
// in each plane, so that a leaf that dies takes no node with it and a flow that has entered a plane cannot collide in the other.
//
//     CablingPlan plan = dual_plane({.nodes = 1920, .rails = 8, .radix = 128, .link = ...});    // HPN's pod: 15 segments, 15,360 GPUs
//
// A segment is `segment_nodes` nodes (default: as many as the radix); in each plane it has a leaf a rail, whose ports down have half the
// NIC's rate and take half a port of the switch each. Ports up have the whole rate: as many as the ports down are worth, divided by the
// oversubscription. Every leaf of a plane is joined with all its spines (HPN's aggregation switches): the smallest divisor of the uplinks
// of which the leaves do not need more than `radix` ports. Leaves out HPN's core, which joins pods 15 to 1.
// Switches are called "leaf3.5.0" (segment 3, rail 5, plane 0) and "spine7.0".
#pragma once

#include <vector>

#include "sim/error.h"
#include "topology/cabling.h"

namespace orrery::topology {

struct DualPlaneSpec {
  int nodes = 1;
  int rails = 8;
  int radix = 128;  // ports of the whole rate
  int segment_nodes = 0;
  double oversubscription = 1;
  sim::BytesPerSecond link{};  // of the fabric: of both ports of a NIC together
};

std::vector<sim::Fault> faults(const DualPlaneSpec& spec);
/// Throws sim::Error with all of faults(spec).
CablingPlan dual_plane(const DualPlaneSpec& spec);

}  // namespace orrery::topology
