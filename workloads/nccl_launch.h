// How many channels and threads NCCL gives an operation (enqueue.cc, restated): fewer than the communicator has where the message is short.
//
//     nccl_launch(CollectiveKind::all_reduce, 1_MiB, {NcclAlgorithm::ring, Protocol::simple}, world, nccl).channels     // 16
//
// Of an operation alone; several in a group share channels. Costs O(channels).
#pragma once

#include "sim/program.h"
#include "workloads/nccl_communicator.h"
#include "workloads/nccl_tuner.h"

namespace orrery::workloads {

struct NcclLaunch {
  int channels = 0;  // thread blocks, each a multiprocessor
  int threads = 0;   // of each
  bool operator==(const NcclLaunch&) const = default;
};

/// `bytes` as in tuner_cost; at least one. At least one channel.
NcclLaunch nccl_launch(sim::CollectiveKind kind, sim::Bytes bytes, NcclWay way, const NcclCommunicator& communicator,
                       const NcclConstants& nccl);

}  // namespace orrery::workloads
