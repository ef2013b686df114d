// The machine of a scenario: the object "cluster", with its node (scenarios/hardware.h) and fabric.
//
//     "cluster": { "node": "dgx-a100-80gb", "nodes": 280, "fabric": { "switch_radix": 40, "oversubscription": 1 } }
//     "cluster": { "node": "dgx-a100-80gb", "nodes": 16, "others": [{ "node": "dgx-h100", "nodes": 4 }] }
#pragma once

#include <filesystem>

#include "scenarios/fields.h"
#include "topology/cluster.h"

namespace orrery::scenarios {

/// What the node decides (switch_radix, rails, link) is filled in where it is left out.
void describe(Fields& fields, topology::ClusterSpec& cluster);
void describe(Fields& fields, topology::NodeGroup& group);

/// Reads what an imported fabric names: files beside `scenario`, the file that names them. Throws sim::Error with the places of the dump.
void load_imported(topology::FabricSpec& fabric, const std::filesystem::path& scenario);

}  // namespace orrery::scenarios
