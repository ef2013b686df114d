// What each role of a Program was at, and when, coarse enough to be drawn: the spans of its first stream (one rank's), joined into passes;
// of a trace, which knows no passes, those of its busiest stream.
// A pass is what one micro-batch takes on a rank, of the blocks NAME_forward, NAME_backward or NAME_weights without anything of another
// kind, an event or a transfer in between; what is in no such block is of the kind of its label.
//
//     const Passes found = passes(program, timeline, [&](const sim::Kernel& kernel) { return times.estimate(kernel).duration; }, 12'000);
//     found.ranks[0].passes[3]            // {kind "forward", begun, ended}
//
// Time in which a rank is in no pass, it waits. Engines play kernels of one label in a row as one step (workloads/flatten.h), also where a
// pass ends among them: such a step's time is divided as those kernels' own times would be. Costs a look at every step of the recorded
// ranks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/program.h"
#include "sim/timeline.h"

namespace orrery::report {

struct Pass {
  std::uint8_t kind = 0;  // into Passes::kinds
  sim::Time begun{};
  sim::Time ended{};
  bool operator==(const Pass&) const = default;
};

struct RankPasses {
  std::string role;
  std::int32_t rank = 0;  // whose spans they are
  std::vector<Pass> passes;
  std::vector<sim::Duration> times;  // by kind, of all its passes
};

struct Passes {
  std::vector<std::string> kinds;
  std::vector<RankPasses> ranks;  // in order of roles
  bool are_joined = false;        // where one stands for several
  std::size_t roles = 0;          // that there are; more than `ranks` where all would have been more than `most` passes
};

/// What a kernel takes alone.
using KernelTime = std::function<sim::Duration(const sim::Kernel&)>;

/// Of the first recorded rank of each role. Where those have more than `most` passes, of as many roles as leave so many, spread evenly from
/// the first to the last; two at least, of each at most half so many: of passes that begin in the same short part of the time, one then
/// stands for all, of the kind that takes most of it.
Passes passes(const sim::Program& program, const sim::Timeline& timeline, const KernelTime& kernel_time, std::size_t most);

}  // namespace orrery::report
