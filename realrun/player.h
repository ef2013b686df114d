// Plays a Program on the devices of all its ranks, some times over, and measures: a Timeline in the simulator's form, and the raw samples.
//
//     const Measured measured = play_for_real(program, device, world, {});
//     if (world.rank() == 0) print(measured.samples);
//
// Before anything runs, the ranks agree that they can: that there are as many as the Program has, and that the Program comes to an end
// (realrun/rehearsal.h). The first plays warm up and count for nothing; of the others every duration is kept, and the Timeline is that of
// the play whose end is the median. Kernels, messages and copies of one stream follow each other as fast as the device takes them.
#pragma once

#include <cstdint>
#include <vector>

#include "realrun/device.h"
#include "realrun/world.h"
#include "sim/program.h"
#include "sim/samples.h"
#include "sim/timeline.h"

namespace orrery::realrun {

struct PlayOptions {
  std::int32_t warm_ups = 2;
  std::int32_t repeats = 5;  // from 1
};

struct Measured {
  sim::Timeline timeline;           // actors are ranks, steps are those of rank_work; resources are none
  std::vector<sim::Duration> ends;  // of all plays, in their order
  sim::Samples samples;
};

/// All ranks call it and get the same. Throws sim::Error on all of them.
Measured play_for_real(const sim::Program& program, Device& device, World& world, const PlayOptions& options);

}  // namespace orrery::realrun
