// What a training job must satisfy on a machine and a stack, beyond the range of each value: checked once, before anything is built.
#pragma once

#include <vector>

#include "sim/error.h"
#include "topology/cluster.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

/// What is wrong with a job, each fault placed by JSON pointer into the scenario ("/workload/parallelism/tensor"); empty where it can run
/// (memory apart: that is memory_fault's answer). Feature combinations that are not modelled yet are faults too. The job's schedule must be
/// `interleaved` just where interleave is above 1, or gpipe (the reader of scenarios sees to it).
std::vector<sim::Fault> validate_job(const TrainingJob& job, const Software& software, const topology::ClusterSpec& cluster);

}  // namespace orrery::workloads
