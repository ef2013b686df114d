// Which resources can ever hold anything up in a play of a Model: those whose load can exceed their capacity. What crosses only others
// needs no sharing, and an engine need not look at those crossings at all.
//
//     contended_resources(model)[index(link)]       // false for an NVLink port that one collective after the other uses
//
// A resource's greatest load counts what can run at once. Activities that the same stream takes part in never do, so of these only the
// greatest counts; each flow counts with its rate alone, on every path that it takes. Exact integers, rounded up.
// Of those, what is dominated by another (sim/dominance.h) is left out; in a Model with changes, of resources that the same flows cross
// equally often, as those of one cable and the slot behind it, all but the narrowest: it is full before the others are.
//
// Cost: O(demands + bindings), with logarithms of sorting, and memory for an entry a demand while it runs.
#pragma once

#include <vector>

#include "sim/model.h"

namespace orrery::sim {

/// By resource. `lean`: what is dominated has been left out of the Model before, in whatever it was made of (PlayOptions::lean). What is
/// dominated only in a quotient, since classes of flows meet on it that do not meet one by one, counts as contended there as well.
std::vector<bool> contended_resources(const Model& model, bool lean = false);

}  // namespace orrery::sim
