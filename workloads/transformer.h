// The shape of a transformer, and what follows from it alone: parameters and published FLOP counts.
#pragma once

#include <cstdint>
#include <string>

#include "sim/units.h"

namespace orrery::workloads {

enum class Activation : std::uint8_t { gelu, relu, silu };
enum class Norm : std::uint8_t { layer_norm, rms_norm };

struct Transformer {
  std::string name;
  std::string source;
  std::int64_t layers = 0;
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;  // = heads unless grouped
  std::int64_t ffn = 0;       // 4 * hidden in GPT
  std::int64_t vocabulary = 51200;
  std::int64_t max_sequence = 2048;  // learned positions
  Activation activation = Activation::gelu;
  Norm norm = Norm::layer_norm;
  bool gated = false;  // SwiGLU: three matrices in the MLP
  bool tied_embeddings = true;
  std::int64_t experts = 1;
  std::int64_t experts_per_token = 1;

  std::int64_t head_dimension() const { return hidden / heads; }
};

/// All weights: embeddings, positions, layers, final norm.
std::int64_t parameters(const Transformer& model);
/// Weights of one layer, biases and norms included.
std::int64_t layer_parameters(const Transformer& model);
/// Weights of the token embedding, once.
std::int64_t embedding_parameters(const Transformer& model);

/// Forward FLOPs of all layers over `batch` sequences: 24 b s l h^2 (1 + s/6h) for GPT. The whole attention square counts.
sim::Flops layers_forward_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence);
/// The share of that in scores and context (what selective recomputation repeats): 4 b s^2 h l.
sim::Flops attention_core_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence);
/// Model FLOPs of one iteration (MFU): forward and backward with the head, no recomputation: 72 b s l h^2 (1 + s/6h + V/12lh) for GPT
/// (Narayanan et al., SC'21, eq. 3 less recomputation).
sim::Flops model_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence);

}  // namespace orrery::workloads
