// What this process costs from a moment on.
//
//     const ProcessFigures process;
//     ...
//     process.tell(report.simulation);
#pragma once

#include <sys/resource.h>

#include <chrono>

#include "report/run_report.h"

namespace orrery::cli {

/// Begins to count when it is made.
class ProcessFigures {
 public:
  ProcessFigures();

  /// Sets wall time, processor time of the process and its children (SimGrid plays in one), and the most memory that one of them held.
  /// Children that it had before are not its own: a launcher builds, and then becomes this program. One of ours that held less than one of
  /// those does not show.
  void tell(report::SimulationFigures& figures) const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  rusage children_before_{};
};

}  // namespace orrery::cli
