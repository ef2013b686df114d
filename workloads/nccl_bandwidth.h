// The bandwidth column of NCCL's table: bytes of the operation a second ("algorithm bandwidth"), of a way that is enabled
// (workloads/nccl_tuner.h). Costs nothing.
#pragma once

#include "sim/program.h"
#include "workloads/nccl_communicator.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// More than one rank, of a kind that NCCL tunes.
sim::BytesPerSecond tuner_bandwidth(sim::CollectiveKind kind, NcclAlgorithm algorithm, Protocol protocol,
                                    const NcclCommunicator& communicator, const NcclConstants& nccl);

}  // namespace orrery::workloads
