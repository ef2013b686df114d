#include "sim/fluid_player.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "sim/error.h"

namespace orrery::sim {
// What all actors of a script have in common, found once.
struct FluidPlayer::ScriptFacts {
  struct Join {
    std::uint32_t stream;
    std::uint32_t slot;
  };
  std::uint64_t timed_steps = 0;
  std::vector<bool> works;  // by stream: has a work step
  std::vector<Join> joins;  // which streams name which slots, each once

  explicit ScriptFacts(const Script& script) : works(script.streams.size(), false) {
    for (std::uint32_t stream = 0; stream < script.streams.size(); ++stream) {
      std::vector<bool> seen(script.slots, false);
      for (const Step& step : script.streams[stream]) {
        if (takes_time(step.kind)) ++timed_steps;
        if (step.kind == StepKind::work) works[stream] = true;
        if (step.kind != StepKind::join || seen[step.target]) continue;
        seen[step.target] = true;
        joins.push_back({stream, step.target});
      }
    }
  }
};

FluidPlayer::FluidPlayer(const Model& model, const PlayOptions& options)
    : model_(model), progress_(options.progress), pool_(model.resources) {
  activities_.resize(model.activities.size());
  std::uint32_t waiters = 0;
  for (std::size_t a = 0; a < activities_.size(); ++a) {
    const Activity& activity = model.activities[a];
    activities_[a].first_waiter = waiters;
    waiters += activity.participants;
    if (activity.amount > 0) {
      pool_.declare({model.demands.data() + activity.first_demand, activity.demand_count}, activity.rate_cap);
    } else {
      pool_.declare({}, 1);  // never begins; keeps fluid numbers equal to activity numbers
    }
  }
  waiters_.resize(waiters);
  std::vector<ScriptFacts> facts;
  for (const Script& script : model.scripts) facts.emplace_back(script);
  make_streams(options, facts);
  mark_contested(facts);
  timeline_.labels = model.labels;
  timeline_.actor_ends.resize(model.actors.size());
  timeline_.accounts.resize(model.actors.size() * model.labels);
}

void FluidPlayer::make_streams(const PlayOptions& options, const std::vector<ScriptFacts>& facts) {
  std::vector<bool> recorded(model_.actors.size(), false);
  for (const ActorId actor : options.recorded) {
    check(index(actor) < recorded.size(), "a recorded actor exists");
    recorded[index(actor)] = true;
  }
  std::size_t events = 0;
  for (std::uint32_t a = 0; a < model_.actors.size(); ++a) {
    const Actor& actor = model_.actors[a];
    const Script& script = model_.scripts[index(actor.script)];
    first_stream_.push_back(static_cast<StreamIndex>(streams_.size()));
    first_event_.push_back(events);
    events += script.events;
    steps_ += facts[index(actor.script)].timed_steps;
    for (std::size_t number = 0; number < script.streams.size(); ++number) {
      const auto& steps = script.streams[number];
      StreamState stream{.steps = steps.data(), .count = static_cast<std::uint32_t>(steps.size()), .actor = a};
      stream.accounted = number == 0;
      stream.recorded = recorded[a];
      stream.number = static_cast<std::uint16_t>(number);
      if (facts[index(actor.script)].works[number]) {
        const Demand processor{actor.processor, 1};
        stream.work = pool_.declare({&processor, 1}, std::numeric_limits<double>::infinity());
        stream_of_work_.push_back(static_cast<StreamIndex>(streams_.size()));
      }
      streams_.push_back(stream);
    }
  }
  first_stream_.push_back(static_cast<StreamIndex>(streams_.size()));
  reached_.resize(events);
}

// Finds the activities that several streams of one actor join.
void FluidPlayer::mark_contested(const std::vector<ScriptFacts>& facts) {
  std::vector<StreamIndex> named_by(activities_.size(), none);
  for (std::uint32_t a = 0; a < model_.actors.size(); ++a) {
    const Actor& actor = model_.actors[a];
    for (const ScriptFacts::Join& join : facts[index(actor.script)].joins) {
      const StreamIndex stream = first_stream_[a] + join.stream;
      const std::uint32_t activity = index(model_.bindings[actor.first_binding + join.slot]);
      const StreamIndex other = std::exchange(named_by[activity], stream);
      if (other != none && other != stream && streams_[other].actor == a) activities_[activity].contested = true;
    }
  }
}

Timeline FluidPlayer::play() {
  for (StreamIndex stream = static_cast<StreamIndex>(streams_.size()); stream-- > 0;) ready_.push_back(stream);
  std::vector<Event> due;
  for (;;) {
    while (!ready_.empty()) {
      const StreamIndex stream = ready_.back();
      ready_.pop_back();
      advance(stream);
    }
    pool_.settle(now_);
    for (const auto& [fluid, end] : pool_.retimed()) queue_.push(end, {Event::Kind::end_of_fluid, fluid, pool_.version(fluid)});
    if (queue_.empty()) return finish();
    const Time tick = queue_.next();
    queue_.pop_tick(due);
    tell_progress();
    for (const Event& event : due) {
      if (event.kind == Event::Kind::end_of_fluid && pool_.version(event.id) != event.version) continue;  // superseded: moves no clock
      now_ = tick;
      handle(event);
    }
  }
}

void FluidPlayer::tell_progress() {
  constexpr std::uint64_t ticks_between = 1 << 14;
  if (++ticks_ % ticks_between != 0 || !progress_) return;
  progress_(static_cast<double>(steps_done_) / static_cast<double>(steps_));
}

void FluidPlayer::handle(const Event& event) {
  switch (event.kind) {
    case Event::Kind::flow:
      pool_.begin(event.id, model_.activities[event.id].amount, now_);
      return;
    case Event::Kind::end_of_activity:
      end_run(event.id);
      return;
    case Event::Kind::end_of_pause:
      step_ended(event.id);
      return;
    case Event::Kind::end_of_fluid:
      break;
  }
  pool_.end(event.id);
  if (event.id < activities_.size()) {
    end_run(event.id);
  } else {
    step_ended(stream_of_work_[event.id - activities_.size()]);
  }
}

// Goes on from the step that the stream is at until one blocks it.
void FluidPlayer::advance(StreamIndex stream) {
  StreamState& state = streams_[stream];
  while (state.next < state.count) {
    state.posted = now_;
    if (!perform(stream, state.steps[state.next])) return;
    ++state.next;
  }
  reach_begun(state);  // nothing follows: what was to be reached with the next step is reached now
  Time& end = timeline_.actor_ends[state.actor];
  end = std::max(end, now_);
}

// False where the step blocks; whoever unblocks the stream moves it past the step.
bool FluidPlayer::perform(StreamIndex stream, const Step& step) {
  StreamState& state = streams_[stream];
  switch (step.kind) {
    case StepKind::work:
      step_begun(state);
      if (step.amount == 0) return true;
      pool_.begin(state.work, step.amount, now_);
      state.worked = detail::checked_add(state.worked, step.amount);
      return false;
    case StepKind::pause:
      step_begun(state);
      queue_.push(now_ + Duration{step.amount}, {Event::Kind::end_of_pause, stream, 0});
      return false;
    case StepKind::join:
      join(stream, step);
      return false;
    case StepKind::record:
      reach_event(state, step.target, state.last_label);
      return true;
    case StepKind::record_begun:
      return true;  // reached by step_begun of the step that follows
    case StepKind::wait:
      state.waits = reached_[first_event_[state.actor] + step.target] < step.amount;
      return !state.waits;
  }
  return true;
}

void FluidPlayer::join(StreamIndex stream, const Step& step) {
  const std::uint32_t activity = index(bound(streams_[stream], step.target));
  ActivityState& state = activities_[activity];
  if (state.contested && takes_part(activity, streams_[stream].actor)) {
    state.later.push_back(stream);
  } else {
    arrive(activity, stream);
  }
}

void FluidPlayer::arrive(std::uint32_t activity, StreamIndex stream) {
  ActivityState& state = activities_[activity];
  check(state.arrived < model_.activities[activity].participants, "no more streams join a run than take part");
  waiters_[state.first_waiter + state.arrived++] = stream;
  if (state.arrived == model_.activities[activity].participants) begin_run(activity);
}

// Whether a stream of the actor is in the run that is gathering or running.
bool FluidPlayer::takes_part(std::uint32_t activity, std::uint32_t actor) const {
  const ActivityState& state = activities_[activity];
  for (std::uint32_t w = 0; w < state.arrived; ++w) {
    if (streams_[waiters_[state.first_waiter + w]].actor == actor) return true;
  }
  return false;
}

void FluidPlayer::begin_run(std::uint32_t activity) {
  const Activity& what = model_.activities[activity];
  ActivityState& state = activities_[activity];
  ++state.runs;
  for (std::uint32_t w = 0; w < state.arrived; ++w) step_begun(streams_[waiters_[state.first_waiter + w]]);
  if (what.latency > Duration{} || what.amount == 0) {
    queue_.push(now_ + what.latency, {what.amount == 0 ? Event::Kind::end_of_activity : Event::Kind::flow, activity, 0});
  } else {
    pool_.begin(activity, what.amount, now_);
  }
}

void FluidPlayer::end_run(std::uint32_t activity) {
  ActivityState& state = activities_[activity];
  const std::uint32_t arrived = state.arrived;
  state.arrived = 0;
  ++timeline_.events;
  for (std::uint32_t w = 0; w < arrived; ++w) step_ended(waiters_[state.first_waiter + w]);
  if (!state.contested) return;
  for (const StreamIndex stream : std::exchange(state.later, {})) {
    if (takes_part(activity, streams_[stream].actor)) {
      state.later.push_back(stream);
    } else {
      arrive(activity, stream);
    }
  }
}

void FluidPlayer::step_begun(StreamState& stream) {
  stream.begun = now_;
  stream.last_label = stream.steps[stream.next].label;
  reach_begun(stream);
}

// What was to be reached when the step that the stream is at begins: all since the last step that took time.
void FluidPlayer::reach_begun(StreamState& stream) {
  for (std::uint32_t before = stream.next; before-- > 0 && !takes_time(stream.steps[before].kind);) {
    const Step& step = stream.steps[before];
    if (step.kind == StepKind::record_begun) reach_event(stream, step.target, stream.last_label);
  }
}

void FluidPlayer::step_ended(StreamIndex stream) {
  StreamState& state = streams_[stream];
  const std::uint8_t label = state.steps[state.next].label;
  ++timeline_.events;
  ++steps_done_;
  book(state, label, state.begun);
  if (state.recorded) timeline_.spans.push_back({ActorId{state.actor}, state.number, label, state.next, state.posted, state.begun, now_});
  ++state.next;
  ready_.push_back(stream);
}

// Streams of the same actor that wait for this record go on; their wait is booked under what the recording stream did last.
void FluidPlayer::reach_event(const StreamState& recorder, std::uint32_t event, std::uint8_t label) {
  std::int64_t& reached = reached_[first_event_[recorder.actor] + event];
  ++reached;
  for (StreamIndex stream = first_stream_[recorder.actor]; stream < first_stream_[recorder.actor + 1]; ++stream) {
    StreamState& waiting = streams_[stream];
    if (!waiting.waits) continue;
    const Step& step = waiting.steps[waiting.next];
    if (step.target != event || step.amount > reached) continue;
    waiting.waits = false;
    book(waiting, label, recorder.begun);
    ++waiting.next;
    ready_.push_back(stream);
  }
}

void FluidPlayer::book(const StreamState& stream, std::uint8_t label, Time begun) {
  if (!stream.accounted) return;
  Account& account = timeline_.accounts[stream.actor * std::size_t{timeline_.labels} + label];
  const Time ran_from = std::max(stream.posted, begun);
  account.waiting += ran_from - stream.posted;
  account.running += now_ - ran_from;
}

Timeline FluidPlayer::finish() {
  for (const StreamState& stream : streams_) {
    if (stream.next < stream.count) fail_blocked();
  }
  for (const Time end : timeline_.actor_ends) timeline_.end = std::max(timeline_.end, end);
  timeline_.served.assign(model_.resources.size(), 0);
  for (std::size_t a = 0; a < activities_.size(); ++a) {
    const Activity& activity = model_.activities[a];
    const std::int64_t moved = detail::checked_multiply(activity.amount, static_cast<std::int64_t>(activities_[a].runs));
    for (std::uint32_t d = activity.first_demand; d < activity.first_demand + activity.demand_count; ++d) {
      std::int64_t& served = timeline_.served[index(model_.demands[d].resource)];
      served = detail::checked_add(served, detail::checked_multiply(moved, model_.demands[d].multiplicity));
    }
  }
  for (const StreamState& stream : streams_) timeline_.served[index(model_.actors[stream.actor].processor)] += stream.worked;
  std::sort(timeline_.spans.begin(), timeline_.spans.end(), [](const Span& a, const Span& b) {
    return std::tuple(a.ended, index(a.actor), a.stream) < std::tuple(b.ended, index(b.actor), b.stream);
  });
  return std::move(timeline_);
}

void FluidPlayer::fail_blocked() const {
  constexpr int shown = 8;
  int blocked = 0;
  std::string who;
  for (const StreamState& stream : streams_) {
    if (stream.next >= stream.count || ++blocked > shown) continue;
    const char* what = stream.waits ? "an event" : "its peers";
    who += (who.empty() ? "actor " : "; actor ") + std::to_string(stream.actor) + " stream " + std::to_string(stream.number) + " at step " +
           std::to_string(stream.next) + " for " + what;
  }
  throw Error({.place = "",
               .what = std::to_string(blocked) + " streams wait for each other for ever: " + who,
               .remedy = "give sends and receives, collectives and events of the program one order that all ranks can follow"});
}

}  // namespace orrery::sim
