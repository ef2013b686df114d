// The latency column of NCCL's table, of a way that is enabled (workloads/nccl_tuner.h): a base and the hops of the longest chain of steps.
// Costs nothing.
#pragma once

#include "sim/program.h"
#include "workloads/nccl_communicator.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// More than one rank, of a kind that NCCL tunes.
sim::Duration tuner_latency(sim::CollectiveKind kind, NcclAlgorithm algorithm, Protocol protocol, const NcclCommunicator& communicator,
                            const NcclConstants& nccl);

}  // namespace orrery::workloads
