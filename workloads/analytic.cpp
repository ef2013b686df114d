#include "workloads/analytic.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "workloads/analytic_problem.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

sim::Fault unlike(const char* place, const char* what) {
  return {.place = place,
          .what = std::string("the analytic engine prices machines whose nodes and links are alike, and ") + what,
          .remedy = "use --engine fluid"};
}

/// Whether tensor groups, context groups and stages each fill nodes, or share one with others of their kind.
bool groups_are_alike(const TrainingJob& job, int gpus_a_node) {
  const Parallelism& degrees = job.parallelism;
  std::int64_t ranks = 1;
  for (const int degree : {degrees.tensor, degrees.context, degrees.data}) {
    ranks *= degree;
    if (ranks == job.gpus()) return true;
    if (ranks % gpus_a_node != 0 && gpus_a_node % ranks != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<sim::Fault> analytic_fault(const topology::ClusterSpec& cluster, const topology::Condition& condition) {
  if (!topology::is_as_new(condition)) return unlike("/condition", "this one has parts that are broken or slow");
  if (!cluster.others.empty()) return unlike("/cluster", "this one has nodes of several kinds");
  if (cluster.fabric.topology == topology::Topology::imported) return unlike("/cluster/fabric", "this fabric is imported");
  return std::nullopt;
}

std::optional<sim::Fault> analytic_fault(const TrainingJob& job, const Software& software) {
  const auto refused = [](const char* place, const char* what) {
    return sim::Fault{
        .place = place, .what = std::string("the analytic engine has no closed form of ") + what, .remedy = "use --engine fluid"};
  };
  const Parallelism& degrees = job.parallelism;
  if (degrees.offload_optimizer != Offload::none) return refused("/workload/parallelism/offload_optimizer", "what is offloaded");
  if (degrees.offload_parameters != Offload::none) return refused("/workload/parallelism/offload_parameters", "what is offloaded");
  if (job.model.has_encoder()) return refused("/workload/model", "models with an encoder");
  if (software.overlap_tensor) return refused("/software/overlap_tensor", "collectives beside products");
  return std::nullopt;
}

AnalyticModel::AnalyticModel(const Stack& stack, const topology::Cluster& cluster, const topology::Condition& condition)
    : stack_(stack), cluster_(&cluster) {
  if (auto fault = analytic_fault(cluster.spec(), condition)) throw sim::Error(std::move(*fault), sim::ErrorKind::unavailable);
}
AnalyticModel::~AnalyticModel() = default;
AnalyticModel::AnalyticModel(AnalyticModel&&) noexcept = default;

AnalyticProblem& AnalyticModel::problem(const TrainingJob& job) {
  const auto found = std::find_if(problems_.begin(), problems_.end(), [&](const auto& known) { return known->has(job); });
  if (found == problems_.end()) {
    if (auto fault = analytic_fault(job, stack_.software)) throw sim::Error(std::move(*fault), sim::ErrorKind::unavailable);
    problems_.insert(problems_.begin(), std::make_unique<AnalyticProblem>(job, stack_, *cluster_));
  } else if (found != problems_.begin()) {
    std::rotate(problems_.begin(), found, found + 1);
  }
  return *problems_.front();
}

AnalyticEstimate AnalyticModel::evaluate(const TrainingJob& job) {
  if (!groups_are_alike(job, cluster_->node().gpus)) {
    throw sim::Error(
        {.place = "/workload/parallelism",
         .what = "the analytic engine prices layouts whose groups are alike, and of these some keep to a node and others do not",
         .remedy = "take degrees whose products divide the node's GPUs or are multiples of them, or use --engine fluid"},
        sim::ErrorKind::unavailable);
  }
  return problem(job).evaluate(job);
}

TrainingRun run_analytic(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster,
                         const topology::Condition& condition) {
  if (auto fault = gpus_fault(job, cluster.spec())) throw sim::Error(std::move(*fault), sim::ErrorKind::unavailable);
  AnalyticModel model(stack, cluster, condition);
  const AnalyticEstimate estimate = model.evaluate(job);
  TrainingRun run;
  run.memory = estimate.memory;
  run.training = estimate.training;
  if (auto fault = memory_fault(job, run.memory, gpu_of(job, cluster.spec())))
    throw sim::Error(std::move(*fault), sim::ErrorKind::infeasible);
  run.program = training_program(job, stack.software);
  run.timeline.end = sim::Time{} + estimate.iteration;
  run.timeline.actor_ends = {run.timeline.end};
  run.timeline.labels = label_count;
  run.timeline.accounts.assign(estimate.accounts.begin(), estimate.accounts.end());
  run.timeline.classes.of_actor.assign(static_cast<std::size_t>(run.program.ranks), 0);
  run.timeline.classes.of_resource.assign(static_cast<std::size_t>(cluster.resource_count()), 0);
  run.timeline.served = {0};
  run.iteration = iteration_result(run.program, cluster, run.timeline, condition, first_gpu(job, cluster.spec()));
  run.iteration.sees_links = false;
  return run;
}

}  // namespace orrery::workloads
