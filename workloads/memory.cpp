#include "workloads/memory.h"

#include <algorithm>
#include <string>
#include <vector>

#include "sim/units_text.h"
#include "workloads/schedule.h"
#include "workloads/stages.h"

namespace orrery::workloads {
namespace {

struct ActivationSizes {
  double kept = 0;     // by one layer and micro-batch until its backward pass
  double working = 0;  // by the one layer that is being recomputed, once
};

ActivationSizes activation_sizes(const TrainingJob& job, const Software& software) {
  const double t = job.parallelism.tensor;
  const double sbh = static_cast<double>(job.sequence_length * job.micro_batch * job.model.hidden);
  const double scores = software.fused_attention
                            ? 0
                            : 5.0 * static_cast<double>(job.model.heads * job.sequence_length) / static_cast<double>(job.model.hidden);
  const double element = static_cast<double>(sim::size_of(job.precision)) / 2;  // the equations are for 16 bits
  const auto layer = [&](double score_term) {
    return element * (job.parallelism.sequence ? sbh / t * (34 + score_term) : sbh * (10 + 24 / t + score_term / t));
  };
  switch (job.recompute) {
    case Recompute::none:
      return {layer(scores), 0};
    case Recompute::selective:
      return {layer(0), layer(scores) - layer(0)};
    case Recompute::full:
      return {element * 2 * sbh / (job.parallelism.sequence ? t : 1), layer(scores)};
  }
  return {};
}

// Of `parameters` on this rank: what ZeRO stage `stage` shards over the data group.
double share(double parameters, const Parallelism& parallelism, int stage) {
  return parallelism.zero >= stage ? parameters / parallelism.data : parameters;
}

}  // namespace

MemoryUse rank_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu, int pipeline_rank) {
  const Parallelism& parallelism = job.parallelism;
  double parameters = 0;
  double layers = 0;
  bool head = false;
  for (const Stage& held : stages_of_rank(partition(job, software), parallelism.pipeline, pipeline_rank)) {
    parameters += static_cast<double>(stage_parameters(job, held));
    layers += static_cast<double>(held.layers);
    head |= held.head;
  }
  const double weight_size = static_cast<double>(sim::size_of(job.precision));
  const double gradient_size = static_cast<double>(sim::size_of(software.gradient_type));
  const double optimizer_size = job.precision == sim::DataType::fp32 ? 8 : 12;  // Adam's moments, and fp32 weights beside 16-bit ones
  const ActivationSizes sizes = activation_sizes(job, software);
  const double in_flight = static_cast<double>(peak_in_flight(job, pipeline_rank)) * layers / parallelism.interleave;
  double activations = in_flight * sizes.kept + sizes.working;
  if (head) {  // logits in 16 bits and in fp32 (Korthikanti, section 4.3), of every micro-batch that the head's rank holds
    const std::int64_t held = job.schedule == Schedule::gpipe ? job.micro_batches() : 1;
    const std::int64_t columns = padded_vocabulary(job) / parallelism.tensor;
    activations += static_cast<double>(held * job.sequence_length * job.micro_batch * columns) * (weight_size + 4);
  }
  const auto bytes = [](double count) { return sim::Bytes{static_cast<std::int64_t>(count)}; };
  return {.weights = bytes(share(parameters * weight_size, parallelism, 3)),
          .gradients = bytes(share(parameters * gradient_size, parallelism, 2)),
          .optimizer = bytes(share(parameters * optimizer_size, parallelism, 1)),
          .activations = bytes(activations),
          .buffers = software.reserved_memory,
          .capacity = gpu.memory,
          .pipeline_rank = pipeline_rank};
}

MemoryUse training_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu) {
  MemoryUse most;
  for (int rank = 0; rank < job.parallelism.pipeline; ++rank) {
    const MemoryUse use = rank_memory(job, software, gpu, rank);
    if (rank == 0 || use.total() > most.total()) most = use;
  }
  return most;
}

std::optional<sim::Fault> memory_fault(const TrainingJob& job, const MemoryUse& memory, const topology::GpuSpec& gpu) {
  if (memory.fits()) return std::nullopt;
  const auto part = [](const char* name, sim::Bytes bytes) { return std::string(name) + " " + sim::to_text(bytes); };
  const bool by_activations = memory.activations.count * 2 > memory.total().count;
  const char* remedy = "raise tensor or pipeline";
  if (by_activations) {
    remedy = "lower micro_batch, recompute more, or raise tensor or pipeline";
  } else if (job.parallelism.zero == 0 && job.parallelism.data > 1) {
    remedy = "raise tensor or pipeline, or shard the optimizer with zero 1";
  }
  return sim::Fault{.place = "/workload",
                    .what = "does not fit: pipeline rank " + std::to_string(memory.pipeline_rank) + " needs " +
                            sim::to_text(memory.total()) + " of the " + sim::to_text(memory.capacity) + " of " + gpu.name + " (" +
                            part("weights", memory.weights) + ", " + part("gradients", memory.gradients) + ", " +
                            part("optimizer", memory.optimizer) + ", " + part("activations", memory.activations) + ", " +
                            part("buffers", memory.buffers) + ")",
                    .remedy = remedy};
}

}  // namespace orrery::workloads
