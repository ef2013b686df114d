// What figures and bills of a fabric (topology/metrics.h, bill_of_materials.h) have to be told of its machine.
//
//     const Bill bill = bill_of_materials(inventory(cluster.fabric(), parts_in_use(cluster)), bill_spec(cluster), prices);
#pragma once

#include "topology/bill_of_materials.h"
#include "topology/cluster.h"
#include "topology/inventory.h"

namespace orrery::topology {

PartsInUse parts_in_use(const Cluster& cluster);
BillSpec bill_spec(const Cluster& cluster);
/// What all NICs of half the nodes can send: what a bisection is compared with. Of an odd number of nodes the smaller half, of nodes of
/// several kinds the slower one.
sim::BytesPerSecond rate_of_half_the_nodes(const Cluster& cluster);

}  // namespace orrery::topology
