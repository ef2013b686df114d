// In which order a trace can happen: it is run through once, on a machine of round numbers, to find what meets what, what holds up what,
// and whether it comes to its end at all.
//
//     const TraceOrder order = order_of(trace, tolerated);
//     order.starts[rank][operation]                       // picoseconds on that machine: an order, no result
//
// Messages meet as MPI's do: a send the first posted receive that takes it, by (source, destination, tag), first come first served, what is
// ready at one time in the order of the trace. The k-th collective that a member of a group has in its trace meets the k-th of the others.
// A lane performs one operation at a time: what is ready first, or (TraceLane::Order) in the order of the trace, unless a dependency leads
// against it. A meeting takes its lanes when all its members are there, so that no order of arrival can block it.
//
// The machine's rates are round ones of a GPU and a network of today (trace_order.cpp); they decide only what the trace leaves open.
// Cost: in workloads/trace_program.h. Every operation takes at least 1 ps, so that whoever waits for another starts later.
#pragma once

#include "workloads/trace.h"

namespace orrery::workloads {

struct TraceOrder {
  struct Partner {
    std::int32_t rank = -1;
    std::int32_t operation = -1;
  };
  std::vector<std::vector<std::int64_t>> starts;  // by rank and operation
  std::vector<std::vector<Partner>> partners;     // of sends and receives
  std::vector<std::vector<Partner>> firsts;       // of collectives: the first member's, whose size counts
};

/// Indices in `trace` must be in range, and groups have more than one member. Throws sim::Error that names the operation which holds the
/// others up, where the trace cannot end: a message without its other half, a collective that a member never comes to, a cycle.
TraceOrder order_of(const Trace& trace, Tolerated& tolerated);

}  // namespace orrery::workloads
