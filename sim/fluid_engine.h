// The default engine: every run is a fluid, resources are shared max-min fairly, and rates change only when a run begins or ends.
//
// Cost: an event costs tens of nanoseconds where a run shares no resource that can bind, and one max-min solve of the affected component
// else. Exactness: time is whole picoseconds; all that happens at one tick is taken together and solved once; a run whose rate did not
// change bit for bit keeps its end; superseded ends are dropped and move no clock. Same model, same bits.
//
// Leaves out: packets, latency under load, and anything that max-min sharing of pipelined flows does not show (specs: irregular contention
// of several rings errs by about 10 % at the 90th percentile; the transfer granularity is for those).
#pragma once

#include <memory>

#include "sim/engine.h"

namespace orrery::sim {

std::unique_ptr<Engine> make_fluid_engine();

}  // namespace orrery::sim
