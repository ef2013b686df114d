// How fast work goes on where runs take from its processor: a kernel beside a collective.
//
// A run holds arithmetic units (NCCL: a multiprocessor for each channel) and moves data through the processor's memory. Work bound by
// arithmetic goes on with the units that are left, work bound by memory with the bandwidth that is left, and a step of both takes
//
//     time = max(amount, arithmetic / left of the units + memory / left of the bandwidth)
//
// so that slack (a host that launches no faster) hides some of it. Several runs take the sum; one whose flows others hold up moves less and
// takes that much less of the memory.
//
//     Of 108 units a run holds 27: work of 10 ms bound by arithmetic does 3 ms of it in 4 ms, and ends at 11 ms if the run ends then.
//     work_rate({.arithmetic = 250'000}, Mix{}, work_per_second)      // 3/4 of work_per_second
//
// Leaves out: that a run whose links go down altogether moves nothing (it takes what it took before), whole waves (a kernel of one wave on
// all units needs two on fewer), that a run which waits for a unit to fall free begins late, that work slows runs, and turns: streams that
// share a processor share what is left for the one least held up, so that work which alone would go on at 1/2 beside work at 3/4 has 3/8 as
// that has, not 1/4.
#pragma once

#include <cstdint>

#include "sim/model.h"

namespace orrery::sim {

/// What all runs take from a processor at one time, in millionths; may be more than the whole.
struct Taken {
  std::int64_t arithmetic = 0;
  std::int64_t memory = 0;
};

/// However many runs take at once, this much is left: something of a processor always falls free.
inline constexpr std::int64_t least_left = whole_processor / 100;

/// Work of the mix that is done a second, on a processor that does `capacity` when nothing is taken; at least 1. To the nearest whole
/// number; `capacity` itself where nothing that the work is bound by is taken.
std::int64_t work_rate(const Taken& taken, const Mix& mix, std::int64_t capacity);

}  // namespace orrery::sim
