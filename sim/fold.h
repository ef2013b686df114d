// Exact folding: actors, activities, flows and resources of a Model that are alike are played once.
//
// Whatever shares fairly keeps alike what is alike in itself and in its neighbours (sim/partition.h), so one of each class will do. The
// quotient is an ordinary Model, and plays to the same picoseconds. What differs (a slow processor, a dead link, a placement, a second job)
// parts only what it touches; a play knows its changes before it begins, so what a change will touch is a class of its own from the start.
//
// Links that never hold anything up before another does (sim/dominance.h) part nothing: the quotient goes without them, and what they
// served is counted from what the flows did.
//
//     const auto engine = make_folding_engine(make_fluid_engine());
//     const Timeline timeline = engine->play(model, {});       // 8 classes of 131,072 actors
//     timeline.actor_end(ActorId{130'000});                    // as if every actor had been played
//
// Cost: finding what is dominated and the classes (sim/refinement.h), checking them (sim/partition.h), and a play of one of each. What
// never folds (hashed routes) costs the first two, and is played as it is. While classes are sought, the parts of the Model that name
// resources once more, without what is dominated.
// Leaves out: folding what is decided as it goes (Session).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/engine.h"
#include "sim/model_view.h"
#include "sim/partition.h"
#include "sim/timeline.h"

namespace orrery::sim {

/// One of each class, in order of the classes; demands, joiners and actors of the members that meet in one place are added up. Flows keep
/// the rate alone of a single member as their cap, which makes the play that of the Model bit for bit. Changes are those of the first
/// members. `partition` must be equitable.
Model quotient(const ModelView& model, const Partition& partition);

struct Folding {
  Partition partition;  // of the Model, less the resources that are left out
  Model quotient;
  std::vector<bool> kept;  // by resource of the Model: whether it is not left out; empty where none is
  bool lean = false;       // how the quotient is to be played (PlayOptions)
};

/// Finds the coarsest classes, checks them (std::logic_error where they are not equitable: our bug) and takes the quotient.
Folding fold(const Model& model);
/// The same; nothing where no two actors and no two flows are alike.
std::optional<Folding> fold_if_alike(const Model& model);

/// Makes the Timeline of a Folding's quotient that of its Model, by classes. A class of resources has one capacity, and served the same.
void tell_by_classes(const Model& model, Folding folding, Timeline& timeline);

/// An engine that folds a Model, has `engine` play the quotient and tells the Timeline by classes; where no two actors and no two flows are
/// alike, plays the Model. Recorded actors keep their own numbers. Stuck names the first member of the class that is stuck; an Error is
/// worded as of the Model, which is played once more for it. Sessions are those of `engine`.
std::unique_ptr<Engine> make_folding_engine(std::unique_ptr<Engine> engine);

}  // namespace orrery::sim
