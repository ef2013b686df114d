// Makes of what each rank measured what the simulator tells of a play: who waited for whom, and how the first stream of each rank spent its
// time.
//
//     const sim::Timeline timeline = measured_timeline(program, works, rehearsal, times);
//
// A step that ranks take together has begun when the last of them came to it. What passes between two steps of a first stream is booked
// under what it waited for: under the recorder's label where a wait stands between them (of several each in turn, until it was answered),
// else as waiting under the label of the step that follows, which the device was slow to come to.
#pragma once

#include <vector>

#include "realrun/device.h"
#include "realrun/rank_work.h"
#include "realrun/rehearsal.h"
#include "sim/samples.h"
#include "sim/timeline.h"

namespace orrery::realrun {

/// Times of every step of one rank, as [stream][step]; those of records and waits mean nothing.
using RankTimes = std::vector<std::vector<StepTimes>>;

/// Spans of all ranks; `events` counts them. Costs O(steps log steps).
sim::Timeline measured_timeline(const sim::Program& program, const std::vector<RankWork>& works, const Rehearsal& rehearsal,
                                const std::vector<RankTimes>& times);

/// What each rank's kernels, collectives (on their own: calls = 1), received messages and copies took, a row for each that differ, with the
/// durations of all timelines in order. Steps of less than a picosecond count as one.
std::vector<sim::Sample> samples_of(const sim::Program& program, const std::vector<RankWork>& works,
                                    const std::vector<sim::Timeline>& timelines);

}  // namespace orrery::realrun
