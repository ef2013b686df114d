// How far a result can be trusted: what was measured near it, and what is outside of that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/cluster.h"
#include "workloads/training_run.h"

namespace orrery::workloads {

struct Validity {
  bool inside_range = true;                  // device, precision and stack are ones whose predictions were compared with measurements
  std::optional<Validation> expected_error;  // of the stack, where it was
  std::vector<std::string> notes;            // what is outside the range, and why it matters
};

Validity validity_of(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster,
                     const topology::Condition& condition = {});

/// What to say where a version of NCCL is older than the GPUs.
std::optional<std::string> note_on_older_nccl(const NcclConstants& nccl, const topology::GpuSpec& gpu);

}  // namespace orrery::workloads
