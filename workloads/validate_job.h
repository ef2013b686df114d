// What a training job must satisfy on a machine and a stack, beyond the range of each value: checked once, before anything is built.
#pragma once

#include <string>
#include <vector>

#include "topology/cluster.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

/// A fault of the job, placed by JSON pointer into the scenario: {"/workload/parallelism/tensor", "96 heads do not divide by tensor 5",
/// "..."}.
struct JobFault {
  std::string pointer;
  std::string what;
  std::string remedy;
};

/// The job's schedule must be `interleaved` just where interleave is above 1, or gpipe (the reader of scenarios sees to it). Empty where
/// the job can run (memory apart: that is training_memory's answer, not a fault). Feature combinations that are not modelled yet are faults
/// too.
std::vector<JobFault> validate_job(const TrainingJob& job, const Software& software, const topology::ClusterSpec& cluster);

}  // namespace orrery::workloads
