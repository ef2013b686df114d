#include "workloads/memory.h"

#include <algorithm>
#include <string>
#include <vector>

#include "sim/units_text.h"
#include "workloads/expert_routing.h"
#include "workloads/schedule.h"
#include "workloads/stages.h"

namespace orrery::workloads {
namespace {

struct ActivationSizes {
  double kept = 0;     // by one layer and micro-batch until its backward pass
  double working = 0;  // by the one layer that is being recomputed, once
};

// What the MLP part of a layer with experts keeps more than a dense one's, in bytes of each token and hidden element that a rank has: the
// copies as they are dispatched (whole on each rank of the tensor group) and the inner tensors of the experts, in place of the 16/t of 4 h
// before and behind GeLU. Gated ones keep three inner tensors.
double expert_extra(const TrainingJob& job) {
  const Transformer& model = job.model;
  const double t = job.parallelism.tensor;
  const double copies = static_cast<double>(model.experts_per_token) * fullest_rank_load(job);
  const double inner = (model.gated ? 6.0 : 4.0) * static_cast<double>(model.expert_width()) / static_cast<double>(model.hidden);
  return 2 * copies + inner * (copies + static_cast<double>(model.shared_experts)) / t - 16 / t;
}

// What latent attention keeps more, in the same measure: latent vectors before and behind their norms, whole on each rank, and wider
// queries, keys and values (Korthikanti: 4 and 2 bytes, and 2 of what comes out).
double latent_extra(const TrainingJob& job) {
  const Transformer& model = job.model;
  if (!model.has_latent_attention()) return 0;
  const double hidden = static_cast<double>(model.hidden);
  const double latent = 4 * static_cast<double>(model.query_rank + model.key_value_rank) / hidden;
  const double queries = static_cast<double>(model.heads * (model.head_dimension() + model.rope_dimension)) / hidden;
  const double values = static_cast<double>(model.attention_width()) / hidden;
  return latent + (4 * (queries - 1) + 4 * (values - 1)) / job.parallelism.tensor;
}

// What a layer of an encoder or decoder keeps more, in the same measure: T5's heads are not as wide as hidden, nor its MLP four times; and
// of cross attention Korthikanti's 5 of input, norm and mask, queries and what comes out, keys and values of the inputs.
double encoder_decoder_extra(const TrainingJob& job, LayerKind kind, double score_term) {
  const Transformer& model = job.model;
  if (!model.has_encoder()) return 0;
  const double t = job.parallelism.tensor;
  const double hidden = static_cast<double>(model.hidden);
  const double width = static_cast<double>(model.attention_width()) / hidden;
  const double extra = (8 * (width - 1) + (model.gated ? 6 : 4) * static_cast<double>(model.ffn) / hidden - 16) / t;
  if (kind != LayerKind::decoder) return extra;
  const double inputs = static_cast<double>(job.sequence_length) / static_cast<double>(job.decoder_length());
  return extra + 5 / (job.parallelism.sequence ? t : 1) + (4 * width + 4 * width * inputs + score_term * inputs) / t;
}

ActivationSizes activation_sizes(const TrainingJob& job, const Software& software, LayerKind kind) {
  const double t = job.parallelism.tensor;
  const double sbh = static_cast<double>(job.tokens(kind) * job.model.hidden);
  const double scores = software.fused_attention
                            ? 0
                            : 5.0 * static_cast<double>(job.model.heads * job.length_in(kind)) / static_cast<double>(job.model.hidden);
  const double element = static_cast<double>(sim::size_of(job.precision)) / 2;  // the equations are for 16 bits
  const auto layer = [&](double score_term) {
    const double dense = job.parallelism.sequence ? sbh / t * (34 + score_term) : sbh * (10 + 24 / t + score_term / t);
    const double more = latent_extra(job) + encoder_decoder_extra(job, kind, score_term);
    return element * (dense + sbh * more + (kind == LayerKind::experts ? sbh * expert_extra(job) : 0));
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

// Beside its own, of the layer at work: keys and values of all ranks and their gradients where they come together; blocks that come in, and
// gradients that come and go, where they go round.
double context_buffers(const TrainingJob& job) {
  if (job.parallelism.context == 1 || job.context_method == ContextMethod::ulysses) return 0;
  const double columns = 2 * static_cast<double>(job.model.kv_heads * job.model.head_dimension()) / job.parallelism.tensor;
  const double own = static_cast<double>(job.tokens()) * columns * static_cast<double>(sim::size_of(job.precision));
  return job.context_method == ContextMethod::ring ? 3 * own : 2 * own * job.parallelism.context;
}

// What an encoder gives, which all layers of the decoder read.
double encoder_output(const TrainingJob& job) {
  if (!job.model.has_encoder()) return 0;
  const double elements = static_cast<double>(job.tokens() * job.model.hidden);
  return elements * static_cast<double>(sim::size_of(job.precision)) / (job.parallelism.sequence ? job.parallelism.tensor : 1);
}

// Of the weights on this rank: what is left where ZeRO stage `stage` shards them over their replicas.
double share(const LocalWeights& weights, const Parallelism& parallelism, int stage) {
  if (parallelism.zero < stage) return static_cast<double>(weights.total());
  const double sharers = parallelism.sharers();
  return (static_cast<double>(weights.common) + static_cast<double>(weights.experts) * parallelism.expert) / sharers;
}

/// Layers of a pipeline rank.
struct HeldWeights {
  double usual = 0;
  double dense = 0;  // of a mixture of experts
};

/// What ZeRO-3 and offloading hold whole for a while, in parameters: the layer at work and the one gathered meanwhile, the gradients of the
/// former; and what is in no layer, all the time.
struct Gathered {
  double weights = 0;
  double gradients = 0;
};

Gathered gathered_parameters(const TrainingJob& job, const LocalWeights& weights, const HeldWeights& held) {
  const Parallelism& parallelism = job.parallelism;
  if (!parallelism.gathers_weights() && !parallelism.gradients_leave()) return {};
  const double layer = static_cast<double>(layer_weights(job, usual_kind(job.model)).total());
  const double dense = static_cast<double>(layer_weights(job, LayerKind::dense).total());
  const double rest = static_cast<double>(weights.total()) - held.usual * layer - held.dense * dense;
  return {parallelism.gathers_weights() ? rest + std::min(held.usual + held.dense, 2.0) * layer : 0, rest + layer};
}

struct OutsideBytes {
  double host = 0;
  double storage = 0;
};

// Of a rank that owns so many parameters: states in fp32 (weight and two moments), the gradient beside them; weights as they are used.
OutsideBytes offloaded_bytes(const Parallelism& parallelism, double owned, double weight_size, double gradient_size) {
  OutsideBytes outside;
  const auto add = [&](Offload where, double bytes) {
    if (where == Offload::cpu) outside.host += owned * bytes;
    if (where == Offload::nvme) outside.storage += owned * bytes;
  };
  add(parallelism.offload_optimizer, 12);
  add(parallelism.offload_parameters, weight_size);
  if (parallelism.offload_optimizer != Offload::none) outside.host += owned * gradient_size;
  return outside;
}

/// No more than an exabyte, so that sums of such still fit 64 bits.
sim::Bytes bytes_of(double count) {
  constexpr double most = 1e18;
  return {static_cast<std::int64_t>(std::min(count, most))};
}

MemoryUse rank_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu, const std::vector<Stage>& stages,
                      int pipeline_rank) {
  const Parallelism& parallelism = job.parallelism;
  LocalWeights weights;
  HeldWeights layers;
  bool head = false;
  for (const Stage& held : stages_of_rank(stages, parallelism.pipeline, pipeline_rank)) {
    weights += stage_weights(job, held);
    layers.usual += static_cast<double>(held.layers - held.dense);
    layers.dense += static_cast<double>(held.dense);
    head |= held.head;
  }
  const double weight_size = static_cast<double>(sim::size_of(job.precision));
  const double gradient_size = static_cast<double>(sim::size_of(software.gradient_type));
  const double optimizer_size = job.precision == sim::DataType::fp32 ? 8 : 12;  // Adam's moments, and fp32 weights beside 16-bit ones
  const ActivationSizes sizes = activation_sizes(job, software, usual_kind(job.model));
  const ActivationSizes of_dense = activation_sizes(job, software, LayerKind::dense);
  const double in_flight = static_cast<double>(peak_in_flight(job, pipeline_rank)) / parallelism.interleave;
  const double working = job.model.has_encoder() ? std::max(sizes.working, of_dense.working) : sizes.working;
  double activations = in_flight * layers.usual * sizes.kept + in_flight * layers.dense * of_dense.kept + working + context_buffers(job) +
                       encoder_output(job);
  if (head) {  // logits, and what the loss is computed of (Korthikanti, section 4.3), of every micro-batch that the head's rank holds
    const double logit_size = weight_size + static_cast<double>(sim::size_of(job.loss_type(software)));
    const double held = job.schedule == Schedule::gpipe ? static_cast<double>(job.micro_batches()) : 1;
    const double tokens = static_cast<double>(job.decoded_tokens());
    const std::int64_t columns = padded_vocabulary(job) / parallelism.tensor;
    activations += held * tokens * static_cast<double>(columns) * logit_size;
  }
  const Gathered gathered = gathered_parameters(job, weights, layers);
  const bool keeps_states = parallelism.offload_optimizer == Offload::none;
  const double kept_weights = parallelism.offload_parameters == Offload::none ? share(weights, parallelism, 3) : 0;
  const double kept_gradients = parallelism.gradients_leave() ? 0 : share(weights, parallelism, 2);
  const auto outside = offloaded_bytes(parallelism, share(weights, parallelism, 1), weight_size, gradient_size);
  return {.weights = bytes_of(kept_weights * weight_size + gathered.weights * weight_size),
          .gradients = bytes_of(kept_gradients * gradient_size + gathered.gradients * weight_size),
          .optimizer = bytes_of(keeps_states ? share(weights, parallelism, 1) * optimizer_size : 0),
          .activations = bytes_of(activations),
          .buffers = software.reserved_memory,
          .capacity = gpu.memory,
          .pipeline_rank = pipeline_rank,
          .host = bytes_of(outside.host),
          .storage = bytes_of(outside.storage)};
}

}  // namespace

MemoryUse rank_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu, int pipeline_rank) {
  return rank_memory(job, software, gpu, partition(job, software), pipeline_rank);
}

MemoryUse training_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu) {
  const std::vector<Stage> stages = partition(job, software);
  MemoryUse most;
  for (int rank = 0; rank < job.parallelism.pipeline; ++rank) {
    MemoryUse use = rank_memory(job, software, gpu, stages, rank);
    use.host = std::max(use.host, most.host);
    use.storage = std::max(use.storage, most.storage);
    if (rank == 0 || use.total() > most.total()) most = use;
    most.host = use.host;
    most.storage = use.storage;
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

std::optional<sim::Fault> offload_fault(const TrainingJob& job, const MemoryUse& memory, const topology::NodeSpec& node) {
  const topology::HostSpec host = node.host.value_or(topology::HostSpec{});
  const std::int64_t gpus = std::min<std::int64_t>(job.gpus(), node.gpus);
  const auto fault = [&](sim::Bytes of_a_gpu, sim::Bytes capacity, const char* where, const char* remedy) {
    return sim::Fault{.place = "/workload",
                      .what = "does not fit: " + std::to_string(gpus) + (gpus == 1 ? " GPU" : " GPUs") + " of a node would leave " +
                              sim::to_text(of_a_gpu) + " each " + where + " of " + sim::to_text(capacity),
                      .remedy = remedy};
  };
  if (memory.host.count > host.memory.count / gpus) {
    return fault(memory.host, host.memory, "in the host's memory", "shard over more replicas, or offload to nvme");
  }
  if (memory.storage.count > host.storage.count / gpus) {
    return fault(memory.storage, host.storage, "on the node's storage", "shard over more replicas");
  }
  return std::nullopt;
}

}  // namespace orrery::workloads
