#include "workloads/replica_exchange.h"

#include "workloads/labels.h"

namespace orrery::workloads {
namespace {

struct Exchange {
  sim::CollectiveKind kind;
  sim::DataType type;
};

// `count_of` says of common weights, then of those in experts, what one collective is called with.
template <class CountOf>
void append_exchange(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, const Exchange& exchange,
                     std::vector<sim::Operation>& to, const CountOf& count_of) {
  const auto append = [&](const LocalWeights& part, std::int32_t group) {
    to.push_back({number(Label::data), sim::Collect{exchange.kind, count_of(part), exchange.type, group}});
  };
  const int replicas = job.parallelism.replicas();
  if (replicas > 1 && weights.common > 0) append({.common = weights.common}, groups.data);
  if (replicas > job.parallelism.expert && weights.experts > 0) append({.experts = weights.experts}, groups.expert_data);
}

}  // namespace

void append_reduction(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, std::vector<sim::Operation>& to) {
  if (job.parallelism.zero >= 1) {
    append_exchange(job, groups, weights, {sim::CollectiveKind::reduce_scatter, job.reductions}, to,
                    [&](const LocalWeights& part) { return shared_out(job.parallelism, part); });
  } else {
    append_exchange(job, groups, weights, {sim::CollectiveKind::all_reduce, job.reductions}, to,
                    [](const LocalWeights& part) { return part.total(); });
  }
}

void append_gather(const TrainingJob& job, const TrainingGroups& groups, const LocalWeights& weights, std::vector<sim::Operation>& to) {
  append_exchange(job, groups, weights, {sim::CollectiveKind::all_gather, job.precision}, to,
                  [&](const LocalWeights& part) { return shared_out(job.parallelism, part); });
}

}  // namespace orrery::workloads
