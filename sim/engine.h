// The seam between what is to be played and how it is played. Engines are instances without shared state: two run in two threads.
//
//     const auto engine = make_fluid_engine();
//     const Timeline timeline = engine->play(model, {.recorded = {ActorId{0}}});
//
// What decides as it goes (KV transfers, checkpoint traffic, serving) plays online instead:
//     const auto session = engine->open(resources);
//     session->start({.amount = 1'000'000, .demands = {{link, 1}}}, Time{}, [&](Time end) { ... start the next one ... });
//     session->run_until(Time::never());
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "sim/model.h"
#include "sim/timeline.h"

namespace orrery::sim {

struct PlayOptions {
  std::vector<ActorId> recorded{};         // whose spans to keep; none by default, for they cost memory by the operation
  std::function<void(double)> progress{};  // told now and then what share of the steps is done; must not throw
  bool lean = false;  // resources that are dominated in the Model that this one was made of are left out of it (sim/dominance.h)
};

/// A play that cannot go on since a change took away what it needs. Only the Model's maker can put it in words (who is cut off from whom).
struct Stuck : std::runtime_error {
  Stuck(const char* why, Time since) : std::runtime_error(why), at(since) {}
  Time at;
  std::optional<FlowId> cut_off{};               // runs, or came to run, without a path
  std::optional<ResourceId> without_capacity{};  // held up what ran over it to the end
};

/// An activity of an online session. As Activity, with its demands along.
struct OnlineActivity {
  std::int64_t amount = 0;
  double rate_cap = std::numeric_limits<double>::infinity();
  Duration latency{};
  std::vector<Demand> demands;
};

class Session {
 public:
  virtual ~Session() = default;
  virtual Time now() const = 0;
  /// Begins `activity` at `at` (>= now) and calls `on_end` with its end. Callbacks run in order of end, then of start; they may call start.
  virtual void start(const OnlineActivity& activity, Time at, std::function<void(Time)> on_end) = 0;
  /// Plays everything up to and including `until`, or until nothing is left; now() is then `until`, or the last end where until is never().
  virtual void run_until(Time until) = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Plays every actor to the end of its script. The model must be valid. Throws sim::Error naming the blocked actors where they wait for
  /// each other for ever, Stuck where a change keeps them from going on.
  virtual Timeline play(const Model& model, const PlayOptions& options) = 0;
  virtual std::unique_ptr<Session> open(std::vector<Resource> resources) = 0;
};

}  // namespace orrery::sim
