// What an all-to-all puts on a machine, added up without its edges: all GPUs of a node send to a NIC over the same links of the fabric, and
// what they cross before and behind them is their own.
//
//     append_all_to_all_demands(group, tally, demands);       // what append_demands makes of its edges as one flow, bit for bit
//
// Costs a route a pair of nodes and rail; without PXN one a pair of rails.
#pragma once

#include <vector>

#include "sim/model.h"
#include "workloads/group.h"
#include "workloads/tally.h"

namespace orrery::workloads {

/// Of each resource once, in order; none of one rank. `tally` is of all resources and holds nothing, before and after. Throws sim::Error
/// where the fabric is cut, and (infeasible) where there are 2^32 messages or more.
void append_all_to_all_demands(const Group& group, Tally& tally, std::vector<sim::Demand>& demands);

}  // namespace orrery::workloads
