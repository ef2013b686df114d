// NCCL's own estimate of a collective, by algorithm and protocol: seconds = latency + bytes / bandwidth (src/graph/tuning.cc, restated),
// and the choice by it. It must be reproduced as it is, faults included; what really happens is this times a calibration.
//
//     const NcclCommunicator world = ...;                  // workloads/nccl_communicator.h
//     tuner_cost(CollectiveKind::all_reduce, 1_GiB, {NcclAlgorithm::ring, Protocol::simple}, world, nccl)          // 11.4 ms
//     tuner_choice(CollectiveKind::all_reduce, 1_GiB, world, nccl)->way                                            // ring, Simple
//
// Agrees with NCCL 2.28.9's tuner on every row of the golden file (tests/workloads/nccl_tuner_test.cpp). Costs nothing. Leaves out:
// operations of several kinds in one group, what reductions NVLS's switches can do, GPUs of different kinds, and the channels that small
// messages leave unused (the estimate ignores them too; workloads/nccl_launch.h counts them).
#pragma once

#include <optional>

#include "sim/program.h"
#include "workloads/nccl_communicator.h"
#include "workloads/nccl_constants.h"
#include "workloads/nccl_filter.h"

namespace orrery::workloads {

/// How NCCL does an operation.
struct NcclWay {
  NcclAlgorithm algorithm{};
  Protocol protocol{};
  bool operator==(const NcclWay&) const = default;
};

struct TunerCost {
  sim::Duration latency{};
  sim::BytesPerSecond bandwidth{};  // of the operation's bytes ("algorithm bandwidth")
  double seconds(sim::Bytes bytes) const { return latency.seconds() + static_cast<double>(bytes.count) / bandwidth.value; }
};

struct TunerChoice {
  NcclWay way;
  TunerCost cost;
};

/// What NCCL's table holds, before corrections by size: nothing where the communicator cannot use the way or NCCL never would, as among
/// fewer than two ranks. Barriers count as all-reduces. Throws sim::Error (unavailable) for kinds that NCCL does not tune.
std::optional<TunerCost> tuner_entry(sim::CollectiveKind kind, NcclWay way, const NcclCommunicator& communicator,
                                     const NcclConstants& nccl);

/// With corrections. `bytes` is the larger of send and receive buffer.
std::optional<TunerCost> tuner_cost(sim::CollectiveKind kind, sim::Bytes bytes, NcclWay way, const NcclCommunicator& communicator,
                                    const NcclConstants& nccl);

/// How often a group of so many calls takes the latency: rings each time that the channels have come round, others once in ten times.
int rounds_of(int calls, NcclAlgorithm algorithm, const NcclCommunicator& communicator);

/// The fastest of what `filter` lets through, the first in NCCL's order among equals; nothing where there is none. Of `calls` alike in one
/// group, `bytes` are those of all together, and the latency is taken rounds_of them. Of sums
/// of fp8, rings of more than eight ranks come last.
std::optional<TunerChoice> tuner_choice(sim::CollectiveKind kind, sim::Bytes bytes, const NcclCommunicator& communicator,
                                        const NcclConstants& nccl, const NcclFilter& filter = {}, int calls = 1,
                                        sim::DataType type = sim::DataType::fp16);

}  // namespace orrery::workloads
