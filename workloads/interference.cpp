#include "workloads/interference.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace orrery::workloads {

using sim::Step;
using sim::StepKind;

namespace {

constexpr std::size_t never = SIZE_MAX;

/// Where the streams of a script record an event that no two of them record.
class Records {
 public:
  explicit Records(const sim::Script& script) : of_(script.events) {
    for (std::size_t stream = 0; stream < script.streams.size(); ++stream) {
      const auto& steps = script.streams[stream];
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].kind != StepKind::record && steps[i].kind != StepKind::record_begun) continue;
        Event& event = of_[steps[i].target];
        event.several = event.several || (!event.steps.empty() && event.stream != stream);
        event.stream = stream;
        event.steps.push_back(i);
      }
    }
  }
  /// The step of `stream` that the wait is for; `never` where it is not for one of that stream.
  std::size_t step_awaited(const Step& wait, std::size_t stream) const {
    const Event& event = of_[wait.target];
    if (event.several || event.steps.empty() || event.stream != stream || wait.amount < 1) return never;
    const auto time = static_cast<std::size_t>(wait.amount) - 1;
    return time < event.steps.size() ? event.steps[time] : never;
  }

 private:
  struct Event {
    std::size_t stream = 0;
    bool several = false;
    std::vector<std::size_t> steps;
  };
  std::vector<Event> of_;
};

bool is_work(const Step& step) { return step.kind == StepKind::work && step.amount > 0; }

/// Joins of one stream beside the work of another.
class Overlap {
 public:
  Overlap(const sim::Script& script, const Records& records, std::size_t joining, std::size_t working)
      : joins_(script.streams[joining]), works_(script.streams[working]), records_(records), joining_(joining), working_(working) {}

  void mark(std::vector<bool>& beside) const {
    const std::vector<std::size_t> done = work_before();
    const std::vector<std::size_t> held = held_until();
    std::size_t from = 0;  // the working stream is here at least
    for (std::size_t i = 0; i < joins_.size(); ++i) {
      if (joins_[i].kind == StepKind::wait) {
        const std::size_t step = records_.step_awaited(joins_[i], working_);
        if (step != never) from = std::max(from, step);
      }
      if (joins_[i].kind != StepKind::join) continue;
      const std::size_t to = std::max(from, std::min(held[i], works_.size()));
      if (done[to] > done[from]) beside[joins_[i].target] = true;
    }
  }

 private:
  // By step of the working stream: how many steps before it are work.
  std::vector<std::size_t> work_before() const {
    std::vector<std::size_t> before{0};
    for (const Step& step : works_) before.push_back(before.back() + (is_work(step) ? 1 : 0));
    return before;
  }
  // By step of the joining stream: the step at which the working stream waits for something later than that.
  std::vector<std::size_t> held_until() const {
    std::vector<std::size_t> held(joins_.size() + 1, never);
    for (std::size_t i = works_.size(); i-- > 0;) {
      if (works_[i].kind != StepKind::wait) continue;
      const std::size_t step = records_.step_awaited(works_[i], joining_);
      if (step != never) held[step] = i;  // the first of several stays
    }
    for (std::size_t i = joins_.size(); i-- > 0;) held[i] = std::min(held[i], held[i + 1]);
    return held;
  }

  const std::vector<Step>& joins_;
  const std::vector<Step>& works_;
  const Records& records_;
  std::size_t joining_;
  std::size_t working_;
};

std::int32_t share(double part) { return static_cast<std::int32_t>(std::lround(std::min(part, 1.0) * sim::whole_processor)); }

}  // namespace

sim::Takes taken_by(const CollectivePlan& plan, sim::Duration run, const KernelTimes& times) {
  sim::Takes takes{.arithmetic = share(static_cast<double>(plan.thread_blocks) / times.multiprocessors())};
  if (plan.memory_bytes.count == 0) return takes;
  takes.memory = share(static_cast<double>(plan.memory_bytes.count) / (run.seconds() * times.memory_bandwidth().value));
  return takes;
}

std::vector<bool> slots_beside_work(const sim::Script& script) {
  std::vector<bool> beside(script.slots, false);
  const auto has = [](const std::vector<Step>& steps, const auto& what) { return std::any_of(steps.begin(), steps.end(), what); };
  const auto is_join = [](const Step& step) { return step.kind == StepKind::join; };
  const Records records(script);
  for (std::size_t working = 0; working < script.streams.size(); ++working) {
    if (!has(script.streams[working], is_work)) continue;
    for (std::size_t joining = 0; joining < script.streams.size(); ++joining) {
      if (joining != working && has(script.streams[joining], is_join)) Overlap(script, records, joining, working).mark(beside);
    }
  }
  return beside;
}

void keep_takings_beside_work(const Communications& communications, sim::Model& model) {
  std::vector<bool> beside(model.activities.size(), false);
  for (std::size_t r = 0; r < communications.roles().size(); ++r) {
    const Communications::Role& role = communications.roles()[r];
    const std::vector<bool> slots = slots_beside_work(model.scripts[r]);
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!slots[slot]) continue;
      for (std::size_t i = 0; i < role.ranks.size(); ++i) beside[index(model.bindings[role.binding(i, slot)])] = true;
    }
  }
  for (std::size_t a = 0; a < beside.size(); ++a) {
    if (!beside[a]) model.activities[a].takes = {};
  }
}

}  // namespace orrery::workloads
