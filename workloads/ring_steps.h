// What a ring of ranks does: how many steps, and how many bytes over each of its edges.
#pragma once

#include "sim/program.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// Whether NCCL does it as it does all-reduces: those, and barriers.
bool is_all_reduce(sim::CollectiveKind kind);
/// Whether ranks' data is added up.
bool is_sum(sim::CollectiveKind kind);
/// Steps of a ring of that many ranks; with nodes for ranks, those that cross between nodes. Barriers count as all-reduces. Throws
/// sim::Error (unavailable) for kinds that NCCL does not run in rings.
int ring_steps(sim::CollectiveKind kind, int ranks);
/// Bytes over each edge of the ring for each byte of the operation: 2(n-1)/n, (n-1)/n or 1.
double bytes_per_edge(sim::CollectiveKind kind, int ranks);
/// Bytes on the wire for each byte of payload: 2 (LL: 4 of data, 4 of flag), 16/15 (LL128) or 1.
double wire_factor(Protocol protocol);

}  // namespace orrery::workloads
