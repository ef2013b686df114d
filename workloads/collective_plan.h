// How one collective, or one message, is done on a machine: what CollectiveModel plans and `lower` makes flows of.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "sim/program.h"
#include "sim/units.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

enum class Algorithm : std::uint8_t {
  none,  // one rank or no bytes: nothing to do
  tree,
  ring,
  collnet_direct,
  collnet_chain,
  nvls,
  nvls_tree,
  pat,
  point_to_point,  // a message, or one for every pair
};
/// "ring", "collnet_direct", "point_to_point".
std::string_view name_of(Algorithm algorithm);
std::string_view name_of(Protocol protocol);  // "LL", "LL128", "Simple"
Algorithm algorithm_of(NcclAlgorithm algorithm);

/// How messages go that are steps of a kernel which runs already: by a protocol, whose bytes are on the wire, and without the launch that a
/// message of its own pays.
struct KernelMessages {
  Protocol protocol = Protocol::simple;
  /// A message takes NCCL's hop before its bytes; or bytes are sent without, and a message of no bytes, the flag that says that they are
  /// there, takes the hop: so the next bytes need not wait for it.
  enum class Flags : std::uint8_t { along, apart };
  Flags flags = Flags::along;
  sim::BytesPerSecond channel_rate{std::numeric_limits<double>::infinity()};  // what a thread block moves, in wire bytes
  sim::Duration pace{};  // the least that the bytes of a message take: those of ranks that share a rate, all together
};

struct CollectivePlan {
  Algorithm algorithm = Algorithm::none;
  sim::CollectiveKind kind = sim::CollectiveKind::all_reduce;
  Protocol protocol = Protocol::simple;
  int thread_blocks = 0;  // multiprocessors that each member gives to it
  sim::Duration latency{};
  sim::BytesPerSecond edge_rate{};  // of each edge at the most, in wire bytes
  sim::Bytes edge_bytes{};          // wire bytes over each edge (workloads/collective_edges.h)
  sim::Bytes memory_bytes{};        // through the memory of each GPU that takes part, in the mean (workloads/interference.h)
};

}  // namespace orrery::workloads
