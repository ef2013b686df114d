#include "workloads/schedule.h"

#include <algorithm>

namespace orrery::workloads {
namespace {

// The k-th forward pass of an interleaved schedule; the k-th backward pass takes the chunks in reverse.
Slot interleaved_slot(Pass pass, std::int64_t k, const Parallelism& parallelism) {
  const std::int64_t p = parallelism.pipeline;
  const std::int64_t v = parallelism.interleave;
  const std::int64_t chunk = k % (p * v) / p;
  const std::int64_t micro_batch = k / (p * v) * p + k % p;
  return {pass, static_cast<std::int32_t>(micro_batch), static_cast<std::int32_t>(pass == Pass::forward ? chunk : v - 1 - chunk)};
}

// Forward passes before the first that is followed by a backward pass.
std::int64_t warm_up_passes(const TrainingJob& job, int rank) {
  const Parallelism& parallelism = job.parallelism;
  const std::int64_t passes = job.micro_batches() * parallelism.interleave;
  const std::int64_t behind = parallelism.pipeline - rank - 1;
  switch (job.schedule) {
    case Schedule::gpipe:
      return passes;
    case Schedule::one_f_one_b:
    case Schedule::zb_h1:
      return std::min(behind, passes);
    case Schedule::zb_h2:
      return std::min(2 * behind, passes);
    case Schedule::interleaved:
      if (job.micro_batches() == parallelism.pipeline) return passes;  // as Megatron-LM: one group has no steady part
      return std::min(2 * behind + std::int64_t{parallelism.interleave - 1} * parallelism.pipeline, passes);
  }
  return passes;
}

// By how many micro-batches weights' gradients come after the inputs'.
std::int64_t weights_delay(const TrainingJob& job, int rank) { return job.schedule == Schedule::zb_h2 ? 2 * rank : rank; }

}  // namespace

std::vector<Slot> pipeline_schedule(const TrainingJob& job, int rank) {
  const Parallelism& parallelism = job.parallelism;
  const std::int64_t passes = job.micro_batches() * parallelism.interleave;
  const std::int64_t warm_up = warm_up_passes(job, rank);

  const std::int64_t delay = splits_backward(job) ? weights_delay(job, rank) : passes;  // never, where they are no passes
  std::vector<Slot> slots;
  slots.reserve(static_cast<std::size_t>(3 * passes));
  for (std::int64_t k = 0; k < warm_up; ++k) slots.push_back(interleaved_slot(Pass::forward, k, parallelism));
  for (std::int64_t k = 0; k < passes; ++k) {
    if (k + warm_up < passes) slots.push_back(interleaved_slot(Pass::forward, k + warm_up, parallelism));
    slots.push_back(interleaved_slot(Pass::backward, k, parallelism));
    if (k >= delay) slots.push_back({Pass::weights, static_cast<std::int32_t>(k - delay), 0});
  }
  if (!splits_backward(job)) return slots;
  for (std::int64_t k = std::max(passes - delay, std::int64_t{0}); k < passes; ++k) {
    slots.push_back({Pass::weights, static_cast<std::int32_t>(k), 0});
  }
  return slots;
}

std::vector<std::vector<Slot>> pipeline_phases(const TrainingJob& job, int rank) {
  const std::int64_t warm_up = warm_up_passes(job, rank);
  std::vector<std::vector<Slot>> phases;
  for (const Slot& slot : pipeline_schedule(job, rank)) {
    const bool closes_pair = job.schedule == Schedule::interleaved && slot.pass == Pass::backward && !phases.empty() &&
                             phases.back().size() == 1 && phases.back().front().pass == Pass::forward && std::ssize(phases) > warm_up;
    if (closes_pair) {
      phases.back().push_back(slot);
    } else {
      phases.push_back({slot});
    }
  }
  return phases;
}

std::int64_t peak_in_flight(const TrainingJob& job, int rank) {
  const std::int64_t passes = job.micro_batches() * job.parallelism.interleave;
  const std::int64_t late = splits_backward(job) ? weights_delay(job, rank) : 0;
  return std::min(warm_up_passes(job, rank) + 1 + late, passes);  // from the warm-up on, each forward pass is followed by a backward pass
}

}  // namespace orrery::workloads
