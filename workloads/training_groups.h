// Who communicates with whom in a training job: its communicators, by rank arithmetic.
//
// Ranks are numbered tensor fastest, then context, data, pipeline. The ranks of a pipeline stage with equal tensor number are replicas of
// the same weights (Parallelism::replicas); `expert` neighbouring ones of them share the experts of a layer, so that an expert's replicas
// are `expert` apart.
//
//     tensor 2, data 4, expert 2:  tensor {0 1} {2 3} ..   data {0 2 4 6} {1 3 5 7}   expert {0 2} {4 6} ..   expert_data {0 4} {2 6} ..
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

struct TrainingGroups {
  std::vector<sim::Communicator> communicators;
  // Their numbers. Groups of one rank that nobody would call have none.
  std::int32_t tensor = 0;
  std::int32_t data = 1;  // replicas
  std::int32_t norm = 2;  // that hold between them each gradient once, or each share of one
  std::int32_t embedding = -1;
  std::int32_t context = -1;
  std::int32_t shard = 1;       // replicas that share what ZeRO shards
  std::int32_t replicate = -1;  // those that have the same share
  std::int32_t expert = -1;
  std::int32_t expert_data = -1;  // replicas of the same experts
};

TrainingGroups training_groups(const Parallelism& parallelism);

}  // namespace orrery::workloads
