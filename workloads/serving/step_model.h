// The seam between what decides (schedulers, workloads/serving/scheduler.h) and what it costs: how long one iteration of a serving engine
// takes over the sequences that it holds, and how many of them fit.
//
//     const Chunk prompt{.cached = 0, .tokens = 1020}, decoding{.cached = 733, .tokens = 1};
//     const sim::Duration step = model.duration(std::array{prompt, decoding});   // one iteration over both
//
// A queue's tests bring a step of their own (M/D/1); the transformer's is workloads/serving/transformer_step.h.
#pragma once

#include <cstdint>
#include <span>

#include "sim/units.h"

namespace orrery::workloads::serving {

/// One sequence's share of an iteration: `tokens` are computed behind `cached` ones whose keys and values are there. A decoding sequence
/// has one; with speculation, as many as are verified together.
struct Chunk {
  std::int32_t cached = 0;
  std::int32_t tokens = 1;
  enum class Logits : std::uint8_t { of_last, none };
  Logits logits = Logits::of_last;  // none: of a prompt's chunk that is not its last
  bool operator==(const Chunk&) const = default;
};

/// Where keys and values live: pages of so many tokens, as many as memory holds beside the weights.
struct KvCapacity {
  std::int64_t blocks = 0;
  std::int32_t block_tokens = 16;
  sim::Bytes bytes_per_token{};  // of all layers and all GPUs of the replica: what a transfer to another replica moves
};

class StepModel {
 public:
  virtual ~StepModel() = default;
  /// Of one replica, from the first kernel to the tokens that are sampled, host's share included. Each sequence counts with its own
  /// length, never with a mean. At least one chunk. O(chunks), without allocation: a service asks millions of times.
  virtual sim::Duration duration(std::span<const Chunk> batch) const = 0;
  virtual KvCapacity kv_capacity() const = 0;
};

}  // namespace orrery::workloads::serving
