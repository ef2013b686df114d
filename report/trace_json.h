// The recorded spans of a Timeline as a trace that https://ui.perfetto.dev opens: JSON trace events, one process a rank, one thread a
// stream, one slice a step that took time; a transfer's wait for its peer is a slice of its own. Times are in microseconds, as the format
// has them.
#pragma once

#include <string>

#include "sim/program.h"
#include "sim/timeline.h"

namespace orrery::report {

std::string trace_json(const sim::Program& program, const sim::Timeline& timeline);

}  // namespace orrery::report
