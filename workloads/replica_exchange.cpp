#include "workloads/replica_exchange.h"

#include "workloads/labels.h"

namespace orrery::workloads {
namespace {

struct Exchange {
  sim::CollectiveKind kind;
  sim::DataType type;
  std::int32_t common;
};

// Between those of `common`, and of experts between those who hold the same. `count_of` says of common weights, then of those in experts,
// what one collective is called with.
template <class CountOf>
void append_exchange(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, const Exchange& exchange,
                     std::vector<sim::Operation>& to, const CountOf& count_of) {
  const auto append = [&](const LocalWeights& part, std::int32_t group) {
    to.push_back({number(Label::data), sim::Collect{exchange.kind, count_of(part), exchange.type, group}});
  };
  if (weights.common > 0) append({.common = weights.common}, exchange.common);
  if (job.parallelism.replicas() > job.parallelism.expert && weights.experts > 0) append({.experts = weights.experts}, groups.expert_data);
}

}  // namespace

void append_reduction(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, std::vector<sim::Operation>& to) {
  const Parallelism& parallelism = job.parallelism;
  if (parallelism.replicas() == 1) return;
  const auto share = [&](const LocalWeights& part) { return shared_out(parallelism, part); };
  if (parallelism.zero == 0) {
    append_exchange(job, groups, weights, {sim::CollectiveKind::all_reduce, job.reductions, groups.data}, to,
                    [](const LocalWeights& part) { return part.total(); });
    return;
  }
  if (parallelism.sharers() > 1) {
    append_exchange(job, groups, weights, {sim::CollectiveKind::reduce_scatter, job.reductions, groups.shard}, to, share);
  }
  if (parallelism.sharers() < parallelism.replicas()) {
    append_exchange(job, groups, weights, {sim::CollectiveKind::all_reduce, job.reductions, groups.replicate}, to, share);
  }
}

void append_gather(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, std::vector<sim::Operation>& to) {
  if (job.parallelism.sharers() == 1) return;
  append_exchange(job, groups, weights, {sim::CollectiveKind::all_gather, job.precision, groups.shard}, to,
                  [&](const LocalWeights& part) { return shared_out(job.parallelism, part); });
}

}  // namespace orrery::workloads
