#include "sim/simgrid_player.h"

#include <algorithm>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/simgrid_platform.h"

namespace orrery::sim {
namespace {

namespace s4u = simgrid::s4u;

// Walks every stream through its script; SimGrid says when what it started has ended.
class SimGridPlayer {
 public:
  SimGridPlayer(const Model& model, const PlayOptions& options);
  void play(SimGridOutcome& outcome);

 private:
  struct Stream {
    const std::vector<Step>* steps;
    std::uint32_t actor;
    std::uint32_t number;
    std::uint32_t next = 0;  // the step that it is at
    bool recorded = false;
    bool waits = false;           // for the event of its step
    std::uint8_t last_label = 0;  // of the last step that took time
    Time posted{};
    Time begun{};
    const Step& step() const { return (*steps)[next]; }
  };
  struct Meeting {                         // in an activity
    std::vector<std::uint32_t> streams{};  // that have joined the run that gathers or runs
    std::vector<std::uint32_t> later{};    // another stream has joined it by the same slot: theirs is the next run
    std::uint32_t flowing = 0;
  };

  void add_streams(std::uint32_t actor, bool recorded);
  template <class Happening>
  void happen(const Happening& happening);
  template <class Happening>
  void happen_after(Duration duration, const Happening& happening);
  void ended(const s4u::Activity& what);
  void advance(std::uint32_t stream);
  bool perform(std::uint32_t stream, const Step& step);
  void join(std::uint32_t stream);
  void arrive(std::uint32_t activity, std::uint32_t stream);
  void begin_run(std::uint32_t activity);
  void begin_flows(std::uint32_t activity);
  void end_flow(std::uint32_t flow);
  void end_run(std::uint32_t activity);
  void begin_step(Stream& stream);
  void end_step(std::uint32_t stream);
  void reach_begun(const Stream& stream);
  void reach(const Stream& recorder, std::uint32_t event, std::uint8_t label);
  void book(const Stream& stream, std::uint8_t label, Time begun);
  void add_served(ResourceId resource, std::int64_t units);
  std::uint32_t activity_of(const Stream& stream) const {
    return index(model_.bindings[model_.actors[stream.actor].first_binding + stream.step().target]);
  }
  std::size_t slot_of(const Stream& stream) const { return first_slot_[stream.actor] + stream.step().target; }
  Fault blocked() const;

  const Model& model_;
  const PlayOptions& options_;
  SimGridPlatform platform_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> first_stream_;  // by actor, and one past the last
  std::vector<std::size_t> first_slot_;      // by actor
  std::vector<std::size_t> first_event_;     // by actor
  std::vector<bool> taken_;                  // slots: a stream has joined by it
  std::vector<std::int64_t> reached_;        // events: how often
  std::vector<Meeting> meetings_;            // by activity
  std::vector<std::uint32_t> activity_of_flow_;
  std::vector<s4u::ActivityPtr> running_;  // what SimGrid runs: work by stream, then flows. Its places are the tags
  s4u::ActivityPtr last_ended_;            // SimGrid is not done with it until it calls again
  std::vector<std::uint32_t> ready_;       // streams
  std::uint64_t steps_ = 0;                // that take time
  std::uint64_t steps_ended_ = 0;
  Time now_{};
  Timeline timeline_;
};

SimGridPlayer::SimGridPlayer(const Model& model, const PlayOptions& options)
    : model_(model), options_(options), platform_(model), meetings_(model.activities.size()), activity_of_flow_(model.flows.size()) {
  for (std::uint32_t a = 0; a < model.activities.size(); ++a) {
    const Activity& activity = model.activities[a];
    for (std::uint32_t f = 0; f < activity.flow_count; ++f) activity_of_flow_[activity.first_flow + f] = a;
  }
  std::vector<bool> recorded(model.actors.size(), false);
  for (const ActorId actor : options.recorded) recorded.at(index(actor)) = true;
  for (std::uint32_t actor = 0; actor < model.actors.size(); ++actor) add_streams(actor, recorded[actor]);
  first_stream_.push_back(static_cast<std::uint32_t>(streams_.size()));
  running_.resize(streams_.size() + model.flows.size());
  timeline_.labels = model.labels;
  timeline_.actor_ends.resize(model.actors.size());
  timeline_.accounts.resize(model.actors.size() * model.labels);
  timeline_.served.resize(model.resources.size());
}

void SimGridPlayer::add_streams(std::uint32_t actor, bool recorded) {
  const Script& script = model_.scripts[index(model_.actors[actor].script)];
  first_stream_.push_back(static_cast<std::uint32_t>(streams_.size()));
  first_slot_.push_back(taken_.size());
  first_event_.push_back(reached_.size());
  taken_.resize(taken_.size() + script.slots);
  reached_.resize(reached_.size() + script.events);
  for (std::uint32_t number = 0; number < script.streams.size(); ++number) {
    const auto& steps = script.streams[number];
    ready_.push_back(static_cast<std::uint32_t>(streams_.size()));
    streams_.push_back({.steps = &steps, .actor = actor, .number = number, .recorded = recorded});
    steps_ += static_cast<std::uint64_t>(std::count_if(steps.begin(), steps.end(), [](const Step& step) { return takes_time(step.kind); }));
  }
}

void SimGridPlayer::play(SimGridOutcome& outcome) {
  s4u::Activity::on_completion_cb([this](const s4u::Activity& what) { happen([&] { ended(what); }); });
  happen([] {});
  s4u::Engine::get_instance()->run();
  bool lost = false;
  for (s4u::ActivityPtr& what : running_) lost |= what.detach() != nullptr;  // SimGrid prints a backtrace where one is let go of
  if (lost) {
    outcome.fault = {.place = "",
                     .what = "SimGrid lost sight of what was under way, as it may after hours of simulated time",
                     .remedy = "take the fluid engine"};
    outcome.kind = ErrorKind::unavailable;
    return;
  }
  outcome.fault = blocked();
  for (const Time end : timeline_.actor_ends) timeline_.end = std::max(timeline_.end, end);
  std::sort(timeline_.spans.begin(), timeline_.spans.end(), [](const Span& a, const Span& b) {
    return std::tuple(a.ended, index(a.actor), a.stream) < std::tuple(b.ended, index(b.actor), b.stream);
  });
  outcome.timeline = std::move(timeline_);
}

// Whatever happens happens at SimGrid's clock, and then all streams that it has set free go on.
template <class Happening>
void SimGridPlayer::happen(const Happening& happening) {
  now_ = Time{} + Duration::from_seconds(s4u::Engine::get_clock());
  happening();
  for (std::size_t i = 0; i < ready_.size(); ++i) advance(ready_[i]);
  ready_.clear();
}

// A timer, for a communication's latency would weigh in SimGrid's sharing, and a sleep is rounded to surf/precision.
template <class Happening>
void SimGridPlayer::happen_after(Duration duration, const Happening& happening) {
  simgrid::kernel::timer::Timer::set(s4u::Engine::get_clock() + duration.seconds(), [this, happening] { happen(happening); });
}

void SimGridPlayer::ended(const s4u::Activity& what) {
  const auto place = static_cast<std::size_t>(what.get_data<s4u::ActivityPtr>() - running_.data());
  last_ended_ = std::move(running_[place]);
  if (place >= streams_.size()) return end_flow(static_cast<std::uint32_t>(place - streams_.size()));
  const auto stream = static_cast<std::uint32_t>(place);
  add_served(model_.actors[streams_[stream].actor].processor, streams_[stream].step().amount);
  end_step(stream);
}

// Goes on from the step that the stream is at until one blocks it.
void SimGridPlayer::advance(std::uint32_t stream) {
  Stream& state = streams_[stream];
  while (state.next < state.steps->size()) {
    state.posted = now_;
    if (!perform(stream, state.step())) return;
    ++state.next;
  }
  reach_begun(state);                        // nothing follows that could begin
  timeline_.actor_ends[state.actor] = now_;  // the last of its streams to come here stays
}

// False where the step blocks: what ends it moves the stream past it.
bool SimGridPlayer::perform(std::uint32_t stream, const Step& step) {
  Stream& state = streams_[stream];
  switch (step.kind) {
    case StepKind::work:
      begin_step(state);
      if (step.amount == 0) return true;
      running_[stream] = platform_.start_work(model_.actors[state.actor].processor, step.amount, &running_[stream]);
      return false;
    case StepKind::pause:
      begin_step(state);
      happen_after({step.amount}, [this, stream] { end_step(stream); });
      return false;
    case StepKind::join:
      join(stream);
      return false;
    case StepKind::record:
      reach(state, step.target, state.last_label);
      return true;
    case StepKind::record_begun:
      return true;  // reached when a later step begins
    case StepKind::wait:
      state.waits = reached_[first_event_[state.actor] + step.target] < step.amount;
      return !state.waits;
  }
  return true;
}

void SimGridPlayer::join(std::uint32_t stream) {
  const std::uint32_t activity = activity_of(streams_[stream]);
  if (taken_[slot_of(streams_[stream])]) {
    meetings_[activity].later.push_back(stream);
  } else {
    arrive(activity, stream);
  }
}

void SimGridPlayer::arrive(std::uint32_t activity, std::uint32_t stream) {
  taken_[slot_of(streams_[stream])] = true;
  meetings_[activity].streams.push_back(stream);
  if (meetings_[activity].streams.size() == model_.activities[activity].participants) begin_run(activity);
}

void SimGridPlayer::begin_run(std::uint32_t activity) {
  const Activity& what = model_.activities[activity];
  for (const std::uint32_t stream : meetings_[activity].streams) begin_step(streams_[stream]);
  if (what.flow_count == 0) {
    happen_after(what.latency, [this, activity] { end_run(activity); });
  } else if (what.latency > Duration{}) {
    happen_after(what.latency, [this, activity] { begin_flows(activity); });
  } else {
    begin_flows(activity);
  }
}

void SimGridPlayer::begin_flows(std::uint32_t activity) {
  const Activity& what = model_.activities[activity];
  meetings_[activity].flowing = what.flow_count;
  for (std::uint32_t flow = what.first_flow; flow < what.first_flow + what.flow_count; ++flow) {
    s4u::ActivityPtr& place = running_[streams_.size() + flow];
    place = platform_.start_flow(flow, &place);
  }
}

void SimGridPlayer::end_flow(std::uint32_t flow) {
  const Flow& what = model_.flows[flow];
  for (std::uint32_t d = what.first_demand; d < what.first_demand + what.demand_count; ++d) {
    add_served(model_.demands[d].resource, detail::checked_multiply(what.amount, model_.demands[d].multiplicity));
  }
  const std::uint32_t activity = activity_of_flow_[flow];
  if (--meetings_[activity].flowing == 0) end_run(activity);
}

void SimGridPlayer::end_run(std::uint32_t activity) {
  ++timeline_.events;
  for (const std::uint32_t stream : std::exchange(meetings_[activity].streams, {})) {
    taken_[slot_of(streams_[stream])] = false;
    end_step(stream);
  }
  for (const std::uint32_t stream : std::exchange(meetings_[activity].later, {})) join(stream);
}

void SimGridPlayer::begin_step(Stream& stream) {
  stream.begun = now_;
  stream.last_label = stream.step().label;
  reach_begun(stream);
}

void SimGridPlayer::end_step(std::uint32_t stream) {
  Stream& state = streams_[stream];
  const std::uint8_t label = state.step().label;
  book(state, label, state.begun);
  if (state.recorded) {
    const auto number = static_cast<std::uint16_t>(state.number);
    timeline_.spans.push_back({ActorId{state.actor}, number, label, state.next, state.posted, state.begun, now_});
  }
  ++timeline_.events;
  ++state.next;
  ready_.push_back(stream);
  constexpr std::uint64_t steps_between = 1 << 14;
  if (++steps_ended_ % steps_between != 0 || !options_.progress) return;
  options_.progress(static_cast<double>(steps_ended_) / static_cast<double>(steps_));
}

// The record_begun steps right before the one that the stream is at.
void SimGridPlayer::reach_begun(const Stream& stream) {
  for (std::uint32_t before = stream.next; before-- > 0;) {
    const Step& step = (*stream.steps)[before];
    if (takes_time(step.kind)) return;
    if (step.kind == StepKind::record_begun) reach(stream, step.target, stream.last_label);
  }
}

// Who waited for it in the same actor goes on; the wait is booked under what the recording stream did last.
void SimGridPlayer::reach(const Stream& recorder, std::uint32_t event, std::uint8_t label) {
  const std::int64_t times = ++reached_[first_event_[recorder.actor] + event];
  for (std::uint32_t other = first_stream_[recorder.actor]; other < first_stream_[recorder.actor + 1]; ++other) {
    Stream& waiting = streams_[other];
    if (!waiting.waits || waiting.step().target != event || waiting.step().amount > times) continue;
    waiting.waits = false;
    book(waiting, label, recorder.begun);
    ++waiting.next;
    ready_.push_back(other);
  }
}

void SimGridPlayer::book(const Stream& stream, std::uint8_t label, Time begun) {
  if (stream.number != 0) return;
  Account& account = timeline_.accounts[stream.actor * std::size_t{timeline_.labels} + label];
  const Time ran_from = std::max(stream.posted, begun);
  account.waiting += ran_from - stream.posted;
  account.running += now_ - ran_from;
}

void SimGridPlayer::add_served(ResourceId resource, std::int64_t units) {
  std::int64_t& served = timeline_.served[index(resource)];
  served = detail::checked_add(served, units);
}

// No fault where every stream has come to its end.
Fault SimGridPlayer::blocked() const {
  constexpr std::uint32_t shown = 8;
  std::uint32_t count = 0;
  std::string who;
  for (const Stream& stream : streams_) {
    if (stream.next >= stream.steps->size() || ++count > shown) continue;
    who += (count == 1 ? "actor " : "; actor ") + std::to_string(stream.actor) + " stream " + std::to_string(stream.number) + " at step " +
           std::to_string(stream.next) + " for " + (stream.waits ? "an event" : "its peers");
  }
  if (count == 0) return {};
  return {.place = "",
          .what = std::to_string(count) + " streams wait for each other for ever: " + who,
          .remedy = "give sends and receives, collectives and events of the program one order that all ranks can follow"};
}

}  // namespace
}  // namespace orrery::sim

void orrery_play_with_simgrid(const orrery::sim::Model& model, const orrery::sim::PlayOptions& options,
                              orrery::sim::SimGridOutcome& outcome) {
  orrery::sim::SimGridPlayer(model, options).play(outcome);
}
