// What ranks that hold the same weights exchange of them: gradients that are summed, and weights that ZeRO shards and brings together
// (Rajbhandari et al. 2020, arXiv 1910.02054). Experts have fewer replicas, and groups of their own.
//
//     append_reduction(job, groups, layer_weights(job, kind), operations);      // all-reduce, or reduce-scatter with ZeRO
#pragma once

#include <vector>

#include "sim/program.h"
#include "workloads/stages.h"
#include "workloads/training_groups.h"

namespace orrery::workloads {

/// Gradients of these weights over their replicas: whole, or each rank's share where ZeRO shards what follows from them; of hybrid sharding
/// (Zhao et al. 2023, arXiv 2304.11277, section 3.2.2) over those that share, then over those that have the same share.
void append_reduction(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, std::vector<sim::Operation>& to);

/// Weights of which each replica has a share come together.
void append_gather(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, std::vector<sim::Operation>& to);

}  // namespace orrery::workloads
