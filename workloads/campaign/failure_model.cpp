#include "workloads/campaign/failure_model.h"

namespace orrery::workloads::campaign {

double stops_per_day(const FailureModel& model, int nodes, int groups) {
  double sum = 0;
  for (const FailureCause& cause : model.causes) {
    if (cause.effect != Effect::stops) continue;
    const double units = cause.scope == Scope::node ? nodes : cause.scope == Scope::group ? groups : 1;
    sum += units * cause.per_unit_day;
  }
  return sum;
}

sim::LongDuration mean_time_to_failure(const FailureModel& model, int nodes, int groups) {
  const double per_day = stops_per_day(model, nodes, groups);
  if (per_day <= 0) return sim::LongDuration{INT64_MAX};
  return days(1 / per_day);
}

}  // namespace orrery::workloads::campaign
