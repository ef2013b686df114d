// Resources that never hold anything up before another does: a link whose flows all cross, at least as often, one that is no wider. As the
// uplink of a node that carries some of what one network card sends: the card is full before the uplink is, whatever flows.
//
// A Model without such crossings plays to the same picoseconds and is smaller; and its flows are alike that differ only by where links like
// these begin and end (sim/fold.h). What the links served is then to be counted from what the flows did.
//
//     if (const std::vector<bool> kept = undominated_resources(model); !kept[7]) ...   // nothing waits for resource 7
//     const LeanModel lean(model, kept);
//     const Partition partition = Refinement(lean.view()).coarsest();
//
// Cost: one pass over demands, 16 bytes a resource and 4 a flow while it runs. A lean Model has resources, demands, flows and actors of its
// own; activities, scripts and bindings are those of the whole.
// Leaves out: some that are dominated. Each is compared with two others, near it on the shortest path of a flow that crosses it. All of
// them where the Model changes as it plays.
#pragma once

#include <vector>

#include "sim/model_view.h"

namespace orrery::sim {

/// By resource: whether it is used, by a flow or as a processor, and not dominated. Of resources that are crossed equally often and as wide
/// one is not. All of them where the Model has changes.
std::vector<bool> undominated_resources(const Model& model);

/// A Model, without changes, less the resources that are not kept. The others are numbered on in their order; one more comes last, without
/// use, where they have less capacity than the greatest. Flows keep their rate alone as their cap. The whole must outlive it.
class LeanModel {
 public:
  LeanModel(const Model& whole, const std::vector<bool>& kept);

  ModelView view() const { return {whole_, resources_, demands_, flows_, actors_}; }

 private:
  const Model& whole_;
  std::vector<Resource> resources_;
  std::vector<Demand> demands_;
  std::vector<Flow> flows_;
  std::vector<Actor> actors_;
};

}  // namespace orrery::sim
