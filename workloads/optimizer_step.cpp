#include "workloads/optimizer_step.h"

#include "workloads/labels.h"
#include "workloads/replica_exchange.h"

namespace orrery::workloads {

using sim::KernelKind;

void append_optimizer_step(const TrainingJob& job, const Software& software, const TrainingGroups& groups, const LocalWeights& weights,
                           std::vector<sim::Operation>& to) {
  const Parallelism& parallelism = job.parallelism;
  const std::int64_t owned = parallelism.zero >= 1 ? shared_out(parallelism, weights) : weights.total();
  const auto kernel = [&to](KernelKind kind, sim::DataType type, std::int64_t a, std::int64_t b, std::int64_t c) {
    to.push_back({number(Label::optimizer), sim::Compute{{kind, type, {a, b, c, 1}}}});
  };
  if (sim::size_of(software.gradient_type) < sim::size_of(sim::DataType::fp32)) {
    kernel(KernelKind::elementwise, software.gradient_type, owned, 1, 2);  // into fp32
  }
  kernel(KernelKind::elementwise, sim::DataType::fp32, owned, 1, 1);  // unscaled
  kernel(KernelKind::gradient_norm, sim::DataType::fp32, owned, 1, 1);
  const int sharers = parallelism.tensor * parallelism.pipeline * (parallelism.zero >= 1 ? parallelism.sharers() : parallelism.expert);
  if (sharers > 1) {
    to.push_back({number(Label::cross_stage), sim::Collect{sim::CollectiveKind::all_reduce, 1, sim::DataType::fp32, groups.norm}});
  }
  kernel(KernelKind::elementwise, sim::DataType::fp32, owned, 1, 1);  // clipped
  kernel(KernelKind::adam, job.precision, owned, 1, 1);
  // With ZeRO-3 each layer's weights come together when they are needed.
  if (parallelism.zero == 1 || parallelism.zero == 2) append_gather(job, groups, weights, to);
}

}  // namespace orrery::workloads
