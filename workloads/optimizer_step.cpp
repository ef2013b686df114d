#include "workloads/optimizer_step.h"

#include "workloads/labels.h"
#include "workloads/replica_exchange.h"

namespace orrery::workloads {

using sim::KernelKind;

namespace {

constexpr std::int64_t state_bytes = 12;  // of a parameter: weight and two moments in fp32

bool norm_is_shared(const Parallelism& parallelism) {
  return parallelism.tensor * parallelism.pipeline * (parallelism.zero >= 1 ? parallelism.sharers() : parallelism.expert) > 1;
}

void append_norm(const TrainingGroups& groups, std::vector<sim::Operation>& to) {
  to.push_back({number(Label::cross_stage), sim::Collect{sim::CollectiveKind::all_reduce, 1, sim::DataType::fp32, groups.norm}});
}

// As DeepSpeed's CPU Adam, one step after the other: states come from storage, the CPU reads gradients for their norm, unscales and clips
// them, updates states and casts weights; states go back, and weights up.
void append_step_of_host(const TrainingJob& job, const Software& software, const TrainingGroups& groups, std::int64_t owned,
                         std::vector<sim::Operation>& to) {
  const Parallelism& parallelism = job.parallelism;
  const std::int64_t gradient = sim::size_of(software.gradient_type);
  const std::int64_t weight = sim::size_of(job.precision);
  const auto copy = [&](Label label, sim::CopyKind kind, std::int64_t bytes) {
    to.push_back({number(label), sim::Copy{kind, {bytes * owned}}});
  };
  if (!parallelism.gradients_leave()) copy(Label::offload, sim::CopyKind::to_host, gradient);
  copy(Label::optimizer, sim::CopyKind::host, gradient);
  if (norm_is_shared(parallelism)) append_norm(groups, to);
  const bool on_storage = parallelism.offload_optimizer == Offload::nvme;
  if (on_storage) copy(Label::offload, sim::CopyKind::from_storage, state_bytes);
  copy(Label::optimizer, sim::CopyKind::host, 2 * gradient + gradient + 2 * state_bytes + weight);
  if (on_storage) copy(Label::offload, sim::CopyKind::to_storage, state_bytes);
  if (parallelism.offload_parameters == Offload::none) copy(Label::offload, sim::CopyKind::from_host, weight);
  if (parallelism.offload_parameters == Offload::nvme) copy(Label::offload, sim::CopyKind::to_storage, weight);
}

void append_step_of_device(const TrainingJob& job, const Software& software, const TrainingGroups& groups, std::int64_t owned,
                           std::vector<sim::Operation>& to) {
  const auto kernel = [&to](KernelKind kind, sim::DataType type, std::int64_t a, std::int64_t b, std::int64_t c) {
    to.push_back({number(Label::optimizer), sim::Compute{{kind, type, {a, b, c, 1}}}});
  };
  if (sim::size_of(software.gradient_type) < sim::size_of(sim::DataType::fp32)) {
    kernel(KernelKind::elementwise, software.gradient_type, owned, 1, 2);  // into fp32
  }
  kernel(KernelKind::elementwise, sim::DataType::fp32, owned, 1, 1);  // unscaled
  kernel(KernelKind::gradient_norm, sim::DataType::fp32, owned, 1, 1);
  if (norm_is_shared(job.parallelism)) append_norm(groups, to);
  kernel(KernelKind::elementwise, sim::DataType::fp32, owned, 1, 1);  // clipped
  kernel(KernelKind::adam, job.precision, owned, 1, 1);
}

}  // namespace

void append_optimizer_step(const TrainingJob& job, const Software& software, const TrainingGroups& groups, const LocalWeights& weights,
                           std::vector<sim::Operation>& to) {
  const Parallelism& parallelism = job.parallelism;
  const std::int64_t owned = parallelism.zero >= 1 ? shared_out(parallelism, weights) : weights.total();
  if (parallelism.offload_optimizer == Offload::none) {
    append_step_of_device(job, software, groups, owned, to);
  } else {
    append_step_of_host(job, software, groups, owned, to);
  }
  // With ZeRO-3 each layer's weights come together when they are needed.
  if (parallelism.zero == 1 || parallelism.zero == 2) append_gather(job, groups, weights, to);
}

}  // namespace orrery::workloads
