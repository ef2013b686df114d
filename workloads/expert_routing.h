// Where the tokens of a mixture of experts go: one layer and micro-batch of a group of ranks that share its experts.
//
// Every token goes to `experts_per_token` experts. The hottest expert is sent `imbalance` times the mean, the others share the rest evenly.
// With a capacity factor c an expert takes at most c times the mean, and drops what it is sent beyond (Fedus et al. 2021, arXiv
// 2101.03961, eq. 3).
//
//     4096 tokens a rank, 8 experts on 4 ranks, 2 a token: 32,768 assignments, 4,096 an expert; with imbalance 1.5 the hottest has 6,144,
//     the others 3,803 each, and the rank that holds it 9,948.
//
// All ranks wait for that one twice a layer, at its products and at what it receives, so that the model lets each of them have as much to
// do as it. Leaves out: experts that are hot in one layer and not in the next (here one always is), padding up to the capacity, limits on
// how many nodes a token may go to, and replicas of hot experts.
#pragma once

#include <cstdint>

#include "workloads/training_job.h"

namespace orrery::workloads {

/// In assignments: a token that goes to two experts counts twice. What is kept and what is dropped add up to what is assigned.
struct ExpertRouting {
  std::int64_t assigned = 0;  // by all ranks of the group
  std::int64_t dropped = 0;
  std::int64_t fullest_rank = 0;  // that the experts of one rank take; of a group of one rank all that is kept

  std::int64_t kept() const { return assigned - dropped; }
};

/// Of a model that has experts, which divide by the ranks of the group.
ExpertRouting expert_routing(const TrainingJob& job);

/// The fullest rank's over the mean, dropped tokens counted: 1 where all are alike and nothing is dropped.
double fullest_rank_load(const TrainingJob& job);

}  // namespace orrery::workloads
