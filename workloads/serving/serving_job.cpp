#include "workloads/serving/serving_job.h"

namespace orrery::workloads::serving {

double bytes_per_weight(const ServingJob& job) {
  switch (job.weights) {
    case WeightType::as_precision:
      break;
    case WeightType::fp8:
    case WeightType::int8:
      return 1;
    case WeightType::int4:
      return 0.5;
  }
  return static_cast<double>(sim::size_of(job.precision));
}

}  // namespace orrery::workloads::serving
