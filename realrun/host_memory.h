// What the host device keeps in memory for a rank, to the byte but for the libraries' own, and what there is: so that a plan that does not
// fit is refused before it takes a machine down.
//
//     check_host_memory(program, works, available_to_all(world));
//
// Every operation that differs has buffers of its own in every stream that performs it, kept from play to play.
#pragma once

#include <cstdint>
#include <vector>

#include "realrun/rank_work.h"
#include "realrun/world.h"
#include "sim/kernel.h"
#include "sim/program.h"
#include "sim/units.h"

namespace orrery::realrun {

/// What a kernel's operands are on the host: arrays of floats, a mask, and tokens or targets.
struct HostOperands {
  std::vector<std::int64_t> floats;  // elements of each array, in the order in which the kernel takes them
  std::int64_t mask = 0;             // bytes
  std::int64_t tokens = 0;           // of 4 bytes
};
HostOperands host_operands(const sim::Kernel& kernel);

/// Floats that one rank gives to and takes from a collective of `members`; the larger ones, those of the root. An all-to-all rounds up to a
/// multiple of the members.
struct HostBuffers {
  std::int64_t given = 0;
  std::int64_t taken = 0;
};
HostBuffers host_buffers(const sim::Collect& collect, std::int64_t members);

sim::Bytes host_bytes(const sim::Program& program, const RankWork& work, std::int32_t rank);

/// MemAvailable of /proc/meminfo; Bytes{-1} where that cannot be read.
sim::Bytes available_memory();

/// The least that a rank has seen, so that all of them judge alike; all ranks call it.
sim::Bytes available_to_all(World& world);

/// Of all ranks on this one machine. Throws sim::Error (infeasible) where they need more than 9/10 of what is available; the rest is the
/// libraries' and the system's. Nothing is known of a negative `available`.
void check_host_memory(const sim::Program& program, const std::vector<RankWork>& works, sim::Bytes available);

}  // namespace orrery::realrun
