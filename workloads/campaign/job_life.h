// One life of a job on a machine that fails: from its start until its work is done, drawn at random.
//
//     const Life life = live(job, model, plan, sim::Random(seed, run));
//     life.wall, life.losses.total(), life.stops
//
// The job runs on `nodes` of the machine; spares stand by. A stop takes it through: noticed, swapped (from the spares, else a node must
// first be mended), started anew, state loaded, lost work done again. Nodes go on failing meanwhile. What slows or corrupts is swapped in a
// restart of its own when it is noticed. While it runs the job advances at the speed of its slowest part.
//
// Times are whole nanoseconds and every one of them is booked once: wall == useful + losses.total().
// Cost: O(log nodes) a failure. Leaves out: failures of spares while they wait (they come out of repair tested), and placement: a group's
// nodes are the job's in order, and a spare takes the place of whom it replaces.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/random.h"
#include "workloads/campaign/checkpointing.h"
#include "workloads/campaign/failure_model.h"

namespace orrery::workloads::campaign {

struct CampaignJob {
  int nodes = 1;
  int spares = 0;
  int nodes_per_group = 32;                // under one leaf switch; the last group may have fewer
  sim::LongDuration work{};                // on the machine as new, without any stop
  Delay swap = fixed(minutes(3));          // a spare takes a node's place
  Delay start = fixed(minutes(5));         // containers and communicators
  sim::LongDuration give_up = days(3650);  // a life that long ends unfinished
};

/// Time that was no work, by what the job did in it.
struct Losses {
  sim::LongDuration checkpoints{};  // stalls and overhead of the quick ones
  sim::LongDuration redone{};       // work lost and done again
  sim::LongDuration unnoticed{};    // it stood and nobody knew
  sim::LongDuration waiting{};      // for a node
  sim::LongDuration restarting{};   // swap, start, load
  sim::LongDuration slowed{};       // it ran below its speed
  sim::LongDuration total() const { return checkpoints + redone + unnoticed + waiting + restarting + slowed; }
  bool operator==(const Losses&) const = default;
};

/// What one cause did in a life.
struct Toll {
  std::int64_t failures = 0;  // of the job's own units
  sim::LongDuration lost{};   // all from its failures until the job ran again, work done again and slowness; without checkpoints' cost
  bool operator==(const Toll&) const = default;
};

struct Life {
  bool finished = true;
  sim::LongDuration wall{};
  sim::LongDuration useful{};  // == the job's work, if finished
  Losses losses{};
  std::vector<Toll> tolls{};  // one a cause
  std::int64_t stops = 0;     // and planned restarts are not among them
  std::int64_t events = 0;    // failures drawn, also those that met a restart
  double goodput() const { return wall.ticks > 0 ? static_cast<double>(useful.ticks) / static_cast<double>(wall.ticks) : 1; }
  bool operator==(const Life&) const = default;
};

Life live(const CampaignJob& job, const FailureModel& model, const CheckpointPlan& plan, sim::Random random);

}  // namespace orrery::workloads::campaign
