// A ModelView is what a Model is looked at by: a reference to each of its parts. Two Models that differ in some parts share the others, and
// whoever only looks (who is alike, who is next to whom) is given either.
//
//     const auto classes = Refinement(model).coarsest();                        // of any Model
//     std::vector<Flow> capped = ...;                                           // the Model's, with other caps
//     const auto others = Refinement(ModelView(model, model.resources, model.demands, capped, model.actors)).coarsest();
//
// What becomes otherwise in the parts, as the changes of a Model do, is seen. Cost: a reference a part.
// Leaves out: owning anything. The parts must outlive the view; an engine plays Models (sim/engine.h).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/model.h"

namespace orrery::sim {

struct ModelView {
  ModelView(const Model& model)  // NOLINT(google-explicit-constructor): whoever looks at a view looks at a Model as well
      : ModelView(model, model.resources, model.demands, model.flows, model.actors) {}
  /// The Model with these in place of its own. All else of it is in their numbers: flows in the order of its flows, and so on.
  ModelView(const Model& model, const std::vector<Resource>& the_resources, const std::vector<Demand>& the_demands,
            const std::vector<Flow>& the_flows, const std::vector<Actor>& the_actors)
      : resources(the_resources),
        demands(the_demands),
        flows(the_flows),
        activities(model.activities),
        scripts(model.scripts),
        bindings(model.bindings),
        joiners(model.joiners),
        actors(the_actors),
        changes(model.changes),
        noise(model.noise),
        labels(model.labels) {}

  const std::vector<Resource>& resources;
  const std::vector<Demand>& demands;
  const std::vector<Flow>& flows;
  const std::vector<Activity>& activities;
  const std::vector<Script>& scripts;
  const std::vector<ActivityId>& bindings;
  const std::vector<std::uint32_t>& joiners;
  const std::vector<Actor>& actors;
  const std::vector<Change>& changes;
  const Noise& noise;
  const std::uint8_t& labels;
};

inline std::span<const Demand> demands_of(const ModelView& model, const Flow& flow) {
  return {model.demands.data() + flow.first_demand, flow.demand_count};
}

/// What a flow would have with all resources for itself, in units a second: its cap where that is finite.
inline double rate_alone(const ModelView& model, const Flow& flow) {
  return rate_alone(model.resources, demands_of(model, flow), flow.rate_cap);
}

}  // namespace orrery::sim
