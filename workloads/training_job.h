// What is to be trained and how it is laid out: plain data, as a scenario's workload says it. `validate_job` checks it against machine and
// stack.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/kernel.h"
#include "topology/cluster.h"
#include "workloads/software.h"
#include "workloads/transformer.h"

namespace orrery::workloads {

enum class Schedule : std::uint8_t { gpipe, one_f_one_b, interleaved, zb_h1, zb_h2 };
enum class Recompute : std::uint8_t { none, selective, full };
/// How ranks that share a sequence come by the keys and values of the others (workloads/context_operations.h).
enum class ContextMethod : std::uint8_t { all_gather, ring, ulysses };

/// Where what ZeRO shards is kept: on the GPUs, in the memory of their hosts (ZeRO-Offload), or on their local storage (ZeRO-Infinity).
enum class Offload : std::uint8_t { none, cpu, nvme };

struct Parallelism {
  int tensor = 1;
  int pipeline = 1;
  int data = 1;
  int interleave = 1;  // virtual stages a rank
  int context = 1;
  int expert = 1;
  bool sequence = false;  // Korthikanti's sequence parallelism over the tensor group
  int zero = 0;           // ZeRO stage 0..3
  int shard = 0;          // neighbouring replicas that ZeRO shards over (hybrid sharding); 0: all

  Offload offload_optimizer = Offload::none;   // states, and from ZeRO 2 on gradients; the host's CPU does the optimizer's work
  Offload offload_parameters = Offload::none;  // weights, with ZeRO 3

  /// Whether weights come together layer by layer.
  bool gathers_weights() const { return zero == 3 && (sharers() > 1 || offload_parameters != Offload::none); }
  /// Whether gradients go to the host as soon as they are reduced.
  bool gradients_leave() const { return zero >= 2 && offload_optimizer != Offload::none; }
  bool operator==(const Parallelism&) const = default;

  /// Ranks that hold the same weights, experts apart.
  int replicas() const { return data * context; }
  /// Those of them that share what ZeRO shards.
  int sharers() const { return shard > 0 ? shard : replicas(); }
};

struct TrainingJob {
  Transformer model;
  std::int64_t sequence_length = 0;
  std::int64_t decoder_sequence_length = 0;  // tokens of a target, of a model with an encoder; 0: as of an input
  std::int64_t global_batch = 0;
  std::int64_t micro_batch = 1;
  sim::DataType precision = sim::DataType::fp16;
  std::optional<sim::DataType> products{};         // of the layers' weights, where their operands are cast (fp8 beside bf16)
  sim::DataType reductions = sim::DataType::fp16;  // of gradients
  Parallelism parallelism;
  Schedule schedule = Schedule::one_f_one_b;
  Recompute recompute = Recompute::none;
  ContextMethod context_method = ContextMethod::all_gather;
  double imbalance = 1;                        // tokens of the hottest expert over the mean
  double capacity_factor = 0;                  // most tokens of an expert over the mean, the rest are dropped; 0: none are
  std::int64_t vocabulary_divisible_by = 128;  // times the tensor ranks: it is padded; 0: what V / tensor leaves over is dropped
  int first_node = 0;                          // of those that it takes, one after the other

  sim::DataType product_type() const { return products.value_or(precision); }
  bool operator==(const TrainingJob&) const = default;

  /// Type of the logits that the loss is computed of.
  sim::DataType loss_type(const Software& software) const {
    return software.loss_precision == LossPrecision::as_reductions ? reductions : sim::DataType::fp32;
  }
  SequenceLengths lengths() const { return {sequence_length, decoder_sequence_length}; }
  /// Of sequences as the last layers and the head see them.
  std::int64_t decoder_length() const { return lengths().decoded(model); }
  std::int64_t length_in(LayerKind kind) const { return kind == LayerKind::decoder ? decoder_length() : sequence_length; }
  /// Of a micro-batch, on one rank.
  std::int64_t tokens(LayerKind kind) const { return micro_batch * length_in(kind) / parallelism.context; }
  std::int64_t tokens() const { return tokens(LayerKind::dense); }
  /// Those that the head gives.
  std::int64_t decoded_tokens() const { return tokens(usual_kind(model)); }
  std::int64_t micro_batches() const { return global_batch / (micro_batch * parallelism.data); }
  std::int64_t gpus() const { return std::int64_t{parallelism.tensor} * parallelism.context * parallelism.pipeline * parallelism.data; }
};

/// Whether weights' gradients are passes of their own (workloads/schedule.h).
inline bool splits_backward(const TrainingJob& job) { return job.schedule == Schedule::zb_h1 || job.schedule == Schedule::zb_h2; }

}  // namespace orrery::workloads
