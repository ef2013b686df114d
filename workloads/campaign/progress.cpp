#include "workloads/campaign/progress.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace orrery::workloads::campaign {

namespace {

sim::LongDuration share(sim::LongDuration time, double of) {
  return of == 1 ? time : sim::LongDuration{static_cast<std::int64_t>(std::floor(static_cast<double>(time.ticks) * of))};
}

}  // namespace

Progress::Progress(const CheckpointPlan& plan, Losses& losses) : plan_(plan), losses_(losses) {
  sim::check(fault_of(plan).empty(), "the plan of checkpoints is one");
  begin_again();
}

sim::LongDuration Progress::next(Phase& phase) const {
  const sim::LongDuration beside = plan_.commit - plan_.stall;
  switch (phase) {
    case Phase::computing:
      phase = Phase::stalled;
      return plan_.stall;
    case Phase::stalled:
      phase = Phase::beside_checkpoint;
      return beside;
    case Phase::beside_checkpoint:
      phase = Phase::computing;
      return plan_.interval - beside;
  }
  return {};
}

double Progress::pace(Phase phase) const {
  if (phase == Phase::stalled) return 0;
  return speed_ * (1 - (plan_.quick ? plan_.quick->overhead : 0)) * (phase == Phase::beside_checkpoint ? plan_.speed_meanwhile : 1);
}

void Progress::compute(sim::LongDuration time) {
  const double undisturbed =
      (1 - (plan_.quick ? plan_.quick->overhead : 0)) * (phase_ == Phase::beside_checkpoint ? plan_.speed_meanwhile : 1);
  const sim::LongDuration running = share(time, undisturbed), done = share(running, speed_);
  losses_.checkpoints += time - running;
  losses_.slowed += running - done;
  work_ += done;
}

void Progress::end_phase() {
  if (phase_ == Phase::computing) underway_ = work_;
  if (phase_ == Phase::beside_checkpoint) saved_ = underway_;
  left_ = next(phase_);
}

void Progress::advance(sim::LongDuration time) {
  while (true) {
    while (left_.ticks == 0) end_phase();
    if (time.ticks == 0) return;
    const sim::LongDuration step = std::min(time, left_);
    if (phase_ == Phase::stalled) {
      losses_.checkpoints += step;
    } else {
      compute(step);
    }
    time -= step;
    left_ -= step;
  }
}

sim::LongDuration Progress::time_to(sim::LongDuration work, sim::LongDuration within) const {
  sim::LongDuration time{}, missing = work - work_, left = left_;
  Phase phase = phase_;
  while (missing.ticks > 0 && time < within) {
    const double rate = pace(phase);
    if (rate > 0) {
      const double lost_to_rounding = rate == 1 ? 0 : 2;  // compute() rounds down twice
      const double needed = std::ceil((static_cast<double>(missing.ticks) + lost_to_rounding) / rate);
      if (needed <= static_cast<double>(left.ticks)) return std::min(within, time + sim::LongDuration{static_cast<std::int64_t>(needed)});
      missing -= share(left, rate);
    }
    time += left;
    left = next(phase);
  }
  return std::min(time, within);
}

sim::LongDuration Progress::saved(Scope lost) const {
  if (!plan_.quick) return saved_;
  const bool survives = lost == Scope::job || (lost == Scope::node && plan_.quick->survives == Scope::node);
  if (!survives) return saved_;
  const sim::LongDuration since = work_ - since_;
  return std::max(saved_, work_ - sim::LongDuration{since.ticks % plan_.quick->interval.ticks});
}

void Progress::roll_back(sim::LongDuration to) {
  sim::check(to <= work_, "a job goes back, not forth");
  losses_.redone += work_ - to;
  work_ = to;
}

void Progress::forget_saved_after(sim::LongDuration work) { saved_ = std::min(saved_, work); }

void Progress::begin_again() {
  since_ = work_;
  phase_ = Phase::computing;
  left_ = plan_.interval;
}

}  // namespace orrery::workloads::campaign
