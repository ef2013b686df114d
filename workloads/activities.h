// Makes the activities of a Model of what a Program's ranks have to say to each other, and binds the actors' slots to them. The part of
// `lower` that knows no kernels.
//
//     sim::Model model = ...;      // resources and actors are there, the actors' bindings are not
//     make_activities(program, communications, cluster, collectives, times, options, model);
//
// Costs O(bindings), and a route for each edge of a message or, once a group, of its rings.
#pragma once

#include "sim/model.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/collective_model.h"
#include "workloads/communications.h"
#include "workloads/lower.h"

namespace orrery::workloads {

/// Collectives come first, by communicator and call, then messages. Throws sim::Error where some rank that takes part in a communication
/// never comes to it, and where the fabric of `cluster`, whose links are as they are, is cut between two that have to speak.
void make_activities(const sim::Program& program, Communications& communications, const topology::Cluster& cluster,
                     const CollectiveModel& collectives, const KernelTimes& times, const LoweringOptions& options, sim::Model& model);

}  // namespace orrery::workloads
