// How long an iteration takes under one condition of the machine after another: what a campaign of months asks of a Program again and
// again.
//
//     IterationTimes times(program, stack, cluster, packed_placement(program.ranks));
//     times.under({});                                              // as new: 11.9 s
//     times.under({.slow_gpus = {{GpuId{17}, 0.8}}});               // plays once; asked again, it remembers
//
// The Program is put on the machine once. What is broken or slow from the start is what changes at time 0 of a play of it, so only what it
// touches is looked at: its paths are found anew, and the classes of the machine as new are refined where they part (sim/refinement.h). A
// condition that changes on the way is played from the beginning.
//
// Cost: a Model and its classes in memory; of a new condition, at 131,072 GPUs, about a quarter of a play from the file.
// Leaves out: other placements and Programs, which are others of these; and what a play says beside its end.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "sim/program.h"
#include "topology/cluster.h"
#include "topology/condition.h"
#include "workloads/lower.h"
#include "workloads/training_run.h"

namespace orrery::workloads {

class IterationTimes {
 public:
  /// `program` and `cluster` must outlive it.
  IterationTimes(const sim::Program& program, const Stack& stack, const topology::Cluster& cluster, const Placement& placement);
  ~IterationTimes();

  /// Throws sim::Error (infeasible) where the condition cuts ranks off or stops one for good, each time it is asked.
  sim::Duration under(const topology::Condition& condition);
  /// Conditions that were played; the others were remembered.
  std::size_t played() const { return known_.size(); }

 private:
  /// A condition with its parts in order: list, part, time, speed.
  using Key = std::vector<std::array<double, 4>>;
  struct Machine;

  static Key key_of(const topology::Condition& condition);
  sim::Duration play(const topology::Condition& condition);

  std::unique_ptr<Machine> machine_;
  std::map<Key, sim::Duration> known_;
};

}  // namespace orrery::workloads
