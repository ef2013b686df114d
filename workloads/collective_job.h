// One collective over one communicator, size after size, as nccl-tests measures it: how NCCL would do each and how long it takes on the
// machine.
//
//     CollectiveJob job{.operation = {sim::CollectiveKind::all_reduce}, .sizes = doubled_sizes(8_B, 8_GiB)};
//     job.ranks = first_gpus(cluster, {.nodes = 4, .gpus_a_node = 8});
//     const auto rows = collective_rows(job, {cluster, nccl, calibration.collectives}, *engine, {});
//     rows.back().bus_bandwidth()                                       // 190 GB/s on DGX A100s
//
// Each size is a Program of one operation, played by the engine; its plan, beside it, says what was chosen. Sizes count as nccl-tests
// counts them: of all_gather, reduce_scatter, all_to_all, gather and scatter the whole buffer, of which each rank has a part, rounded down
// to whole elements; of the others what each rank has. A barrier has no size. send_receive is nccl-tests' ring shift: each rank sends to
// the next. Not as NCCL would do it, but by an algorithm of the literature or of the user's, or with its rings slice by slice, a size is a
// Program of messages within one kernel, whose launch (CollectiveModel::launch) is added.
// Costs a search of the nodes once, then a lowering and a play a size. Leaves out what nccl-tests hides by launching back to back
// (and what it measures in place), roots other than the first rank, and the copy of a communicator of one rank.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/engine.h"
#include "sim/program.h"
#include "topology/condition.h"
#include "workloads/byte_matrix.h"
#include "workloads/calibration.h"
#include "workloads/collective_model.h"
#include "workloads/collective_operation.h"
#include "workloads/collective_steps.h"
#include "workloads/placement.h"
#include "workloads/step_algorithms.h"

namespace orrery::workloads {

/// The first `gpus_a_node` GPUs of each of the first `nodes` nodes, node by node; at most what the machine has.
struct RanksOfNodes {
  int nodes = 1;
  int gpus_a_node = 1;
};
Placement first_gpus(const topology::Cluster& cluster, RanksOfNodes ranks);

/// From the first by factors of 2 to what is no longer than the last.
std::vector<sim::Bytes> doubled_sizes(sim::Bytes first, sim::Bytes last);

/// What NCCL's plan says, each edge a steady stream; of so many calls in one group, as nccl-tests' -m makes them.
struct ByNccl {
  int calls = 1;
};
/// NCCL's rings, slice by slice (workloads/ring_slices.h).
struct InSlices {};
/// An algorithm of the literature, by one protocol.
struct ByAlgorithm {
  StepAlgorithm algorithm{};
  Protocol protocol = Protocol::simple;
};
/// NCCL's messages, of an all-to-all whose parts are unequal (workloads/all_to_all_v.h): a matrix, whose fullest sender is the only size,
/// or an imbalance of any size.
struct InUnequalParts {
  UnequalParts parts{};
};

struct CollectiveJob {
  CollectiveOperation operation{};
  ElementType type{};
  std::vector<sim::Bytes> sizes;  // of a barrier: one, of which nothing is taken
  Placement ranks;                // the GPU of each, at least one
  NcclFilter filter{};
  Granularity granularity = Granularity::hyperflow;
  std::variant<ByNccl, InSlices, ByAlgorithm, CollectiveSteps, InUnequalParts> way{};  // steps must be valid
};

struct CollectiveMachine {
  const topology::Cluster& cluster;
  const NcclConstants& nccl;
  CollectiveCalibration calibration{};  // as it is by default: NCCL's own model
  topology::Condition condition{};
};

struct CollectiveRow {
  CollectiveOperation operation{};
  int ranks = 1;
  sim::Bytes asked{};      // the size asked for
  sim::Bytes bytes{};      // of it, what is whole elements and whole parts
  std::int64_t count = 0;  // elements in a buffer as nccl-tests shows them: of a rank's part, or of the whole where there are no parts
  CollectivePlan plan{};   // of a ring shift, that of its longest message; by steps, what they take of a GPU
  std::string way{};       // "bruck", "ring in slices", the name of the user's; empty: as NCCL would
  int calls = 1;           // in one group
  sim::Duration time{};    // of one call
  std::uint64_t events = 0;
  std::int64_t rank_classes = 0;  // ranks that were told apart
  bool irregular = false;         // sim::Timeline::irregular

  /// Zero where nothing takes no time.
  sim::BytesPerSecond algorithm_bandwidth() const;
  sim::BytesPerSecond bus_bandwidth() const;
};

/// "ring", or the row's way.
std::string_view algorithm_name(const CollectiveRow& row);

/// What 8 GB hold, and a minute plays: a schedule's message takes up to 1.3 kB until it is played, a slice or an instance's 0.22 kB.
inline constexpr std::int64_t max_scheduled_messages = 2'000'000;
inline constexpr std::int64_t max_played_messages = 30'000'000;

/// `progress` is told shares from 0 to 1. Throws sim::Error (unavailable) where the filter leaves nothing that could do it, where the way
/// has no such collective or is of another number of ranks, (infeasible) where ranks are cut off from each other or messages are more than
/// the bounds above, and where ranks or sizes pass the bounds of a Program.
std::vector<CollectiveRow> collective_rows(const CollectiveJob& job, const CollectiveMachine& machine, sim::Engine& engine,
                                           const std::function<void(double)>& progress);

}  // namespace orrery::workloads
