// Plays a Model: walks every stream through its script, lets flows flow in a FluidPool, and books where the time went.
//
// One object plays once. All that happens at one tick is handled before rates are solved, so simultaneous steps commute. Where streams of
// one actor compete for one slot at one tick, the lower number goes first.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/engine.h"
#include "sim/event_queue.h"
#include "sim/fluid_pool.h"
#include "sim/interference.h"
#include "sim/noise.h"

namespace orrery::sim {

class FluidPlayer {
 public:
  FluidPlayer(const Model& model, const PlayOptions& options, Resolve resolve, OrderStatistics& statistics);
  Timeline play();

 private:
  using StreamIndex = std::uint32_t;
  static constexpr std::uint32_t none = UINT32_MAX;

  struct ScriptFacts;
  class Takers;
  /// What the same stream of all actors of a script has in common.
  struct StreamKind {
    const Step* steps = nullptr;
    std::uint32_t count = 0;
    std::uint16_t number = 0;  // within its actor; of number 0 the time is accounted for
    std::int64_t work = 0;     // of all its steps
    std::span<const Mix> mixes{};
  };
  struct StreamState {
    std::uint32_t kind = 0;  // into kinds_
    std::uint32_t next = 0;  // the step that it is at
    std::uint32_t actor = 0;
    std::uint32_t first_binding = 0;  // of its actor
    std::uint32_t first_event = 0;    // of its actor, into events_
    StreamIndex next_waiting = none;  // for the same event
    FluidPool::Fluid work = none;     // the fluid of its work steps, where others can slow them down
    Time posted{};                    // when it came to the step that it is at
    Time begun{};                     // when that step, or the last one that took time, began
    bool recorded = false;
    bool exposed = false;         // runs that another stream takes part in take from the processor of its work
    bool healthy = true;          // work takes as many picoseconds as its amount says
    bool keeps_step = false;      // with others alike: its work is healthy and uncontended, and nobody looks at single steps of it
    std::uint8_t last_label = 0;  // of the last step that took time: what an event that it records is booked under
  };
  struct EventState {
    std::uint32_t reached = 0;   // how often
    StreamIndex waiting = none;  // the first of the streams that wait for it
  };
  struct ActivityState {
    std::uint32_t arrived = 0;
    std::uint32_t participants = 0;
    std::uint32_t first_waiter = 0;  // into waiters_
    std::uint32_t flowing = 0;       // flows of the run that have not ended
    std::int64_t runs = 0;
    Time last{};              // when the last of those that arrived comes
    Duration alone = shared;  // how long each run takes, where nothing can slow it down
    bool contested = false;   // several streams of one actor join a slot of it: each run takes one of them
    bool interferes = false;  // a run slows exposed work down
    bool repaced = false;     // rates of its flows changed at this tick
    std::int32_t memory = 0;  // that the run at hand takes now
  };
  static constexpr Duration shared{-1};
  /// A flow whose path changes.
  struct Rerouted {
    std::uint32_t first_demand = 0;  // of its present path
    std::uint32_t demand_count = 0;
    std::int64_t here = 0;    // units that went over it
    std::int64_t of_run = 0;  // units of the run at hand that went over earlier paths
    bool cut_off = false;
  };
  /// As Account, in plain picoseconds: no sum of parts of a time exceeds the time, which is checked.
  struct Spent {
    std::int64_t running = 0;
    std::int64_t waiting = 0;
  };
  /// A processor of exposed work.
  struct Exposed {
    ResourceId processor{};
    std::int64_t capacity = 0;  // now
    Taken taken{};
    bool stale = false;                  // something happened at this tick that its work's rates depend on
    std::vector<StreamIndex> streams{};  // that work on it
  };
  struct Event {
    enum class Kind : std::uint8_t { run, flow, end_of_activity, end_of_step, end_of_fluid } kind;
    std::uint32_t id;       // activity, stream or fluid
    std::uint32_t version;  // of the fluid, for its announced end
  };

  void make_activities();
  void find_exposed_work(const std::vector<ScriptFacts>& facts);
  void expose(StreamIndex stream, ResourceId processor);
  void make_streams(const PlayOptions& options, const std::vector<ScriptFacts>& facts);
  void mark_contested(const std::vector<ScriptFacts>& facts);
  void watch_changing_flows();
  std::span<const Demand> contended_demands(std::span<const Demand> demands);
  Duration duration_alone(const Activity& activity) const;
  void tell_progress();
  void settle_streams();
  void handle(const Event& event);
  void apply_changes(Time at);
  void apply(const Change& change);
  Stuck cut_off(std::uint32_t flow) const;
  void advance(StreamIndex stream);
  bool perform(StreamIndex stream, const Step& step);
  bool is_reached(StreamIndex stream, const Step& wait);
  Duration time_of_work(const StreamState& stream, std::int64_t amount) const;
  void join(StreamIndex stream);
  void take_turns();
  void take_turn(std::uint32_t activity, StreamIndex stream);
  bool come_later(StreamIndex stream, Duration duration);
  void arrive(std::uint32_t activity, StreamIndex stream, Time at);
  bool takes_part(std::uint32_t activity, StreamIndex stream) const;
  void begin_run(std::uint32_t activity);
  Duration lateness(std::uint32_t activity);
  bool in_step(std::span<const StreamIndex> participants) const;
  std::uint32_t meeting_of(std::span<const StreamIndex> participants, std::uint32_t slot) const;
  Time keep_step(const ActivityState& activity);
  void pass(std::span<const StreamIndex> participants, std::uint32_t at, std::uint64_t steps, Time begun);
  void begin_flows(std::uint32_t activity);
  void end_flow(std::uint32_t flow);
  void end_run(std::uint32_t activity);
  Mix mix_of(const StreamState& stream) const;
  const Step& step_of(const StreamState& stream) const { return kinds_[stream.kind].steps[stream.next]; }
  void step_begun(StreamState& stream);
  void reach_begun(StreamState& stream);
  void end_step(StreamIndex stream);
  void reach_event(const StreamState& recorder, std::uint32_t event, std::uint8_t label);
  void end_step_at(StreamIndex stream, Time ended);
  void book(StreamIndex stream, std::uint8_t label, Time begun, Time ended);
  void go_on_after(const StreamState& recorder, std::uint8_t label, StreamIndex stream);
  std::uint32_t bound(const StreamState& stream, std::uint32_t slot) const { return index(model_.bindings[stream.first_binding + slot]); }
  void serve(std::span<const Demand> demands, std::int64_t units);
  Exposed* exposed_work_on(ResourceId processor);
  void touch(Exposed& work);
  void change_taken(std::uint32_t activity, const Takes& more, std::int64_t times);
  void settle_rates();
  std::int32_t memory_taken(const Activity& activity) const;
  void announce_ends();
  void settle_exposed_work();
  Timeline finish();
  [[noreturn]] void fail_blocked() const;

  const Model& model_;
  std::function<void(double)> progress_;
  std::uint64_t steps_ = 0;  // that take time, of all streams
  std::uint64_t steps_done_ = 0;
  std::uint64_t ticks_ = 0;
  std::vector<bool> contended_;  // resources that can hold anything up: crossings of others are left out of the pool
  FluidPool pool_;
  EventQueue<Event> queue_;
  Time now_{};
  std::size_t next_change_ = 0;
  std::vector<StreamKind> kinds_;
  std::vector<StreamState> streams_;  // the first streams of all actors, then all others, actor by actor
  std::size_t unfinished_ = 0;        // streams
  std::vector<ActivityState> activities_;
  std::vector<std::uint32_t> activity_of_flow_;
  std::vector<StreamIndex> waiters_;                                      // participants of each activity, as they arrive
  std::vector<StreamIndex> turns_;                                        // streams that came to a contested activity at this tick
  std::unordered_map<std::uint32_t, std::vector<StreamIndex>> queueing_;  // for the next run of a contested activity, in order
  std::unordered_map<std::uint32_t, Rerouted> rerouted_;                  // by flow
  std::vector<EventState> events_;                                        // by actor
  std::vector<StreamIndex> stream_of_work_;                               // by fluid number - number of flows
  struct Reached {
    Time at{Time::never()};
    StreamIndex by = none;
  };
  std::vector<Reached> reached_at_;            // each event last; with noise only
  std::vector<StreamIndex> ready_;             // streams that go on at this tick
  std::vector<Demand> kept_;                   // scratch of contended_demands
  std::vector<std::uint32_t> exposed_number_;  // by resource, into exposed_; empty where nothing interferes
  std::vector<Exposed> exposed_;
  std::vector<std::uint32_t> stale_;    // of exposed_
  std::vector<std::uint32_t> repaced_;  // scratch of settle_rates: activities
  std::vector<std::int64_t> ran_;       // scratch of keep_step: by label
  std::vector<Spent> accounts_;         // [label * actors + actor]: actors side by side, since those alike move together
  Lateness lateness_;
  std::vector<Lateness::Participant> participants_;  // scratch of lateness
  Timeline timeline_;
};

}  // namespace orrery::sim
