// From a training job to its result without playing it: the closed form that searches ask a hundred thousand times.
//
// An iteration is taken apart into pieces that many layouts have in common: a layer's passes, transfers, the order of a pipeline, the end
// on each rank. What a piece takes comes from the operations of the very Program that an engine would play, by the same models of kernels
// and collectives (workloads/training_prices.h), once; then it is looked up. The pieces are put together:
//
//     rank r ends its passes at    E(r) = the schedule's recurrence over a few micro-batches, and its pace from there on
//     gradients                    + reductions of what it holds, or what is left of them behind its last pass where they overlap with it
//     tied embedding               first and last rank meet; then all ranks meet for the norm of the gradients
//     iteration                    = max over r + optimizer + weights that come together again
//
//     AnalyticModel model(stack, cluster);
//     const AnalyticEstimate estimate = model.evaluate(job);       // job valid: validate_job(...) is empty
//     if (estimate.fits()) estimate.iteration;
//
// Costs under two microseconds where the pieces are known, up to a millisecond where they are not. Not to be shared by threads.
// Leaves out: what different communications, or those of different stages, contend for in the fabric (on a node it is priced), what
// transfers take from kernels beside them, noise that goes from piece to piece, link utilizations. Refuses machines in bad condition, of
// several kinds of nodes and of imported fabrics, where groups are not alike; and jobs that offload, that have an encoder, or whose
// stack overlaps tensor collectives with products, or of whose groups some keep to a node and others do not.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "sim/error.h"
#include "topology/condition.h"
#include "workloads/labels.h"
#include "workloads/training_run.h"

namespace orrery::workloads {

struct AnalyticEstimate {
  MemoryUse memory{};
  sim::Duration iteration{};                         // 0 where the memory does not hold the job
  std::array<sim::Account, label_count> accounts{};  // of the rank that ends last; they sum to `iteration`
  TrainingResult training{};

  bool fits() const { return memory.fits(); }
};

/// Why such a machine is played by an engine only; nothing where it is not.
std::optional<sim::Fault> analytic_fault(const topology::ClusterSpec& cluster, const topology::Condition& condition);
/// The same of a job on a stack.
std::optional<sim::Fault> analytic_fault(const TrainingJob& job, const Software& software);

class AnalyticProblem;

class AnalyticModel {
 public:
  /// Keeps a reference to the cluster. Throws sim::Error (unavailable) where there is an analytic_fault.
  AnalyticModel(const Stack& stack, const topology::Cluster& cluster, const topology::Condition& condition = {});
  ~AnalyticModel();
  AnalyticModel(AnalyticModel&&) noexcept;

  /// Of a valid job. Throws sim::Error (unavailable) where there is an analytic_fault, and what CollectiveModel throws where NCCL has no
  /// way to do what the job asks for.
  AnalyticEstimate evaluate(const TrainingJob& job);

 private:
  AnalyticProblem& problem(const TrainingJob& job);

  Stack stack_;
  const topology::Cluster* cluster_;
  std::vector<std::unique_ptr<AnalyticProblem>> problems_;  // the last one asked about is the first
};

/// As run_training, but for links: what they carry is not known. Without spans. Throws as it does, and as AnalyticModel.
TrainingRun run_analytic(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster,
                         const topology::Condition& condition = {});

}  // namespace orrery::workloads
