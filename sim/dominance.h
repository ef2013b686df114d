// Resources that never hold anything up before another does: a link whose flows all cross, at least as often, one that is no wider. As the
// uplink of a node that carries some of what one network card sends: the card is full before the uplink is, whatever flows.
//
// A Model without such crossings plays to the same picoseconds and is smaller; and its flows are alike that differ only by where links like
// these begin and end (sim/fold.h). What the links served is then to be counted from what the flows did.
//
//     if (const std::vector<bool> kept = undominated_resources(model); !kept[7]) ...   // nothing waits for resource 7
//     const Model lean = lean_model(model, kept);
//
// Cost: one pass over demands, 16 bytes a resource and 4 a flow while it runs. A lean Model is a copy but for what is left out.
// Leaves out: some that are dominated. Each is compared with two others, near it on the shortest path of a flow that crosses it. All of
// them where the Model changes as it plays.
#pragma once

#include <vector>

#include "sim/model.h"

namespace orrery::sim {

/// By resource: whether it is used, by a flow or as a processor, and not dominated. Of resources that are crossed equally often and as wide
/// one is not. All of them where the Model has changes.
std::vector<bool> undominated_resources(const Model& model);

/// A Model, without changes, less the resources that are not kept. The others are numbered on in their order; one more comes last, without
/// use, where they have less capacity than the greatest. Flows keep their rate alone as their cap.
Model lean_model(const Model& whole, const std::vector<bool>& kept);

}  // namespace orrery::sim
