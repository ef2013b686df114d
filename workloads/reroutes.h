// What becomes of a Model's capacities and paths while it plays, as the condition of its machine says; and in words what is wrong where a
// play comes to a stop for it. The part of `lower` for machines that break.
//
//     add_changes(options, cluster, communications, model);       // nothing where the condition has no changes
//
// Costs, for each moment at which routes are found anew, a look at every demand and a route for each edge of the communications that cross
// a dead link then or went another way than at the start.
#pragma once

#include <string>

#include "sim/engine.h"
#include "sim/error.h"
#include "sim/model.h"
#include "topology/cluster.h"
#include "workloads/collective_model.h"
#include "workloads/communications.h"
#include "workloads/lower.h"

namespace orrery::workloads {

/// `model` is that of the machine at the start, all its slots bound, made with `collectives`; `cluster` is the machine without its
/// condition.
void add_changes(const LoweringOptions& options, const topology::Cluster& cluster, const CollectiveModel& collectives,
                 Communications& communications, sim::Model& model);

/// `place` is the Program's name. `model` is that of the start.
sim::Error stuck_error(const sim::Stuck& stuck, const std::string& place, const LoweringOptions& options, const topology::Cluster& cluster,
                       const CollectiveModel& collectives, Communications& communications, const sim::Model& model);

}  // namespace orrery::workloads
