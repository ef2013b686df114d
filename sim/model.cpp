#include "sim/model.h"

#include <vector>

#include "sim/error.h"

namespace orrery::sim {
namespace {

void check_script(const Script& script, std::uint8_t labels) {
  check(!script.streams.empty(), "a script has a stream to account for");
  for (const auto& stream : script.streams) {
    for (const Step& step : stream) {
      check(step.label < labels, "labels are below Model::labels");
      check(step.amount >= 0, "amounts are not negative");
      switch (step.kind) {
        case StepKind::join:
          check(step.target < script.slots, "a join names a slot of its script");
          break;
        case StepKind::record:
        case StepKind::record_begun:
        case StepKind::wait:
          check(step.target < script.events, "an event step names an event of its script");
          break;
        case StepKind::work:
        case StepKind::pause:
          break;
      }
    }
  }
}

// How many streams of a script name each slot.
std::vector<std::uint32_t> joins_by_slot(const Script& script) {
  std::vector<std::uint32_t> joins(script.slots, 0);
  for (const auto& stream : script.streams) {
    std::vector<bool> named(script.slots, false);
    for (const Step& step : stream) {
      if (step.kind != StepKind::join || named[step.target]) continue;
      named[step.target] = true;
      ++joins[step.target];
    }
  }
  return joins;
}

}  // namespace

void validate(const Model& model) {
  std::vector<std::uint32_t> seen(model.resources.size(), 0);
  std::uint32_t mark = 0;
  for (const Activity& activity : model.activities) {
    ++mark;
    check(std::size_t{activity.first_demand} + activity.demand_count <= model.demands.size(), "an activity's demands exist");
    check(activity.amount >= 0 && activity.rate_cap > 0 && activity.latency >= Duration{}, "amount, cap and latency are in range");
    for (std::uint32_t d = 0; d < activity.demand_count; ++d) {
      const Demand& demand = model.demands[activity.first_demand + d];
      check(index(demand.resource) < model.resources.size(), "a demand names a resource");
      check(model.resources[index(demand.resource)].capacity > 0 && demand.multiplicity > 0,
            "a demand has a multiplicity and a resource with capacity");
      check(seen[index(demand.resource)] != mark, "an activity names a resource once");
      seen[index(demand.resource)] = mark;
    }
  }
  for (const Script& script : model.scripts) check_script(script, model.labels);
  std::vector<std::vector<std::uint32_t>> joins;
  joins.reserve(model.scripts.size());
  for (const Script& script : model.scripts) joins.push_back(joins_by_slot(script));
  std::vector<std::uint32_t> participants(model.activities.size(), 0);
  for (const Actor& actor : model.actors) {
    check(index(actor.script) < model.scripts.size() && index(actor.processor) < model.resources.size(),
          "an actor's script and processor exist");
    const auto& slots = joins[index(actor.script)];
    check(actor.first_binding + slots.size() <= model.bindings.size(), "an actor's slots are bound");
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (slots[slot] == 0) continue;
      const ActivityId activity = model.bindings[actor.first_binding + slot];
      check(index(activity) < model.activities.size(), "a binding names an activity");
      participants[index(activity)] += slots[slot];
    }
  }
  for (std::size_t a = 0; a < participants.size(); ++a) {
    check(participants[a] == 0 || participants[a] == model.activities[a].participants,
          "an activity's participants are the streams that name it");
  }
}

}  // namespace orrery::sim
