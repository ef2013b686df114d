// A Program of a trace: what importers hand on and `orrery run` plays.
//
//     const ImportedProgram made = program_of_trace(std::move(trace));
//     sim::text_of(made.program); made.tolerated;          // "157 operations of no duration"
//
// Ranks that do the same share a role. A collective that a trace has of bytes is one of int8. Message tags are numbered anew: matching has
// been done (workloads/trace_order.h), so equal tags of a trace that were under way side by side become different ones.
// Cost: 64 ranks of 690 operations, from 13 MB of Chakra to the Program's text, in 60 ms. Leaves out: messages to oneself, groups whose
// ranks follow no arithmetic (both refused).
#pragma once

#include "workloads/trace.h"

namespace orrery::workloads {

struct ImportedProgram {
  sim::Program program;
  std::vector<std::string> tolerated;  // what was let pass, counted: a line each
};

/// Valid. Throws sim::Error as `order_of` and `communicators_of` do.
ImportedProgram program_of_trace(Trace trace);

}  // namespace orrery::workloads
