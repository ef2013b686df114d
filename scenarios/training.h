// The workload of kind "training".
//
//     "workload": { "kind": "training", "model": "mt-nlg-530b", "sequence_length": 2048, "global_batch": 1920,
//                   "parallelism": { "tensor": 8, "pipeline": 35, "data": 8 }, "recompute": "full" }
#pragma once

#include <optional>

#include "scenarios/fields.h"
#include "workloads/training_job.h"

namespace orrery::scenarios {

/// A training job as the file says it: what depends on the stack may be open yet.
struct TrainingSpec {
  workloads::TrainingJob job;
  std::optional<workloads::Schedule> schedule;  // 1f1b and interleaved: whichever interleave says; `job.schedule` follows it
  std::optional<sim::DataType> reductions;      // default: the software's; `job.reductions` is not used
};

void describe(Fields& fields, TrainingSpec& training);
void describe(Fields& fields, workloads::Parallelism& parallelism);

}  // namespace orrery::scenarios
