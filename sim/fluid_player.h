// Plays a Model: walks every stream through its script, lets runs flow in a FluidPool, and books where the time went.
//
// One object plays once. All that happens at one tick is handled before rates are solved, so simultaneous steps commute.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/engine.h"
#include "sim/event_queue.h"
#include "sim/fluid_pool.h"

namespace orrery::sim {

class FluidPlayer {
 public:
  FluidPlayer(const Model& model, const PlayOptions& options);
  Timeline play();

 private:
  using StreamIndex = std::uint32_t;
  static constexpr std::uint32_t none = UINT32_MAX;

  struct ScriptFacts;
  struct StreamState {
    const Step* steps = nullptr;
    std::uint32_t count = 0;
    std::uint32_t next = 0;  // the step that it is at
    std::uint32_t actor = 0;
    FluidPool::Fluid work = none;  // the fluid of its work steps
    bool waits = false;            // for the event of its step
    bool accounted = false;        // first stream of its actor
    bool recorded = false;
    std::uint16_t number = 0;     // within its actor
    std::uint8_t last_label = 0;  // of the last step that took time: what an event that it records is booked under
    Time posted{};                // when it came to the step that it is at
    Time begun{};                 // when that step, or the last one that took time, began
    std::int64_t worked = 0;
  };
  struct ActivityState {
    std::uint32_t arrived = 0;
    std::uint32_t first_waiter = 0;  // into waiters_
    std::uint64_t runs = 0;
    bool contested = false;          // several streams of one actor join it: each of its runs takes one of them
    std::vector<StreamIndex> later;  // ... and these wait for the next run, in order of arrival
  };
  struct Event {
    enum class Kind : std::uint8_t { flow, end_of_activity, end_of_pause, end_of_fluid } kind;
    std::uint32_t id;       // activity, stream or fluid
    std::uint32_t version;  // of the fluid, for its announced end
  };

  void make_streams(const PlayOptions& options, const std::vector<ScriptFacts>& facts);
  void tell_progress();
  void handle(const Event& event);
  void advance(StreamIndex stream);
  bool perform(StreamIndex stream, const Step& step);
  void join(StreamIndex stream, const Step& step);
  void arrive(std::uint32_t activity, StreamIndex stream);
  bool takes_part(std::uint32_t activity, std::uint32_t actor) const;
  void mark_contested(const std::vector<ScriptFacts>& facts);
  void begin_run(std::uint32_t activity);
  void end_run(std::uint32_t activity);
  void step_begun(StreamState& stream);
  void reach_begun(StreamState& stream);
  void step_ended(StreamIndex stream);
  void reach_event(const StreamState& recorder, std::uint32_t event, std::uint8_t label);
  void book(const StreamState& stream, std::uint8_t label, Time begun);
  ActivityId bound(const StreamState& stream, std::uint32_t slot) const {
    return model_.bindings[model_.actors[stream.actor].first_binding + slot];
  }
  Timeline finish();
  [[noreturn]] void fail_blocked() const;

  const Model& model_;
  std::function<void(double)> progress_;
  std::uint64_t steps_ = 0;  // that take time, of all streams
  std::uint64_t steps_done_ = 0;
  std::uint64_t ticks_ = 0;
  FluidPool pool_;
  EventQueue<Event> queue_;
  Time now_{};
  std::vector<StreamState> streams_;
  std::vector<StreamIndex> first_stream_;  // by actor, and one past the last
  std::vector<ActivityState> activities_;
  std::vector<StreamIndex> waiters_;         // participants of each activity, as they arrive
  std::vector<std::int64_t> reached_;        // how often each event was, by actor
  std::vector<std::size_t> first_event_;     // by actor
  std::vector<StreamIndex> stream_of_work_;  // by fluid number - number of activities
  std::vector<StreamIndex> ready_;
  Timeline timeline_;
};

}  // namespace orrery::sim
