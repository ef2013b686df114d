// The end of an iteration on one rank: the norm of all gradients, clipping, Adam on its weights or, with ZeRO, on its share of them, which
// then come together again. Where states are offloaded the host does it, and copies take gradients down and weights up.
#pragma once

#include <vector>

#include "sim/program.h"
#include "workloads/stages.h"
#include "workloads/training_groups.h"

namespace orrery::workloads {

/// Of a rank that holds `weights`, whose gradients are reduced.
void append_optimizer_step(const TrainingJob& job, const Software& software, const TrainingGroups& groups, const LocalWeights& weights,
                           std::vector<sim::Operation>& to);

}  // namespace orrery::workloads
