#include "workloads/training_groups.h"

#include <utility>

namespace orrery::workloads {

TrainingGroups training_groups(const Parallelism& parallelism) {
  const int t = parallelism.tensor;
  const int r = parallelism.replicas();
  const int e = parallelism.expert;
  const int c = parallelism.context;
  const int p = parallelism.pipeline;
  TrainingGroups result;
  const auto add = [&result](const char* name, sim::Lattice groups, std::vector<sim::Extent> members) {
    result.communicators.push_back({.name = name, .groups = std::move(groups), .members = std::move(members)});
    return static_cast<std::int32_t>(result.communicators.size() - 1);
  };
  result.tensor = add("tensor", {.first = 0, .extents = {{p * r, t}}}, {{t, 1}});
  result.data = add("data", {.first = 0, .extents = {{t, 1}, {p, t * r}}}, {{r, t}});
  // The norm of all gradients: over tensor and pipeline ranks, over those that hold other experts, and over all replicas where ZeRO shards
  // what is summed.
  const int n = parallelism.zero >= 1 ? parallelism.sharers() : e;
  if (n == r && parallelism.zero >= 1) {
    result.norm = add("world", {.first = 0, .extents = {}}, {{t * r * p, 1}});
  } else {
    result.norm = add("model", {.first = 0, .extents = {{r / n, t * n}}}, {{t * n, 1}, {p, t * r}});
  }
  if (p > 1) result.embedding = add("embedding", {.first = 0, .extents = {{t * r, 1}}}, {{2, (p - 1) * t * r}});
  if (const int sharers = parallelism.sharers(); sharers < r) {
    result.shard = add("shard", {.first = 0, .extents = {{t, 1}, {p * r / sharers, t * sharers}}}, {{sharers, t}});
    result.replicate = add("replicate", {.first = 0, .extents = {{t * sharers, 1}, {p, t * r}}}, {{r / sharers, t * sharers}});
  }
  if (c > 1) result.context = add("context", {.first = 0, .extents = {{t, 1}, {p * r / c, t * c}}}, {{c, t}});
  if (e > 1) {
    result.expert = add("expert", {.first = 0, .extents = {{t, 1}, {p * r / e, t * e}}}, {{e, t}});
    result.expert_data = add("expert_data", {.first = 0, .extents = {{t * e, 1}, {p, t * r}}}, {{r / e, t * e}});
  }
  return result;
}

}  // namespace orrery::workloads
