// Exact folding: actors, activities, flows and resources of a Model that are alike are played once.
//
// Whatever shares fairly keeps alike what is alike in itself and in its neighbours (sim/partition.h), so one of each class will do. The
// quotient is an ordinary Model, and plays to the same picoseconds. What differs (a slow processor, a dead link, a placement, a second job)
// parts only what it touches; a play knows its changes before it begins, so what a change will touch is a class of its own from the start.
//
//     const auto engine = make_folding_engine(make_fluid_engine());
//     const Timeline timeline = engine->play(model, {});       // 24 classes of 131,072 actors
//     timeline.actor_end(ActorId{130'000});                    // as if every actor had been played
//
// Cost: finding the classes (sim/refinement.h), checking them (sim/partition.h), and a play of one of each. What never folds (hashed
// routes) costs the first, and is played as it is.
// Leaves out: folding what is decided as it goes (Session).
#pragma once

#include <memory>

#include "sim/engine.h"
#include "sim/model.h"
#include "sim/partition.h"

namespace orrery::sim {

/// One of each class, in order of the classes; demands, joiners and actors of the members that meet in one place are added up. Flows keep
/// the rate alone of a single member as their cap, which makes the play that of the Model bit for bit. Changes are those of the first
/// members. `partition` must be equitable.
Model quotient(const Model& model, const Partition& partition);

struct Folding {
  Partition partition;
  Model quotient;
};

/// Finds the coarsest classes, checks them (std::logic_error where they are not equitable: our bug) and takes the quotient.
Folding fold(const Model& model);

/// An engine that folds a Model, has `engine` play the quotient and tells the Timeline by classes; where no two actors and no two flows are
/// alike, plays the Model. Recorded actors keep their own numbers. Stuck names the first member of the class that is stuck; an Error is
/// worded as of the Model, which is played once more for it. Sessions are those of `engine`.
std::unique_ptr<Engine> make_folding_engine(std::unique_ptr<Engine> engine);

}  // namespace orrery::sim
