// Which GPUs a Program's ranks run on, and what kind these are.
//
//     const Placement placement = packed_placement(program.ranks, first_gpu(job, cluster.spec()));
//     const KernelTimes times(calibration, gpu_of(program, cluster, placement, calibration));
//
// Costs a look at every rank and, on a machine of several kinds of GPUs, at every operation. Leaves out: kernels on several kinds of GPUs
// at once, which would need times for each; and jobs beside each other on one machine.
#pragma once

#include <optional>
#include <vector>

#include "sim/error.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/calibration.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

/// GPU of each rank.
using Placement = std::vector<topology::GpuId>;
/// Rank r on GPU first + r.
Placement packed_placement(std::int32_t ranks, topology::GpuId first = {});

/// The first GPU of the first node that the job takes.
topology::GpuId first_gpu(const TrainingJob& job, const topology::ClusterSpec& cluster);
/// That GPU's kind, which is the job's where it has no `gpus_fault`. Of a job that begins after the last node, the last node's.
const topology::GpuSpec& gpu_of(const TrainingJob& job, const topology::ClusterSpec& cluster);
/// Why a valid job (validate_job) cannot be run there yet (unavailable): its GPUs are of several kinds. Placed by JSON pointer into the
/// scenario.
std::optional<sim::Fault> gpus_fault(const TrainingJob& job, const topology::ClusterSpec& cluster);

/// The kind that all ranks are on. Throws sim::Error (unavailable) where they are on several and run kernels; where they run none, it is
/// the first of them, or one of the cluster that the calibration covers.
const topology::GpuSpec& gpu_of(const sim::Program& program, const topology::Cluster& cluster, const Placement& placement,
                                const Calibration& calibration);

}  // namespace orrery::workloads
