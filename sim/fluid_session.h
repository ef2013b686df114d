// The online face of the fluid engine: activities are started as decisions fall, and their ends call back.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "sim/engine.h"
#include "sim/event_queue.h"
#include "sim/fluid_pool.h"

namespace orrery::sim {

class FluidSession final : public Session {
 public:
  explicit FluidSession(std::vector<Resource> resources) : resources_(std::move(resources)), pool_(resources_) {}

  Time now() const override { return now_; }
  void start(const OnlineActivity& activity, Time at, std::function<void(Time)> on_end) override;
  void run_until(Time until) override;

 private:
  struct Run {
    FluidPool::Fluid fluid = 0;
    std::int64_t amount = 0;
    std::uint64_t started = 0;  // sequence of starts: order of callbacks at one tick
    std::function<void(Time)> on_end;
  };
  struct Event {
    enum class Kind : std::uint8_t { flow, end_of_run, end_of_fluid } kind;
    std::uint32_t id;       // of the run, or of the fluid: run numbers are used again, a fluid's versions are not
    std::uint32_t version;  // of the fluid, for its announced end
  };

  void end(const std::vector<std::uint32_t>& ended);
  void announce();

  std::vector<Resource> resources_;
  FluidPool pool_;
  EventQueue<Event> queue_;
  Time now_{};
  std::vector<Run> runs_;
  std::vector<std::uint32_t> free_runs_;
  std::vector<std::uint32_t> run_of_fluid_;
  std::uint64_t starts_ = 0;
};

}  // namespace orrery::sim
