// The default engine: every run is a fluid, resources are shared max-min fairly, and rates change only when a run begins or ends.
//
// Cost: an event costs tens of nanoseconds where a run shares no resource that can bind, and one max-min solve of what it disturbs else.
// Exactness: time is whole picoseconds; all that happens at one tick is taken together and solved once; a flow whose rate did not change
// keeps its end; superseded ends are dropped and move no clock. Same model, same bits.
//
// Leaves out: packets, latency under load, and anything that max-min sharing of pipelined flows does not show: irregular contention of
// several rings errs by about 10 % at the 90th percentile, where a Model of a flow a ring edge is to be played.
#pragma once

#include <memory>

#include "sim/engine.h"
#include "sim/fluid_pool.h"

namespace orrery::sim {

/// `resolve` changes the time that a play takes, and nothing else.
std::unique_ptr<Engine> make_fluid_engine(Resolve resolve = Resolve::touched);

}  // namespace orrery::sim
