#include "sim/fluid_session.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"

namespace orrery::sim {

void FluidSession::start(const OnlineActivity& activity, Time at, std::function<void(Time)> on_end) {
  check(at >= now_, "a session starts nothing in the past");
  check(activity.amount >= 0 && activity.latency >= Duration{}, "amount and latency are not negative");
  std::uint32_t id = static_cast<std::uint32_t>(runs_.size());
  if (free_runs_.empty()) {
    runs_.emplace_back();
  } else {
    id = free_runs_.back();
    free_runs_.pop_back();
  }
  Run& run = runs_[id];
  run = {.fluid = 0, .amount = activity.amount, .started = starts_++, .on_end = std::move(on_end)};
  if (activity.amount > 0) {
    run.fluid = pool_.declare(activity.demands, rate_alone(resources_, activity.demands, activity.rate_cap));
    if (run.fluid >= run_of_fluid_.size()) run_of_fluid_.resize(run.fluid + 1);
    run_of_fluid_[run.fluid] = id;
  }
  queue_.push(at + activity.latency, {activity.amount > 0 ? Event::Kind::flow : Event::Kind::end_of_run, id, 0});
}

void FluidSession::announce() {
  pool_.settle(now_);
  for (const auto& [fluid, end] : pool_.retimed()) queue_.push(end, {Event::Kind::end_of_fluid, fluid, pool_.version(fluid)});
}

// Callbacks may start activities, which may move runs_: a run's callback is taken out before it is called.
void FluidSession::end(const std::vector<std::uint32_t>& ended) {
  for (const std::uint32_t id : ended) {
    if (runs_[id].amount > 0) {
      pool_.end(runs_[id].fluid);
      pool_.forget(runs_[id].fluid);
    }
  }
  for (const std::uint32_t id : ended) {
    const auto on_end = std::move(runs_[id].on_end);
    free_runs_.push_back(id);
    if (on_end) on_end(now_);
  }
}

void FluidSession::run_until(Time until) {
  std::vector<Event> due;
  std::vector<std::uint32_t> ended;
  while (!queue_.empty() && queue_.next() <= until) {
    const Time tick = queue_.next();
    queue_.pop_tick(due);
    ended.clear();
    for (const Event& event : due) {
      const bool of_fluid = event.kind == Event::Kind::end_of_fluid;
      if (of_fluid && pool_.version(event.id) != event.version) continue;  // superseded: moves no clock
      now_ = tick;
      const std::uint32_t run = of_fluid ? run_of_fluid_[event.id] : event.id;
      if (event.kind == Event::Kind::flow) {
        pool_.begin(runs_[run].fluid, runs_[run].amount, now_);
      } else {
        ended.push_back(run);
      }
    }
    std::sort(ended.begin(), ended.end(), [this](std::uint32_t a, std::uint32_t b) { return runs_[a].started < runs_[b].started; });
    end(ended);
    announce();
  }
  if (until != Time::never()) now_ = std::max(now_, until);
}

}  // namespace orrery::sim
