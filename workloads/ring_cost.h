// NCCL's own estimate of a ring collective, by protocol: seconds = latency + bytes / bandwidth (src/graph/tuning.cc of 2.28, restated). It
// is what NCCL chooses by, so it must be reproduced as it is, faults included; what really happens is this times a calibration.
//
//     const RingGraph graph = ...;                       // 8 channels of 24 GB/s
//     ring_cost(CollectiveKind::all_reduce, 1_GiB, {.ranks = 32, .nodes = 4}, graph, Protocol::simple, nccl)     // 11.4 ms
//
// Agrees with NCCL 2.28.9's tuner on every ring row of the golden file. Costs nothing. Leaves out: other algorithms, several operations in
// one group, and the channels that small messages leave unused (the estimate ignores them too).
#pragma once

#include <optional>

#include "sim/program.h"
#include "topology/node_spec.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// Who takes part.
struct RingShape {
  int ranks = 1;
  int nodes = 1;
  int ranks_per_node() const { return ranks / nodes; }
  bool operator==(const RingShape&) const = default;
};

/// What NCCL's search finds for the communicator's GPUs.
struct RingGraph {
  int channels = 1;             // search channels: rings
  int thread_blocks = 1;        // channels of the communicator: each holds a multiprocessor while it runs
  sim::BytesPerSecond intra{};  // a channel's rate on a node
  sim::BytesPerSecond inter{};  // and between nodes
  bool ll128 = true;            // whether every path keeps 128-byte stores whole
  Generation generation = Generation::ampere;
  std::optional<topology::CpuVendor> cpu = topology::CpuVendor::other;  // none: nodes of several
  bool operator==(const RingGraph&) const = default;
};

struct RingCost {
  sim::Duration latency{};
  sim::BytesPerSecond bandwidth{};  // of the operation's bytes ("algorithm bandwidth")
  double seconds(sim::Bytes bytes) const { return latency.seconds() + static_cast<double>(bytes.count) / bandwidth.value; }
};

/// Nothing where the graph does not allow the protocol. `bytes` is the larger of send and receive buffer. Barriers count as all-reduces.
/// Throws sim::Error (unavailable) for kinds that NCCL does not run in rings. shape.ranks > 1.
std::optional<RingCost> ring_cost(sim::CollectiveKind kind, sim::Bytes bytes, RingShape shape, const RingGraph& graph, Protocol protocol,
                                  const NcclConstants& nccl);

/// Steps of a ring of that many ranks; with nodes for ranks, those that cross between nodes.
int ring_steps(sim::CollectiveKind kind, int ranks);
/// Bytes over each edge of the ring for each byte of the operation: 2(n-1)/n, (n-1)/n or 1.
double bytes_per_edge(sim::CollectiveKind kind, int ranks);
/// Bytes on the wire for each byte of payload: 2 (LL: 4 of data, 4 of flag), 16/15 (LL128) or 1.
double wire_factor(Protocol protocol);

}  // namespace orrery::workloads
