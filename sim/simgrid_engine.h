// SimGrid 3.32 as a second opinion: plays the same Model by an engine that others wrote and validated.
//
// A flow is a communication over a route of its own, work an execution, latencies and pauses are timers; no actors, only completion
// callbacks (public S4U interface). CM02, no cross traffic, no TCP window, latency 0: sharing is max-min and nothing else.
// SimGrid knows one simulation a process, so each play forks a child and reads its Timeline back; plays in several threads do not meet.
//
//     if (has_simgrid()) make_simgrid_engine()->play(model, {});
//
// Differs from the fluid engine by about a picosecond a step: that rounds up to whole ones, and SimGrid, whose clock is a double in
// seconds, is set to take what ends within 1 ps as one. Where streams of one actor come to one slot at one time, SimGrid's order decides.
// Cost: each time something ends, SimGrid walks through all that is in flight: 2 us a flow or step with 100 of them, 4 to 15 with 1,000,
// 80 to 450 with 10,000; and a few milliseconds a play. Making the first engine loads SimGrid (17 ms, 30 MB).
// Leaves out: more than `most_simgrid_steps`, changes while it plays, noise, runs that take from work, actors that stand for several
// (multiplicity, joiners), processors that flows cross too, and online sessions, all refused as unavailable; so is a play of hours of
// simulated time that SimGrid's clock is too coarse for. Timeline::irregular is not told. What SimGrid itself has to say before it gives up
// goes to stderr.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/engine.h"

namespace orrery::sim {

/// Flows run and steps that take time, together, that a play may have: a GPT-3 iteration of 1,024 GPUs and 32 micro-batches has 5 million
/// and takes half a minute. Larger machines have more of them and, with more in flight, take longer over each: hence a limit.
inline constexpr std::uint64_t most_simgrid_steps = 8'000'000;

/// Whether it was built in (libsimgrid-dev, pkg-config).
bool has_simgrid();

/// Throws sim::Error (unavailable) where it was not built in.
std::unique_ptr<Engine> make_simgrid_engine();

}  // namespace orrery::sim
