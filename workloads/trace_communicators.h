// The groups of a trace as communicators of a Program: groups alike become one communicator where their ranks follow an arithmetic, so that
// ranks which do the same in different groups can share a role.
//
//     TraceCommunicators made = communicators_of(trace);   // eight groups of 8 neighbours: "c0", groups 0+8*8, members 8*1
//     made.of_group[3]                                       // 0; -1 of a group without collectives
#pragma once

#include "workloads/trace.h"

namespace orrery::workloads {

struct TraceCommunicators {
  std::vector<sim::Communicator> communicators{};
  std::vector<std::int32_t> of_group{};
};

/// Throws sim::Error (unavailable) where the ranks of a group that is used follow no arithmetic.
TraceCommunicators communicators_of(const Trace& trace);

}  // namespace orrery::workloads
