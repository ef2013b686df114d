// Whether a job fits the memory of its GPUs: asked by `run` before it plays, and by `check`.
#pragma once

#include "scenarios/scenario.h"
#include "workloads/memory.h"

namespace orrery::cli {

/// Of the fullest GPU. Throws sim::Error (infeasible), placed in the file, with the breakdown where it does not fit. The scenario must have
/// a workload.
workloads::MemoryUse check_memory(const scenarios::Scenario& scenario);

}  // namespace orrery::cli
