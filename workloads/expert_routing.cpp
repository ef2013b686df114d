#include "workloads/expert_routing.h"

#include <algorithm>
#include <cmath>

namespace orrery::workloads {

ExpertRouting expert_routing(const TrainingJob& job) {
  const std::int64_t experts = job.model.experts;
  const std::int64_t ranks = job.parallelism.expert;
  ExpertRouting routing{.assigned = job.tokens() * ranks * job.model.experts_per_token};
  const double mean = static_cast<double>(routing.assigned) / static_cast<double>(experts);
  const std::int64_t hottest = std::min(static_cast<std::int64_t>(std::llround(job.imbalance * mean)), routing.assigned);
  const std::int64_t others = routing.assigned - hottest;
  std::int64_t kept_by_hottest = hottest;
  std::int64_t kept_by_others = others;
  if (job.capacity_factor > 0) {
    const auto capacity = static_cast<std::int64_t>(std::ceil(job.capacity_factor * mean));
    kept_by_hottest = std::min(hottest, capacity);
    kept_by_others = std::min(others, capacity * (experts - 1));
  }
  routing.dropped = routing.assigned - kept_by_hottest - kept_by_others;
  const std::int64_t beside = experts / ranks - 1;  // experts on the hottest one's rank
  routing.fullest_rank = kept_by_hottest + (kept_by_others * beside + experts - 2) / (experts - 1);
  return routing;
}

double fullest_rank_load(const TrainingJob& job) {
  const ExpertRouting routing = expert_routing(job);
  return static_cast<double>(routing.fullest_rank) * job.parallelism.expert / static_cast<double>(routing.assigned);
}

}  // namespace orrery::workloads
