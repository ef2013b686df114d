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

/// What ZeRO-3 holds whole for a while, in parameters: the layer at work and the one gathered meanwhile, the gradients of the former; and
/// what is in no layer, all the time.
struct Gathered {
  double weights = 0;
  double gradients = 0;
};

Gathered gathered_parameters(const TrainingJob& job, double parameters, double layers) {
  if (job.parallelism.zero < 3 || job.parallelism.data == 1) return {};
  const double layer = static_cast<double>(layer_parameters(job.model)) / job.parallelism.tensor;
  const double rest = parameters - layers * layer;
  return {rest + std::min(layers, 2.0) * layer, rest + layer};
}

/// No more than an exabyte, so that sums of such still fit 64 bits.
sim::Bytes bytes_of(double count) {
  constexpr double most = 1e18;
  return {static_cast<std::int64_t>(std::min(count, most))};
}

MemoryUse rank_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu, const std::vector<Stage>& stages,
                      int pipeline_rank) {
  const Parallelism& parallelism = job.parallelism;
  double parameters = 0;
  double layers = 0;
  bool head = false;
  for (const Stage& held : stages_of_rank(stages, parallelism.pipeline, pipeline_rank)) {
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
  if (head) {  // logits, and what the loss is computed of (Korthikanti, section 4.3), of every micro-batch that the head's rank holds
    const double logit_size = weight_size + static_cast<double>(sim::size_of(job.loss_type(software)));
    const double held = job.schedule == Schedule::gpipe ? static_cast<double>(job.micro_batches()) : 1;
    const double tokens = static_cast<double>(job.sequence_length * job.micro_batch);
    const std::int64_t columns = padded_vocabulary(job) / parallelism.tensor;
    activations += held * tokens * static_cast<double>(columns) * logit_size;
  }
  const Gathered gathered = gathered_parameters(job, parameters, layers);
  return {.weights = bytes_of(share(parameters * weight_size, parallelism, 3) + gathered.weights * weight_size),
          .gradients = bytes_of(share(parameters * gradient_size, parallelism, 2) + gathered.gradients * weight_size),
          .optimizer = bytes_of(share(parameters * optimizer_size, parallelism, 1)),
          .activations = bytes_of(activations),
          .buffers = software.reserved_memory,
          .capacity = gpu.memory,
          .pipeline_rank = pipeline_rank};
}

}  // namespace

MemoryUse rank_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu, int pipeline_rank) {
  return rank_memory(job, software, gpu, partition(job, software), pipeline_rank);
}

MemoryUse training_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu) {
  const std::vector<Stage> stages = partition(job, software);
  MemoryUse most;
  for (int rank = 0; rank < job.parallelism.pipeline; ++rank) {
    const MemoryUse use = rank_memory(job, software, gpu, stages, rank);
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
