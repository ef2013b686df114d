// Why a collective may be slower than expected: faults that a machine can have without anybody having noticed, each recomputed and laid
// beside what was measured.
//
//     const auto suspects = collective_suspects(job, machine, measured, *engine, {});
//     suspects[1]                             // what fits best: a fault in words, rows, error
//
// Suspected is that PXN is off (messages leave by their sender's own NIC); and of the first rank's node, which holds up the others: that it
// sends by one NIC fewer, or by one alone (all its NICs together then carry that much), that it has no GPUDirect RDMA (each byte crosses
// the uplink of its PCIe switch twice), that a cable runs at a half or a quarter of its rate. The first suspect is always that nothing is
// wrong. Several may come to the same: a ring through a cable at a quarter of its rate is as slow as one NIC of four. Costs a
// collective_rows each. Leaves out: several faults at once, what NCCL would choose otherwise if it knew, and anything on a single node.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "workloads/collective_job.h"

namespace orrery::workloads {

struct CollectiveSuspect {
  std::string fault;  // in words; empty: none, the machine as it is described
  std::vector<CollectiveRow> rows{};
  double error = 0;   // mean of |log(measured / predicted)| over what is compared, as a factor less one: 0.1 is 10 %
  double longer = 0;  // the mean without the bars: below 0 where mostly less was measured than predicted, which no fault explains
};

/// Sizes below this say more of latencies than of what links carry; where nothing is larger, everything is compared.
inline constexpr sim::Bytes least_compared{1 << 20};
bool any_is_large(std::span<const CollectiveRow> rows);

/// The machine as it is first, then the faults by rising error. `measured` has a time for each of the job's sizes. Throws sim::Error where
/// none of them takes any time.
std::vector<CollectiveSuspect> collective_suspects(const CollectiveJob& job, const CollectiveMachine& machine,
                                                   std::span<const sim::Duration> measured, sim::Engine& engine,
                                                   const std::function<void(double)>& progress);

}  // namespace orrery::workloads
