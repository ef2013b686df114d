#include "sim/model.h"

#include <utility>
#include <vector>

#include "sim/error.h"

namespace orrery::sim {
namespace {

void check_script(const Script& script, std::uint8_t labels) {
  check(!script.streams.empty() && script.streams.size() <= UINT16_MAX, "a script has a stream to account for, and numbers that fit");
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

// Which slots the streams of a script name.
std::vector<bool> named_slots(const Script& script) {
  std::vector<bool> named(script.slots, false);
  for (const auto& stream : script.streams) {
    for (const Step& step : stream) {
      if (step.kind == StepKind::join) named[step.target] = true;
    }
  }
  return named;
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
  std::vector<std::vector<bool>> slots_by_script;
  slots_by_script.reserve(model.scripts.size());
  for (const Script& script : model.scripts) slots_by_script.push_back(named_slots(script));
  std::vector<std::uint32_t> participants(model.activities.size(), 0);
  std::vector<std::uint32_t> last_actor(model.activities.size(), UINT32_MAX);
  for (std::uint32_t a = 0; a < model.actors.size(); ++a) {
    const Actor& actor = model.actors[a];
    check(index(actor.script) < model.scripts.size() && index(actor.processor) < model.resources.size(),
          "an actor's script and processor exist");
    const auto& slots = slots_by_script[index(actor.script)];
    check(actor.first_binding + slots.size() <= model.bindings.size(), "an actor's slots are bound");
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!slots[slot]) continue;
      const std::uint32_t activity = index(model.bindings[actor.first_binding + slot]);
      check(activity < model.activities.size(), "a binding names an activity");
      if (std::exchange(last_actor[activity], a) != a) ++participants[activity];
    }
  }
  for (std::size_t a = 0; a < participants.size(); ++a) {
    check(participants[a] == 0 || participants[a] == model.activities[a].participants,
          "an activity's participants are the actors that name it");
  }
}

}  // namespace orrery::sim
