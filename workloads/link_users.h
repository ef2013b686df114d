// Whose bytes cross a resource of a machine: what each kind of communication of a Program puts on it in an iteration.
//
//     const sim::Model model = lower(program, cluster, placement, times, collectives, options);
//     users_of(model, cluster.resource(link))[number(Label::data)]      // bytes of gradients
//
// Costs a pass over demands and bindings. Leaves out: what a condition of the machine re-routes on the way.
#pragma once

#include <vector>

#include "sim/model.h"

namespace orrery::workloads {

/// By the Program's label: units that cross the resource (Cluster::units_a_byte).
std::vector<double> users_of(const sim::Model& model, sim::ResourceId resource);

}  // namespace orrery::workloads
