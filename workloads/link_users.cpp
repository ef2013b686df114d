#include "workloads/link_users.h"

#include <cstdint>
#include <map>
#include <utility>

namespace orrery::workloads {
namespace {

/// By activity: units that a run of it puts on the resource.
std::vector<double> units_a_run(const sim::Model& model, sim::ResourceId resource) {
  std::vector<double> units(model.activities.size(), 0);
  for (std::size_t a = 0; a < model.activities.size(); ++a) {
    const sim::Activity& activity = model.activities[a];
    for (std::uint32_t f = 0; f < activity.flow_count; ++f) {
      const sim::Flow& flow = model.flows[activity.first_flow + f];
      for (std::uint32_t d = 0; d < flow.demand_count; ++d) {
        const sim::Demand& demand = model.demands[flow.first_demand + d];
        if (demand.resource == resource) units[a] += static_cast<double>(flow.amount) * demand.multiplicity;
      }
    }
  }
  return units;
}

struct Joins {
  std::uint32_t slot = 0;
  std::uint8_t label = 0;
  bool operator<(const Joins& other) const { return std::pair(slot, label) < std::pair(other.slot, other.label); }
};

/// How often a script joins each slot, by label.
std::map<Joins, int> joins_of(const sim::Script& script) {
  std::map<Joins, int> joins;
  for (const auto& stream : script.streams) {
    for (const sim::Step& step : stream) {
      if (step.kind == sim::StepKind::join) ++joins[{step.target, step.label}];
    }
  }
  return joins;
}

}  // namespace

std::vector<double> users_of(const sim::Model& model, sim::ResourceId resource) {
  const std::vector<double> units = units_a_run(model, resource);
  std::vector<std::map<Joins, int>> joins;
  for (const sim::Script& script : model.scripts) joins.push_back(joins_of(script));
  std::vector<double> of_labels(model.labels, 0);
  for (const sim::Actor& actor : model.actors) {
    for (const auto& [join, times] : joins[index(actor.script)]) {
      const std::uint32_t activity = index(model.bindings[actor.first_binding + join.slot]);
      // A run has so many participants, each of which joins it once: a join is that share of it.
      of_labels[join.label] += times * units[activity] / model.activities[activity].participants;
    }
  }
  return of_labels;
}

}  // namespace orrery::workloads
