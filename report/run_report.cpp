#include "report/run_report.h"

#include <algorithm>

namespace orrery::report {

std::optional<double> published_error(const RunReport& report) {
  const auto& published = report.scenario.published;
  if (!published || !published->iteration_seconds) return std::nullopt;
  const auto& changes = report.overrides;
  const bool measured_anew =
      std::any_of(changes.begin(), changes.end(), [](const auto& change) { return change.starts_with("published"); });
  const bool changed = std::any_of(changes.begin(), changes.end(), [](const auto& change) { return !change.starts_with("name="); });
  if (changed && !measured_anew) return std::nullopt;
  return report.iteration.iteration.seconds() / *published->iteration_seconds - 1;
}

}  // namespace orrery::report
