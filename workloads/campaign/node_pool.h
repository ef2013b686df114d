// Which nodes a job has, which stand by and which are being mended, and who of them fails next.
//
// Failures of exponential causes are drawn for the whole job at once and then given to a unit. Of Weibull causes every unit has its own
// clock, wound when a node takes its place in the job and again whenever it rang: its age is the time in service since. Cost: O(log nodes +
// causes) a failure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "sim/random.h"
#include "workloads/campaign/failure_model.h"

namespace orrery::workloads::campaign {

struct Failure {
  sim::LongTime at = sim::LongTime::never();
  std::size_t cause = 0;
  int unit = 0;  // a place in the job (scope node) or a group
};

class NodePool {
 public:
  /// Places 0 to nodes - 1 are filled with new nodes, `spares` more stand by. `model` and `random` must outlive it.
  NodePool(int nodes, int spares, int nodes_per_group, const FailureModel& model, sim::Random& random);

  enum class Job : std::uint8_t { runs, stands };  // a job that stands has no failures of its own
  /// The next failure after `now` of a unit of the job, if nothing changes until then; when asked again, the same.
  const Failure& next(sim::LongTime now, Job job);
  /// The failure that `next` told has happened: what comes next is another.
  void take();

  /// The node at a place goes to be mended; the place is empty.
  void drain(int place, sim::LongTime now, sim::LongDuration repair);
  /// All nodes of a group.
  void drain_group(int group, sim::LongTime now, sim::LongDuration repair);
  int missing() const { return static_cast<int>(empty_.size()); }
  /// When there will be a node for every empty place; never() where there are too few nodes in all.
  sim::LongTime ready(sim::LongTime now) const;
  /// Fills the empty places; at ready() or later.
  void fill(sim::LongTime now);

 private:
  struct Standby {
    sim::LongTime ready;
    int node;
    auto operator<=>(const Standby&) const = default;
  };
  /// The next failure of a unit of its own clock; void where the unit's clock was wound again since.
  struct Clock {
    sim::LongTime at;
    std::size_t cause;
    int unit;  // a node, or a group
    std::uint32_t winding;
    auto operator<=>(const Clock&) const = default;
  };

  double multiple();
  void set_weight(int place, double weight);
  int place_of(double weight) const;
  void wind(std::size_t cause, int unit, sim::LongTime from);
  void wind_node(int node, sim::LongTime from);
  Failure draw_exponential(sim::LongTime now, Job job);
  Failure next_clock();
  bool is_lemon(int node, sim::LongTime now);

  const FailureModel& model_;
  sim::Random& random_;
  int nodes_per_group_;
  int groups_;
  double per_second_[3] = {0, 0, 0};  // of exponential causes, by scope, a unit
  bool has_clocks_ = false;

  std::vector<double> multiples_;                     // by node
  std::vector<std::vector<sim::LongTime>> failures_;  // by node: the last ones, where lemons are looked for
  std::vector<int> node_at_;                          // by place; -1: empty
  std::vector<int> place_at_;                         // by node; -1: none
  std::vector<double> tree_;                          // sums of multiples over places (Fenwick)
  double sum_ = 0;
  std::vector<int> empty_;
  std::priority_queue<Standby, std::vector<Standby>, std::greater<>> standby_;
  std::priority_queue<Clock, std::vector<Clock>, std::greater<>> clocks_;
  std::vector<std::uint32_t> node_windings_;
  std::vector<std::uint32_t> group_windings_;

  std::optional<Failure> drawn_;  // of exponential causes, until something changes
  Job drawn_for_ = Job::runs;
  Failure next_;
};

}  // namespace orrery::workloads::campaign
