// The beginning of a play: fluids and streams as the Model has them. The play itself is in fluid_player.cpp.
#include <algorithm>
#include <utility>

#include "sim/contention.h"
#include "sim/error.h"
#include "sim/fluid_player.h"

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

FluidPlayer::FluidPlayer(const Model& model, const PlayOptions& options, Resolve resolve)
    : model_(model),
      progress_(options.progress),
      contended_(contended_resources(model, options.lean)),
      pool_(model.resources, resolve),
      lateness_(model.noise, count_streams(model)) {
  watch_changing_flows();
  make_activities();
  std::vector<ScriptFacts> facts;
  for (const Script& script : model.scripts) {
    ScriptFacts& made = facts.emplace_back(script);
    made.first_kind = static_cast<std::uint32_t>(kinds_.size());
    for (std::size_t number = 0; number < script.streams.size(); ++number) {
      const auto& steps = script.streams[number];
      kinds_.push_back({steps.data(), static_cast<std::uint32_t>(steps.size()), static_cast<std::uint16_t>(number), made.work[number]});
    }
  }
  make_streams(options, facts);
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
