// What the SimGrid module holds: one play, in a process that has had no other (SimGrid is a singleton). sim/simgrid_engine.h is for others.
//
// A module of its own, because SimGrid brings two dozen libraries along (17 ms and 30 MB a process) and exports the names of MPI: it is
// loaded when an engine is made, and its names stay its own.
#pragma once

#include <string>

#include "sim/engine.h"
#include "sim/error.h"

namespace orrery::sim {

struct SimGridOutcome {
  Timeline timeline;
  Fault fault{};  // why there is no timeline; its `what` is empty where there is one
  ErrorKind kind = ErrorKind::bad_input;
};

}  // namespace orrery::sim

/// Plays a Model that SimGridEngine did not refuse.
extern "C" void orrery_play_with_simgrid(const orrery::sim::Model& model, const orrery::sim::PlayOptions& options,
                                         orrery::sim::SimGridOutcome& outcome);
