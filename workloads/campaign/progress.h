// A job at work between two stops: how far it came, what of that is saved, and where the rest of the time went.
//
//     Progress progress(plan, losses);
//     progress.advance(hours(5));                       // at its speed, with its checkpoints
//     progress.roll_back(progress.saved(Scope::node));  // a node died: it goes on from there
//     progress.begin_again();
//
// The job computes for an interval, stands for the stall, and so on; a checkpoint that counts later than the stall ends makes the begin of
// the next interval slower. Every nanosecond of `advance` is booked: work + losses == time.
// Cost: O(checkpoints in that time) of `advance` and `time_to`, a few nanoseconds each.
#pragma once

#include "workloads/campaign/checkpointing.h"
#include "workloads/campaign/job_life.h"

namespace orrery::workloads::campaign {

class Progress {
 public:
  /// Both must outlive it.
  Progress(const CheckpointPlan& plan, Losses& losses);

  sim::LongDuration work() const { return work_; }
  void set_speed(double speed) { speed_ = speed; }
  void advance(sim::LongDuration time);
  /// How long to advance until that much work is done, or `within` where it would take longer; rounding may make it a few nanoseconds
  /// more.
  sim::LongDuration time_to(sim::LongDuration work, sim::LongDuration within) const;

  /// The work that a checkpoint holds which survives the loss of such a unit.
  sim::LongDuration saved(Scope lost) const;
  /// What was done after that is booked as to be done again.
  void roll_back(sim::LongDuration to);
  /// The work done so far is saved; what that takes is the caller's to book.
  void save() { saved_ = work_; }
  /// What was saved later than that is void.
  void forget_saved_after(sim::LongDuration work);
  /// After a stop: no checkpoint is under way, the next is an interval away.
  void begin_again();

 private:
  enum class Phase : std::uint8_t { beside_checkpoint, computing, stalled };
  /// Turns a phase into the next one, and tells that one's length.
  sim::LongDuration next(Phase& phase) const;
  void end_phase();
  void compute(sim::LongDuration time);
  double pace(Phase phase) const;

  const CheckpointPlan& plan_;
  Losses& losses_;
  double speed_ = 1;
  Phase phase_ = Phase::computing;
  sim::LongDuration left_{};  // of the phase
  sim::LongDuration work_{};
  sim::LongDuration saved_{};     // by the persistent tier
  sim::LongDuration underway_{};  // what the checkpoint that does not count yet holds
  sim::LongDuration since_{};     // work when it last began again
};

}  // namespace orrery::workloads::campaign
