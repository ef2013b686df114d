// The machine of a scenario: the object "cluster", with its node (scenarios/hardware.h) and fabric.
//
//     "cluster": { "node": "dgx-a100-80gb", "nodes": 280, "fabric": { "switch_radix": 40, "oversubscription": 1 } }
#pragma once

#include "scenarios/fields.h"
#include "topology/cluster.h"

namespace orrery::scenarios {

/// What the node decides (switch_radix, rails, link) is filled in where it is left out.
void describe(Fields& fields, topology::ClusterSpec& cluster);

}  // namespace orrery::scenarios
