#include "report/run_report.h"

namespace orrery::report {

std::optional<double> published_error(const RunReport& report) {
  const auto& published = report.scenario.published;
  if (!published || !published->iteration_seconds) return std::nullopt;
  return report.iteration.iteration.seconds() / *published->iteration_seconds - 1;
}

std::optional<double> usd_per_million_tokens(const workloads::IterationResult& iteration, const std::optional<TrainingPart>& training,
                                             const workloads::Costs& costs) {
  if (!training || !costs.money) return std::nullopt;
  return costs.money->total() / (training->result.tokens_per_second * iteration.iteration.seconds() / 1e6);
}

}  // namespace orrery::report
