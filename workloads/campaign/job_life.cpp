#include "workloads/campaign/job_life.h"

#include <algorithm>
#include <optional>

#include "sim/error.h"
#include "workloads/campaign/node_pool.h"
#include "workloads/campaign/progress.h"

namespace orrery::workloads::campaign {

namespace {

/// A part that slows the job or voids its work, and nobody has noticed yet.
struct Trouble {
  sim::LongTime noticed;
  std::size_t cause = 0;
  int unit = 0;
  sim::LongDuration sound{};  // the work saved before it
};

/// The checkpoints that are left after the loss of one unit and then of another.
Scope worse(Scope a, Scope b) {
  return a == Scope::job ? b : b == Scope::job ? a : Scope::group;  // two nodes may have been each other's peers
}

class Living {
 public:
  Living(const CampaignJob& job, const FailureModel& model, const CheckpointPlan& plan, sim::Random random)
      : job_(job),
        model_(model),
        plan_(plan),
        random_(random),
        pool_(job.nodes, job.spares, job.nodes_per_group, model, random_),
        progress_(plan, life_.losses) {
    life_.tolls.resize(model.causes.size());
  }

  Life life() {
    const sim::LongTime end = sim::LongTime{} + job_.give_up;
    while (progress_.work() < job_.work && now_ < end) {
      const Failure& failure = pool_.next(now_, NodePool::Job::runs);
      const auto trouble = std::ranges::min_element(troubles_, {}, &Trouble::noticed);
      const sim::LongTime noticed = trouble == troubles_.end() ? sim::LongTime::never() : trouble->noticed;
      const sim::LongTime event = std::min({failure.at, noticed, end});
      if (advance_to(event)) break;
      if (now_ == end) break;
      if (noticed <= failure.at) {
        notice(*trouble);
      } else {
        meet(failure);
      }
    }
    life_.finished = progress_.work() >= job_.work;
    if (life_.finished) life_.losses.slowed += progress_.work() - job_.work;  // a few nanoseconds of rounding
    life_.useful = std::min(progress_.work(), job_.work);
    life_.wall = now_ - sim::LongTime{};
    return life_;
  }

 private:
  /// Runs until then, or until the work is done: true.
  bool advance_to(sim::LongTime event) {
    const sim::LongDuration slowed = life_.losses.slowed;
    while (now_ < event && progress_.work() < job_.work) {
      const sim::LongDuration step = std::max(sim::LongDuration{1}, progress_.time_to(job_.work, event - now_));
      progress_.advance(step);
      now_ = now_ + step;
    }
    if (slowest_) life_.tolls[*slowest_].lost += life_.losses.slowed - slowed;
    return progress_.work() >= job_.work;
  }

  sim::LongDuration time_to_notice(const FailureCause& cause) {
    double pick = random_.uniform();
    for (const Noticed& each : cause.noticed) {
      pick -= each.share;
      if (pick < 0) return draw(each.after, random_);
    }
    return cause.noticed.empty() ? sim::LongDuration{} : draw(cause.noticed.back().after, random_);
  }

  /// Counts a failure and takes its unit out of the job.
  void lose(std::size_t cause, int unit) {
    const FailureCause& of = model_.causes[cause];
    if (of.scope == Scope::node) pool_.drain(unit, now_, draw(of.repair, random_));
    if (of.scope == Scope::group) pool_.drain_group(unit, now_, draw(of.repair, random_));
    std::erase_if(troubles_, [&](const Trouble& each) {
      return model_.causes[each.cause].effect == Effect::slows && each.unit == unit && model_.causes[each.cause].scope == of.scope;
    });
    set_speed();
  }

  void set_speed() {
    double speed = 1;
    slowest_.reset();
    for (const Trouble& each : troubles_) {
      const FailureCause& cause = model_.causes[each.cause];
      if (cause.effect != Effect::slows || cause.speed >= speed) continue;
      speed = cause.speed;
      slowest_ = each.cause;
    }
    progress_.set_speed(speed);
  }

  void count(std::size_t cause) {
    ++life_.events;
    ++life_.tolls[cause].failures;
  }

  /// A failure while the job runs. By value: what `next` told changes.
  void meet(Failure failure) {
    pool_.take();
    count(failure.cause);
    const FailureCause& cause = model_.causes[failure.cause];
    const sim::LongDuration unnoticed = time_to_notice(cause);
    if (cause.effect == Effect::stops) {
      ++life_.stops;
      stop(failure.cause, failure.unit, unnoticed);
      return;
    }
    troubles_.push_back(
        {.noticed = now_ + unnoticed, .cause = failure.cause, .unit = failure.unit, .sound = progress_.saved(Scope::group)});
    set_speed();
  }

  void notice(Trouble trouble) {
    std::erase_if(troubles_, [&](const Trouble& each) { return each.noticed == trouble.noticed && each.unit == trouble.unit; });
    const sim::LongTime from = now_;
    sim::LongDuration lost{};
    if (model_.causes[trouble.cause].effect == Effect::corrupts) {
      ++life_.stops;
      lost = roll_back(std::min(trouble.sound, progress_.work()));
      progress_.forget_saved_after(trouble.sound);
    } else {
      book(plan_.commit, &Losses::checkpoints);  // the restart is planned: it saves first
      progress_.save();
    }
    lose(trouble.cause, trouble.unit);
    restart(plan_.load);
    life_.tolls[trouble.cause].lost += (now_ - from) + lost;
  }

  sim::LongDuration roll_back(sim::LongDuration to) {
    const sim::LongDuration lost = progress_.work() - to;
    progress_.roll_back(to);
    return lost;
  }

  void book(sim::LongDuration time, sim::LongDuration Losses::* as) {
    life_.losses.*as += time;
    now_ = now_ + time;
  }

  void stop(std::size_t cause, int unit, sim::LongDuration unnoticed) {
    const sim::LongTime from = now_;
    Scope lost_units = model_.causes[cause].scope;
    const sim::LongDuration reached = progress_.work();
    roll_back(progress_.saved(lost_units));
    book(unnoticed, &Losses::unnoticed);
    lose(cause, unit);
    restart_after(lost_units);
    life_.tolls[cause].lost += (now_ - from) + (reached - progress_.work());
  }

  void restart_after(Scope lost) {
    scope_ = lost;
    restart(std::nullopt);
  }

  /// From a machine with empty places to a job that runs. Without `load` it is that of the checkpoint that survived.
  void restart(std::optional<sim::LongDuration> load) {
    while (true) {
      const bool swaps = pool_.missing() > 0;
      if (swaps && !wait_for_nodes()) return;
      const sim::LongDuration loading = load ? *load : time_to_load();
      const sim::LongDuration needed = (swaps ? draw(job_.swap, random_) : sim::LongDuration{}) + draw(job_.start, random_) + loading;
      const Failure failure = pool_.next(now_, NodePool::Job::stands);
      if (failure.at >= now_ + needed) {
        book(needed, &Losses::restarting);
        break;
      }
      book(failure.at - now_, &Losses::restarting);
      meet_standing(failure);
      if (now_ >= sim::LongTime{} + job_.give_up) return;
    }
    progress_.begin_again();
  }

  /// Of the state that the job goes on from: of the two tiers the one that has it, of both the one that is sooner read.
  sim::LongDuration time_to_load() const {
    if (!plan_.quick || progress_.saved(scope_) < progress_.work()) return plan_.load;
    if (progress_.saved(Scope::group) == progress_.work()) return std::min(plan_.load, plan_.quick->load);
    return plan_.quick->load;
  }

  /// False where there will never be enough nodes, or not in time.
  bool wait_for_nodes() {
    while (true) {
      const sim::LongTime ready = std::min(pool_.ready(now_), sim::LongTime{} + job_.give_up);
      const Failure failure = pool_.next(now_, NodePool::Job::stands);
      if (failure.at >= ready) {
        book(std::max(ready - now_, sim::LongDuration{}), &Losses::waiting);
        if (now_ >= sim::LongTime{} + job_.give_up) return false;
        pool_.fill(now_);
        return true;
      }
      book(failure.at - now_, &Losses::waiting);
      meet_standing(failure);
    }
  }

  /// A failure while the job stands. What would slow it or void its work shows in the restart.
  void meet_standing(const Failure& failure) {
    pool_.take();
    count(failure.cause);
    scope_ = worse(scope_, model_.causes[failure.cause].scope);
    if (progress_.saved(scope_) < progress_.work()) roll_back(progress_.saved(scope_));
    lose(failure.cause, failure.unit);
  }

  const CampaignJob& job_;
  const FailureModel& model_;
  const CheckpointPlan& plan_;
  sim::Random random_;
  Life life_;
  NodePool pool_;
  Progress progress_;
  sim::LongTime now_{};
  std::vector<Trouble> troubles_;
  std::optional<std::size_t> slowest_;
  Scope scope_ = Scope::job;  // what the stop that the job is in has lost
};

}  // namespace

Life live(const CampaignJob& job, const FailureModel& model, const CheckpointPlan& plan, sim::Random random) {
  return Living(job, model, plan, random).life();
}

}  // namespace orrery::workloads::campaign
