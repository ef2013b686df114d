// A Program gone through once by all of its ranks without doing or timing anything: who meets whom, and an order in which each rank can
// issue its steps. A Program that cannot end is found out here, before a device is touched.
//
//     const Rehearsal rehearsal = rehearse(program, works);
//     for (const Issue& issue : rehearsal.order[rank]) ...
//
// The order of a rank has its streams' steps in their order, each record before the waits that it answers, and what ranks do together in
// one order on all of them: what NCCL asks for, whose kernels wait for their peers while they hold the device.
//
// Collectives meet as in the simulator: those of one group that are the same operation, first with first; sends and receives by rank and
// tag, first with first. A record of "begun" is reached when the next step of its stream that takes time has met its peers.
//
// Costs O(steps of all ranks) in time and memory.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "realrun/rank_work.h"
#include "sim/program.h"

namespace orrery::realrun {

struct Issue {
  std::uint16_t stream;
  std::uint32_t step;
  bool operator==(const Issue&) const = default;
};

struct Participant {
  std::int32_t rank;
  Issue issue;
  bool operator==(const Participant&) const = default;
};

struct Rehearsal {
  std::vector<std::vector<Issue>> order;  // by rank
  std::vector<std::vector<Participant>>
      meetings;  // of collectives all members', in the group's order; of messages the sender, the receiver
  /// By rank and in order of `order`: of a wait, what its recorder had done last that takes time, or had begun; none: nothing yet.
  struct Answer {
    Issue wait;
    std::optional<Issue> by;
    sim::Record::When when = sim::Record::When::done;
  };
  std::vector<std::vector<Answer>> answers;
};

/// `works[rank]` is rank_work(program, rank). Throws sim::Error where ranks wait for each other for ever, naming steps, or where a receive
/// is of fewer bytes than its send.
Rehearsal rehearse(const sim::Program& program, const std::vector<RankWork>& works);

/// Member ranks of the group of `communicator` that `rank` is in, in its order.
std::vector<std::int32_t> group_of(const sim::Communicator& communicator, std::int32_t rank);

}  // namespace orrery::realrun
