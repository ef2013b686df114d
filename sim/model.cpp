#include "sim/model.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "sim/error.h"

namespace orrery::sim {
namespace {

void check_script(const Script& script, std::uint8_t labels) {
  check(!script.streams.empty() && script.streams.size() <= UINT16_MAX, "a script has a stream to account for, and numbers that fit");
  for (const Mix& mix : script.mixes) {
    check(mix.memory >= 0 && mix.memory <= 1 && mix.slack >= 0 && mix.slack <= 1, "shares of work are between 0 and 1");
  }
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

// Ranges of demands, one after the other.
class DemandCheck {
 public:
  explicit DemandCheck(const Model& model)
      : model_(model),
        all_have_capacity_(
            std::all_of(model.resources.begin(), model.resources.end(), [](const Resource& resource) { return resource.capacity > 0; })) {}

  void operator()(std::uint32_t first, std::uint32_t count) {
    check(std::size_t{first} + count <= model_.demands.size(), "a flow's demands exist");
    const std::span demands(model_.demands.data() + first, count);
    for (const Demand& demand : demands) {
      check(index(demand.resource) < model_.resources.size(), "a demand names a resource");
      check(demand.multiplicity > 0 && (all_have_capacity_ || model_.resources[index(demand.resource)].capacity > 0),
            "a demand has a multiplicity and a resource with capacity");
    }
    check(names_each_once(demands), "a flow names a resource once");
  }

 private:
  // Long ones are mostly in order, those that are not mostly short. A note for each resource of who named it last would not stay in cache.
  bool names_each_once(std::span<const Demand> demands) {
    const auto resource = [](const Demand& demand) { return index(demand.resource); };
    if (std::ranges::adjacent_find(demands, std::greater_equal(), resource) == demands.end()) return true;
    sorted_.clear();
    std::ranges::transform(demands, std::back_inserter(sorted_), resource);
    std::sort(sorted_.begin(), sorted_.end());
    return std::adjacent_find(sorted_.begin(), sorted_.end()) == sorted_.end();
  }

  const Model& model_;
  const bool all_have_capacity_;
  std::vector<std::uint32_t> sorted_;
};

void check_flows(const Model& model) {
  DemandCheck check_demands(model);
  for (const Flow& flow : model.flows) {
    check(flow.amount > 0 && flow.rate_cap > 0, "amount and cap are in range");
    check(flow.demand_count > 0 || std::isfinite(flow.rate_cap), "a flow without demands has a finite cap");
    check_demands(flow.first_demand, flow.demand_count);
  }
  Time last{};
  for (const Change& change : model.changes) {
    check(change.at >= last, "changes are in order of time");
    last = change.at;
    const bool of_resource = change.kind == Change::Kind::capacity;
    check(change.target < (of_resource ? model.resources.size() : model.flows.size()), "a change is of a resource or a flow that exists");
    check(change.capacity >= 0 && (!of_resource || change.capacity <= model.resources[change.target].capacity),
          "a capacity is not negative, nor more than at the start");
    if (change.kind == Change::Kind::path) check_demands(change.first_demand, change.demand_count);
  }
  std::size_t flows = 0;
  for (const Activity& activity : model.activities) {
    check(activity.latency >= Duration{}, "latency is in range");
    check(activity.takes.arithmetic >= 0 && activity.takes.memory >= 0 &&
              std::max(activity.takes.arithmetic, activity.takes.memory) <= whole_processor,
          "a run takes no more than there is");
    check(activity.flow_count == 0 || activity.first_flow == flows, "activities have the flows one after the other");
    flows += activity.flow_count;
  }
  check(flows == model.flows.size(), "a flow is of one activity");
}

void check_participants(const Model& model) {
  std::vector<std::vector<bool>> slots_by_script;
  slots_by_script.reserve(model.scripts.size());
  for (const Script& script : model.scripts) slots_by_script.push_back(named_slots(script));
  std::vector<std::uint32_t> participants(model.activities.size(), 0);
  for (const Actor& actor : model.actors) {
    check(index(actor.script) < model.scripts.size() && index(actor.processor) < model.resources.size(),
          "an actor's script and processor exist");
    check(actor.multiplicity > 0 && model.resources[index(actor.processor)].capacity > 0, "an actor has a processor with capacity");
    const auto& slots = slots_by_script[index(actor.script)];
    check(actor.first_binding + slots.size() <= model.bindings.size(), "an actor's slots are bound");
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!slots[slot]) continue;
      const std::uint32_t activity = index(model.bindings[actor.first_binding + slot]);
      check(activity < model.activities.size(), "a binding names an activity");
      ++participants[activity];
    }
  }
  for (std::size_t a = 0; a < participants.size(); ++a) {
    check(participants[a] == 0 || participants[a] == model.activities[a].participants,
          "an activity's participants are the slots that name it");
  }
}

}  // namespace

void validate(const Model& model) {
  check_flows(model);
  for (const Script& script : model.scripts) check_script(script, model.labels);
  check_participants(model);
}

double rate_alone(std::span<const Resource> resources, std::span<const Demand> demands, double rate_cap) {
  if (std::isfinite(rate_cap)) return rate_cap;
  double rate = rate_cap;
  for (const Demand& demand : demands) {
    rate = std::min(rate, static_cast<double>(resources[index(demand.resource)].capacity) / demand.multiplicity);
  }
  return rate;
}

Model side_by_side(Model first, const Model& second) {
  check(std::equal(first.resources.begin(), first.resources.end(), second.resources.begin(), second.resources.end(),
                   [](const Resource& a, const Resource& b) { return a.capacity == b.capacity; }),
        "Models side by side have the same resources");
  const auto demands = static_cast<std::uint32_t>(first.demands.size());
  const auto flows = static_cast<std::uint32_t>(first.flows.size());
  const auto activities = static_cast<std::uint32_t>(first.activities.size());
  const auto scripts = static_cast<std::uint32_t>(first.scripts.size());
  const auto bindings = static_cast<std::uint32_t>(first.bindings.size());
  first.demands.insert(first.demands.end(), second.demands.begin(), second.demands.end());
  first.scripts.insert(first.scripts.end(), second.scripts.begin(), second.scripts.end());
  for (Flow flow : second.flows) {
    flow.first_demand += demands;
    first.flows.push_back(flow);
  }
  for (Activity activity : second.activities) {
    activity.first_flow += flows;
    first.activities.push_back(activity);
  }
  for (const ActivityId binding : second.bindings) first.bindings.push_back(ActivityId{index(binding) + activities});
  for (Actor actor : second.actors) {
    actor.script = ScriptId{index(actor.script) + scripts};
    actor.first_binding += bindings;
    first.actors.push_back(actor);
  }
  std::vector<Change> changes = second.changes;
  for (Change& change : changes) {
    if (change.kind != Change::Kind::capacity) change.target += flows;
    change.first_demand += demands;
  }
  std::vector<Change> merged;
  std::merge(first.changes.begin(), first.changes.end(), changes.begin(), changes.end(), std::back_inserter(merged),
             [](const Change& a, const Change& b) { return a.at < b.at; });
  first.changes = std::move(merged);
  first.labels = std::max(first.labels, second.labels);
  return first;
}

}  // namespace orrery::sim
