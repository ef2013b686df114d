#include "sim/fluid_player.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"

namespace orrery::sim {

Timeline FluidPlayer::play() {
  for (StreamIndex stream = 0; stream < streams_.size(); ++stream) ready_.push_back(stream);
  std::vector<Event> due;
  for (;;) {
    settle_streams();
    settle_rates();
    const Time change = next_change_ < model_.changes.size() ? model_.changes[next_change_].at : Time::never();
    const bool quiet = queue_.empty() || queue_.next() > change;
    if (unfinished_ == 0 || (quiet && change == Time::never())) return finish();
    const Time tick = quiet ? change : queue_.next();
    due.clear();
    if (!quiet) queue_.pop_tick(due);
    tell_progress();
    for (const Event& event : due) {
      if (event.kind == Event::Kind::end_of_fluid && pool_.version(event.id) != event.version) continue;  // superseded: moves no clock
      now_ = tick;
      handle(event);
    }
    if (tick == change) apply_changes(tick);
  }
}

// After what ends at the same time: it needs nothing any more.
void FluidPlayer::apply_changes(Time at) {
  now_ = at;
  for (; next_change_ < model_.changes.size() && model_.changes[next_change_].at == at; ++next_change_) apply(model_.changes[next_change_]);
}

void FluidPlayer::settle_streams() {
  do {
    for (std::size_t next = 0; next < ready_.size(); ++next) advance(ready_[next]);  // may append
    ready_.clear();
    take_turns();
  } while (!ready_.empty());
}

void FluidPlayer::tell_progress() {
  constexpr std::uint64_t ticks_between = 1 << 14;
  if (++ticks_ % ticks_between != 0 || !progress_) return;
  progress_(static_cast<double>(steps_done_) / static_cast<double>(steps_));
}

void FluidPlayer::handle(const Event& event) {
  switch (event.kind) {
    case Event::Kind::run:
      begin_run(event.id);
      return;
    case Event::Kind::flow:
      begin_flows(event.id);
      return;
    case Event::Kind::end_of_activity:
      end_run(event.id);
      return;
    case Event::Kind::end_of_step:
      end_step(event.id);
      return;
    case Event::Kind::end_of_fluid:
      break;
  }
  pool_.end(event.id);
  if (event.id < activity_of_flow_.size()) {
    end_flow(event.id);
  } else {
    const StreamIndex stream = stream_of_work_[event.id - activity_of_flow_.size()];
    if (streams_[stream].exposed) touch(*exposed_work_on(model_.actors[streams_[stream].actor].processor));
    end_step(stream);
  }
}

void FluidPlayer::apply(const Change& change) {
  if (change.kind == Change::Kind::capacity) {
    pool_.set_capacity(ResourceId{change.target}, change.capacity);
    if (Exposed* const work = exposed_work_on(ResourceId{change.target})) {
      work->capacity = change.capacity;
      touch(*work);
    }
    return;
  }
  Rerouted& flow = rerouted_.at(change.target);
  flow.cut_off = change.kind == Change::Kind::cut_off;
  if (flow.cut_off) {
    if (pool_.flows(change.target)) throw cut_off(change.target);
    return;
  }
  if (pool_.flows(change.target)) {  // what it has moved until now, it moved over the old path
    const std::int64_t moved = model_.flows[change.target].amount - pool_.remaining(change.target, now_);
    flow.here += moved - flow.of_run;
    flow.of_run = moved;
  }
  serve({model_.demands.data() + flow.first_demand, flow.demand_count}, std::exchange(flow.here, 0));
  flow.first_demand = change.first_demand;
  flow.demand_count = change.demand_count;
  pool_.redirect(change.target, contended_demands({model_.demands.data() + flow.first_demand, flow.demand_count}));
}

Stuck FluidPlayer::cut_off(std::uint32_t flow) const {
  Stuck stuck("a flow has no path any more", now_);
  stuck.cut_off = FlowId{flow};
  return stuck;
}

// Goes on from the step that the stream is at until one blocks it.
void FluidPlayer::advance(StreamIndex stream) {
  StreamState& state = streams_[stream];
  const StreamKind& kind = kinds_[state.kind];
  while (state.next < kind.count) {
    state.posted = now_;
    if (!perform(stream, kind.steps[state.next])) return;
    ++state.next;
  }
  reach_begun(state);  // nothing follows: what was to be reached with the next step is reached now
  --unfinished_;
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
      if (state.work != none) {
        pool_.begin(state.work, step.amount, now_);
        if (state.exposed) touch(*exposed_work_on(model_.actors[state.actor].processor));
      } else {
        const Duration duration = time_of_work(state, step.amount);
        if (!come_later(stream, duration)) queue_.push(now_ + duration, {Event::Kind::end_of_step, stream, 0});
      }
      return false;
    case StepKind::pause:
      step_begun(state);
      queue_.push(now_ + Duration{step.amount}, {Event::Kind::end_of_step, stream, 0});
      return false;
    case StepKind::join:
      join(stream);
      return false;
    case StepKind::record:
      reach_event(state, step.target, state.last_label);
      return true;
    case StepKind::record_begun:
      return true;  // reached by step_begun of the step that follows
    case StepKind::wait:
      return is_reached(stream, step);
  }
  return true;
}

// An event that was reached at this very tick lets the stream go on as one that it had waited for.
bool FluidPlayer::is_reached(StreamIndex stream, const Step& wait) {
  StreamState& state = streams_[stream];
  const std::uint32_t number = state.first_event + wait.target;
  EventState& event = events_[number];
  if (event.reached < wait.amount) {
    state.next_waiting = std::exchange(event.waiting, stream);
    return false;
  }
  if (lateness_.active() && reached_at_[number].at == now_) lateness_.follow(stream, reached_at_[number].by);
  return true;
}

// On a processor that nobody slows down.
Duration FluidPlayer::time_of_work(const StreamState& stream, std::int64_t amount) const {
  if (stream.healthy) return {amount};
  const std::int64_t capacity = model_.resources[index(model_.actors[stream.actor].processor)].capacity;
  return detail::time_at_rate(static_cast<double>(amount), static_cast<double>(capacity));
}

void FluidPlayer::join(StreamIndex stream) {
  const StreamState& state = streams_[stream];
  const std::uint32_t activity = bound(state, step_of(state).target);
  if (activities_[activity].contested) {
    turns_.push_back(stream);
  } else {
    arrive(activity, stream, now_);
  }
}

// Streams of one actor that came to one slot at one tick: in order of their numbers, whatever order they came in.
void FluidPlayer::take_turns() {
  std::vector<StreamIndex> turns;
  turns.swap(turns_);
  std::sort(turns.begin(), turns.end());
  for (const StreamIndex stream : turns) {
    take_turn(bound(streams_[stream], step_of(streams_[stream]).target), stream);
  }
}

void FluidPlayer::take_turn(std::uint32_t activity, StreamIndex stream) {
  if (takes_part(activity, stream)) {
    queueing_[activity].push_back(stream);
  } else {
    arrive(activity, stream, now_);
  }
}

// Work that nobody slows down, and then a meeting: when the stream will be there is known now, and needs no event of its own. False where
// what follows the work is no such meeting.
bool FluidPlayer::come_later(StreamIndex stream, Duration duration) {
  StreamState& state = streams_[stream];
  const StreamKind& kind = kinds_[state.kind];
  if (state.next + 1 == kind.count || kind.steps[state.next + 1].kind != StepKind::join) return false;
  const std::uint32_t activity = bound(state, kind.steps[state.next + 1].target);
  if (activities_[activity].contested) return false;
  const Time end = now_ + duration;
  end_step_at(stream, end);
  state.posted = end;
  arrive(activity, stream, end);
  return true;
}

void FluidPlayer::arrive(std::uint32_t activity, StreamIndex stream, Time at) {
  ActivityState& state = activities_[activity];
  check(state.arrived < state.participants, "no more streams join a run than take part");
  state.last = state.arrived == 0 ? at : std::max(state.last, at);
  waiters_[state.first_waiter + state.arrived++] = stream;
  if (state.arrived < state.participants) return;
  if (state.last > now_) {
    queue_.push(state.last, {Event::Kind::run, activity, 0});
  } else {
    begin_run(activity);
  }
}

// Whether a stream of the same actor is in the run that is gathering or running, by the same slot.
bool FluidPlayer::takes_part(std::uint32_t activity, StreamIndex stream) const {
  const ActivityState& state = activities_[activity];
  for (std::uint32_t w = 0; w < state.arrived; ++w) {
    const StreamState& waiter = streams_[waiters_[state.first_waiter + w]];
    if (waiter.actor == streams_[stream].actor && step_of(waiter).target == step_of(streams_[stream]).target) return true;
  }
  return false;
}

void FluidPlayer::begin_run(std::uint32_t activity) {
  ActivityState& state = activities_[activity];
  ++state.runs;
  if (state.interferes) {
    state.memory = model_.activities[activity].takes.memory;
    change_taken(activity, model_.activities[activity].takes, 1);
  }
  for (std::uint32_t w = 0; w < state.arrived; ++w) step_begun(streams_[waiters_[state.first_waiter + w]]);
  const Duration late = lateness_.active() ? lateness(activity) : Duration{};
  if (state.alone != shared) {
    queue_.push(keep_step(state) + late, {Event::Kind::end_of_activity, activity, 0});
  } else if (const Duration latency = late + model_.activities[activity].latency; latency > Duration{}) {
    queue_.push(now_ + latency, {Event::Kind::flow, activity, 0});
  } else {
    begin_flows(activity);
  }
}

Duration FluidPlayer::lateness(std::uint32_t activity) {
  const ActivityState& state = activities_[activity];
  participants_.clear();
  for (std::uint32_t w = 0; w < state.arrived; ++w) {
    const StreamIndex stream = waiters_[state.first_waiter + w];
    const StreamState& waiter = streams_[stream];
    const std::uint32_t slot = step_of(waiter).target;
    const std::int64_t actors = model_.joiners.empty() ? 1 : model_.joiners[waiter.first_binding + slot];
    participants_.push_back({stream, slot, actors, waiter.posted});
  }
  return lateness_.meet(participants_);
}

void FluidPlayer::begin_flows(std::uint32_t activity) {
  const Activity& what = model_.activities[activity];
  activities_[activity].flowing = what.flow_count;
  for (std::uint32_t flow = what.first_flow; flow < what.first_flow + what.flow_count; ++flow) {
    if (!rerouted_.empty()) {
      const auto found = rerouted_.find(flow);
      if (found != rerouted_.end() && found->second.cut_off) throw cut_off(flow);
    }
    pool_.begin(flow, model_.flows[flow].amount, now_);
  }
}

void FluidPlayer::end_flow(std::uint32_t flow) {
  if (!rerouted_.empty()) {
    if (const auto found = rerouted_.find(flow); found != rerouted_.end()) {
      found->second.here += model_.flows[flow].amount - std::exchange(found->second.of_run, 0);
    }
  }
  const std::uint32_t activity = activity_of_flow_[flow];
  if (--activities_[activity].flowing == 0) end_run(activity);
}

// A stream that goes on may join the next run at once: by then its place among the waiters was read.
void FluidPlayer::end_run(std::uint32_t activity) {
  ActivityState& state = activities_[activity];
  if (state.interferes) change_taken(activity, {model_.activities[activity].takes.arithmetic, state.memory}, -1);
  const std::uint32_t arrived = std::exchange(state.arrived, 0);
  ++timeline_.events;
  for (std::uint32_t w = 0; w < arrived; ++w) end_step(waiters_[state.first_waiter + w]);
  if (!state.contested) return;
  for (const StreamIndex stream : std::exchange(queueing_[activity], {})) take_turn(activity, stream);
}

void FluidPlayer::step_begun(StreamState& stream) {
  stream.begun = now_;
  stream.last_label = step_of(stream).label;
  reach_begun(stream);
}

// What was to be reached when the step that the stream is at begins: all since the last step that took time.
void FluidPlayer::reach_begun(StreamState& stream) {
  const Step* const steps = kinds_[stream.kind].steps;
  for (std::uint32_t before = stream.next; before-- > 0 && !takes_time(steps[before].kind);) {
    const Step& step = steps[before];
    if (step.kind == StepKind::record_begun) reach_event(stream, step.target, stream.last_label);
  }
}

void FluidPlayer::end_step(StreamIndex stream) {
  end_step_at(stream, now_);
  advance(stream);
}

void FluidPlayer::end_step_at(StreamIndex stream, Time ended) {
  StreamState& state = streams_[stream];
  const Step& step = step_of(state);
  ++timeline_.events;
  ++steps_done_;
  book(stream, step.label, state.begun, ended);
  if (lateness_.active() && step.kind == StepKind::work) lateness_.worked(stream, step);
  if (state.recorded) {
    timeline_.spans.push_back({ActorId{state.actor}, kinds_[state.kind].number, step.label, state.next, state.posted, state.begun, ended});
  }
  ++state.next;
}

// Streams of the same actor that wait for this record go on; their wait is booked under what the recording stream did last.
void FluidPlayer::reach_event(const StreamState& recorder, std::uint32_t event, std::uint8_t label) {
  const std::uint32_t number = recorder.first_event + event;
  EventState& state = events_[number];
  ++state.reached;
  if (lateness_.active()) reached_at_[number] = {now_, static_cast<StreamIndex>(&recorder - streams_.data())};
  for (StreamIndex* link = &state.waiting; *link != none;) {
    StreamState& waiting = streams_[*link];
    if (step_of(waiting).amount > state.reached) {
      link = &waiting.next_waiting;
    } else {
      go_on_after(recorder, label, std::exchange(*link, waiting.next_waiting));
    }
  }
}

void FluidPlayer::go_on_after(const StreamState& recorder, std::uint8_t label, StreamIndex stream) {
  if (lateness_.active()) lateness_.follow(stream, static_cast<StreamIndex>(&recorder - streams_.data()));
  book(stream, label, recorder.begun, now_);
  ++streams_[stream].next;
  ready_.push_back(stream);
}

void FluidPlayer::book(StreamIndex stream, std::uint8_t label, Time begun, Time ended) {
  if (stream >= model_.actors.size()) return;  // not the first of its actor
  Spent& spent = accounts_[label * model_.actors.size() + stream];
  const Time posted = streams_[stream].posted;
  const Time ran_from = std::max(posted, begun);
  spent.waiting += ran_from.ticks - posted.ticks;
  spent.running += ended.ticks - ran_from.ticks;
}

}  // namespace orrery::sim
