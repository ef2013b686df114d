// The recorded spans of a Timeline as a Perfetto trace, which https://ui.perfetto.dev opens and trace_processor queries: a process a rank,
// a thread a stream, a slice a step that took time. What a step waited for its peers is a slice of its own before it, and so is what a
// rank's first stream waited for its others; where those wait, nothing is drawn. An arrow leads from a send to its receive where both ranks
// are there.
//
//     const TracedRun run{program, timeline, cluster, placement, {0, 8, 16}};
//     write_file("results/trace.pftrace", perfetto_trace(run));
//
// Slices are named by their label ("compute", "tensor: all_reduce", "waiting (tensor)"), which is also their category; annotations tell
// kernels with their shapes, bytes, floating-point operations, and how NCCL performs a collective. Times are in nanoseconds from the start
// of the iteration, each rounded once from picoseconds, so that slices which follow each other still do.
// Costs some 60 bytes of the file a slice, and 100 of memory while it is made.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/program.h"
#include "sim/timeline.h"
#include "topology/cluster.h"
#include "workloads/collective_model.h"
#include "workloads/placement.h"

namespace orrery::report {

/// Of the ranks told of together, with calls expanded: what a browser opens, and some gigabyte of memory here.
inline constexpr std::int64_t most_traced_operations = 20'000'000;
/// How many there are of those ranks.
std::int64_t traced_operations(const sim::Program& program, const std::vector<std::int32_t>& ranks);

struct TracedRun {
  const sim::Program& program;
  const sim::Timeline& timeline;  // with the spans of `ranks`
  const topology::Cluster& cluster;
  const workloads::Placement& placement;
  std::vector<std::int32_t> ranks;                        // to tell of, ascending
  std::function<std::string(const sim::Collect&)> way{};  // how a collective is performed; may be empty
};

std::string perfetto_trace(const TracedRun& run);

/// "ring Simple, 24 thread blocks": as the first group of its communicator does it.
std::string way_of(const sim::Collect& collect, const sim::Program& program, const workloads::Placement& placement,
                   const workloads::CollectiveModel& model);

}  // namespace orrery::report
