#include "report/run_report.h"

namespace orrery::report {

std::optional<double> published_error(const RunReport& report) {
  const auto& published = report.scenario.published;
  if (!published || !published->iteration_seconds) return std::nullopt;
  return report.iteration.iteration.seconds() / *published->iteration_seconds - 1;
}

}  // namespace orrery::report
