// The beginning of a play: fluids and streams as the Model has them. The play itself is in fluid_player.cpp.
#include <algorithm>
#include <utility>

#include "sim/contention.h"
#include "sim/error.h"
#include "sim/fluid_player.h"
#include "sim/model_view.h"

namespace orrery::sim {

// What all actors of a script have in common, found once.
struct FluidPlayer::ScriptFacts {
  struct Join {
    std::uint32_t stream;
    std::uint32_t slot;
  };
  std::uint64_t timed_steps = 0;
  std::uint32_t first_kind = 0;    // into kinds_, by stream
  std::vector<std::int64_t> work;  // by stream: of all its steps
  std::vector<Join> joins;         // which streams name which slots, each once

  explicit ScriptFacts(const Script& script) : work(script.streams.size(), 0) {
    for (std::uint32_t stream = 0; stream < script.streams.size(); ++stream) {
      std::vector<bool> seen(script.slots, false);
      for (const Step& step : script.streams[stream]) {
        if (takes_time(step.kind)) ++timed_steps;
        if (step.kind == StepKind::work) work[stream] = detail::checked_add(work[stream], step.amount);
        if (step.kind != StepKind::join || seen[step.target]) continue;
        seen[step.target] = true;
        joins.push_back({stream, step.target});
      }
    }
  }
};

namespace {

std::size_t count_streams(const Model& model) {
  std::size_t streams = 0;
  for (const Actor& actor : model.actors) streams += model.scripts[index(actor.script)].streams.size();
  return streams;
}

}  // namespace

FluidPlayer::FluidPlayer(const Model& model, const PlayOptions& options, Resolve resolve, OrderStatistics& statistics)
    : model_(model),
      progress_(options.progress),
      contended_(contended_resources(model, options.lean)),
      pool_(model.resources, resolve),
      lateness_(model.noise, count_streams(model), statistics) {
  watch_changing_flows();
  make_activities();
  std::vector<ScriptFacts> facts;
  for (const Script& script : model.scripts) {
    ScriptFacts& made = facts.emplace_back(script);
    made.first_kind = static_cast<std::uint32_t>(kinds_.size());
    for (std::size_t number = 0; number < script.streams.size(); ++number) {
      const auto& steps = script.streams[number];
      kinds_.push_back(
          {steps.data(), static_cast<std::uint32_t>(steps.size()), static_cast<std::uint16_t>(number), made.work[number], script.mixes});
    }
  }
  make_streams(options, facts);
  find_exposed_work(facts);
  mark_contested(facts);
  timeline_.labels = model.labels;
  timeline_.served.assign(model.resources.size(), 0);
  timeline_.actor_ends.resize(model.actors.size());
  accounts_.resize(model.actors.size() * model.labels);
}

// Fluids have the numbers of their flows.
void FluidPlayer::make_activities() {
  activities_.resize(model_.activities.size());
  activity_of_flow_.resize(model_.flows.size());
  std::uint32_t waiters = 0;
  for (std::uint32_t a = 0; a < activities_.size(); ++a) {
    const Activity& activity = model_.activities[a];
    ActivityState& state = activities_[a];
    state.participants = activity.participants;
    state.first_waiter = waiters;
    state.alone = duration_alone(activity);
    waiters += activity.participants;
    for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
      const Flow& flow = model_.flows[f];
      const auto fluid = pool_.declare(contended_demands(demands_of(model_, flow)), rate_alone(model_, flow));
      if (activity.pipelined) pool_.mark_pipelined(fluid);
      activity_of_flow_[f] = a;
    }
  }
  waiters_.resize(waiters);
}

// Known beforehand where no flow of a run can ever be held up or led another way.
Duration FluidPlayer::duration_alone(const Activity& activity) const {
  Duration longest{};
  for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
    const Flow& flow = model_.flows[f];
    const auto demands = demands_of(model_, flow);
    if (rerouted_.contains(f)) return shared;
    if (std::any_of(demands.begin(), demands.end(), [this](const Demand& demand) { return contended_[index(demand.resource)]; }))
      return shared;
    longest = std::max(longest, detail::time_at_rate(static_cast<double>(flow.amount), pool_.in_whole_units(rate_alone(model_, flow))));
  }
  return activity.latency + longest;
}

std::span<const Demand> FluidPlayer::contended_demands(std::span<const Demand> demands) {
  kept_.clear();
  for (const Demand& demand : demands) {
    if (contended_[index(demand.resource)]) kept_.push_back(demand);
  }
  return kept_;
}

void FluidPlayer::make_streams(const PlayOptions& options, const std::vector<ScriptFacts>& facts) {
  std::vector<bool> recorded(model_.actors.size(), false);
  for (const ActorId actor : options.recorded) {
    check(index(actor) < recorded.size(), "a recorded actor exists");
    recorded[index(actor)] = true;
  }
  const auto add = [&](std::uint32_t actor, std::uint32_t number, std::uint32_t first_event) {
    const Actor& what = model_.actors[actor];
    const ScriptFacts& script = facts[index(what.script)];
    StreamState stream{.kind = script.first_kind + number, .actor = actor, .first_binding = what.first_binding, .first_event = first_event};
    stream.healthy = model_.resources[index(what.processor)].capacity == work_per_second;
    stream.recorded = recorded[actor];
    if (script.work[number] > 0 && contended_[index(what.processor)]) {
      const Demand processor{what.processor, what.multiplicity};
      stream.work = pool_.declare({&processor, 1}, static_cast<double>(model_.resources[index(what.processor)].capacity));
      stream_of_work_.push_back(static_cast<StreamIndex>(streams_.size()));
    }
    stream.keeps_step = stream.healthy && stream.work == none && !stream.recorded && !lateness_.active();
    streams_.push_back(stream);
  };
  std::uint32_t events = 0;
  for (std::uint32_t actor = 0; actor < model_.actors.size(); ++actor) {
    const std::uint32_t script = index(model_.actors[actor].script);
    steps_ += facts[script].timed_steps;
    add(actor, 0, events);
    events += model_.scripts[script].events;
  }
  for (std::uint32_t actor = 0; actor < model_.actors.size(); ++actor) {
    const auto streams = static_cast<std::uint32_t>(model_.scripts[index(model_.actors[actor].script)].streams.size());
    for (std::uint32_t number = 1; number < streams; ++number) add(actor, number, streams_[actor].first_event);
  }
  unfinished_ = streams_.size();
  events_.resize(events);
  if (lateness_.active()) reached_at_.resize(events);
}

// Who takes from each processor by joining activities: no stream, one, or several. What a stream takes part in never meets its own work.
class FluidPlayer::Takers {
 public:
  Takers(const Model& model, const std::vector<ScriptFacts>& facts) : of_(model.resources.size()) {
    for (std::uint32_t a = 0; a < model.actors.size(); ++a) {
      const Actor& actor = model.actors[a];
      Taker& taker = of_[index(actor.processor)];
      for (const ScriptFacts::Join& join : facts[index(actor.script)].joins) {
        if (model.activities[index(model.bindings[actor.first_binding + join.slot])].takes == Takes{}) continue;
        const bool same = taker.actor == none || (taker.actor == a && taker.stream == join.stream);
        taker = {a, join.stream, taker.several || !same};
      }
    }
  }
  bool other_than(std::uint32_t actor, std::uint32_t stream, ResourceId processor) const {
    const Taker& taker = of_[index(processor)];
    return taker.several || (taker.actor != none && (taker.actor != actor || taker.stream != stream));
  }

 private:
  struct Taker {
    std::uint32_t actor = none;
    std::uint32_t stream = none;
    bool several = false;
  };
  std::vector<Taker> of_;
};

void FluidPlayer::find_exposed_work(const std::vector<ScriptFacts>& facts) {
  const auto takes = [](const Activity& activity) { return activity.takes != Takes{}; };
  if (std::none_of(model_.activities.begin(), model_.activities.end(), takes)) return;
  const Takers takers(model_, facts);
  exposed_number_.assign(model_.resources.size(), none);
  for (StreamIndex s = 0; s < streams_.size(); ++s) {
    StreamState& stream = streams_[s];
    const ResourceId processor = model_.actors[stream.actor].processor;
    const StreamKind& kind = kinds_[stream.kind];
    if (kind.work == 0 || !takers.other_than(stream.actor, kind.number, processor)) continue;
    expose(s, processor);
  }
  for (const Actor& actor : model_.actors) {
    if (exposed_number_[index(actor.processor)] == none) continue;
    for (const ScriptFacts::Join& join : facts[index(actor.script)].joins) {
      const std::uint32_t activity = index(model_.bindings[actor.first_binding + join.slot]);
      activities_[activity].interferes = activities_[activity].interferes || takes(model_.activities[activity]);
    }
  }
}

void FluidPlayer::expose(StreamIndex stream, ResourceId processor) {
  StreamState& state = streams_[stream];
  const std::int64_t capacity = model_.resources[index(processor)].capacity;
  if (state.work == none) {  // nobody competes with it
    state.work = pool_.declare({}, static_cast<double>(capacity));
    stream_of_work_.push_back(stream);
  }
  state.exposed = true;
  state.keeps_step = false;
  std::uint32_t& number = exposed_number_[index(processor)];
  if (number == none) {
    number = static_cast<std::uint32_t>(exposed_.size());
    exposed_.push_back({.processor = processor, .capacity = capacity});
  }
  exposed_[number].streams.push_back(stream);
}

// Finds the activities that several streams of one actor join by one slot.
void FluidPlayer::mark_contested(const std::vector<ScriptFacts>& facts) {
  std::vector<std::vector<std::uint32_t>> shared_slots(facts.size());
  for (std::size_t script = 0; script < facts.size(); ++script) {
    std::vector<int> streams(model_.scripts[script].slots, 0);
    for (const ScriptFacts::Join& join : facts[script].joins) {
      if (++streams[join.slot] == 2) shared_slots[script].push_back(join.slot);
    }
  }
  for (const Actor& actor : model_.actors) {
    for (const std::uint32_t slot : shared_slots[index(actor.script)]) {
      activities_[index(model_.bindings[actor.first_binding + slot])].contested = true;
    }
  }
}

void FluidPlayer::watch_changing_flows() {
  for (const Change& change : model_.changes) {
    if (change.kind == Change::Kind::capacity) continue;
    const Flow& flow = model_.flows[change.target];
    rerouted_.try_emplace(change.target, Rerouted{.first_demand = flow.first_demand, .demand_count = flow.demand_count});
  }
}

}  // namespace orrery::sim
