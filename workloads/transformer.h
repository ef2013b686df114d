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
  std::int64_t experts = 1;  // that tokens are routed to
  std::int64_t experts_per_token = 1;
  std::int64_t expert_ffn = 0;      // 0: as ffn
  std::int64_t shared_experts = 0;  // that every token passes besides
  std::int64_t dense_layers = 0;    // the first ones, of a mixture of experts: they have an MLP of `ffn`

  std::int64_t encoder_layers =
      0;  // the first ones, of an encoder (T5): all tokens see each other, and the other layers see what comes out

  std::int64_t head_size = 0;       // of values, and of queries and keys less rope_dimension; 0: hidden / heads
  std::int64_t key_value_rank = 0;  // of latent attention (workloads/latent_attention.h); 0: there is none
  std::int64_t query_rank = 0;      // 0: queries come straight out of the residual stream
  std::int64_t rope_dimension = 0;  // of queries and keys beside, what carries positions

  bool operator==(const Transformer&) const = default;

  std::int64_t head_dimension() const { return head_size > 0 ? head_size : hidden / heads; }
  bool has_latent_attention() const { return key_value_rank > 0; }
  /// Of a kernel with queries and keys as wide as values, and as many operations.
  std::int64_t core_dimension() const { return head_dimension() + rope_dimension / 2; }
  /// Columns of all heads together.
  std::int64_t attention_width() const { return heads * head_dimension(); }
  bool has_encoder() const { return encoder_layers > 0; }
  bool has_biases() const { return !gated && !has_encoder(); }
  bool has_experts() const { return experts > 1; }
  std::int64_t expert_width() const { return expert_ffn > 0 ? expert_ffn : ffn; }
};

/// Layers of a mixture of experts are of two kinds, and so are those of an encoder and of its decoder, which have cross attention; of
/// another model all are dense.
enum class LayerKind : std::uint8_t { dense, experts, decoder };
/// Of the last layers.
inline LayerKind usual_kind(const Transformer& model) {
  return model.has_experts() ? LayerKind::experts : model.has_encoder() ? LayerKind::decoder : LayerKind::dense;
}
/// Layers that are of kind `dense` and come before those of the usual kind.
inline std::int64_t layers_before_usual(const Transformer& model) {
  return model.has_experts() ? model.dense_layers : model.encoder_layers;
}

/// All weights: embeddings, positions, layers, final norm.
std::int64_t parameters(const Transformer& model);
/// Weights of one layer, biases and norms included: all its experts and their router.
std::int64_t layer_parameters(const Transformer& model, LayerKind kind);
/// Those of them in experts that tokens are routed to.
std::int64_t expert_parameters(const Transformer& model, LayerKind kind);
/// Weights of the token embedding, once.
std::int64_t embedding_parameters(const Transformer& model);

/// Tokens of a sequence. Of a model with an encoder the input's, which it reads, and the target's, which the decoder gives.
struct SequenceLengths {
  // NOLINTNEXTLINE(google-explicit-constructor): where there is one length, it is a number
  SequenceLengths(std::int64_t of_input, std::int64_t of_target = 0) : input(of_input), target(of_target) {}

  std::int64_t input;
  std::int64_t target;  // 0: as the input
  std::int64_t decoded(const Transformer& model) const { return model.has_encoder() && target > 0 ? target : input; }
};

/// Forward FLOPs of all layers over `batch` sequences: 24 b s l h^2 (1 + s/6h) for GPT. The whole attention square counts.
sim::Flops layers_forward_flops(const Transformer& model, std::int64_t batch, const SequenceLengths& lengths);
/// The share of that in scores and context (what selective recomputation repeats): 4 b s^2 h l.
sim::Flops attention_core_flops(const Transformer& model, std::int64_t batch, const SequenceLengths& lengths);
/// Model FLOPs of one iteration (MFU): forward and backward with the head, no recomputation: 72 b s l h^2 (1 + s/6h + V/12lh) for GPT
/// (Narayanan et al., SC'21, eq. 3 less recomputation).
sim::Flops model_flops(const Transformer& model, std::int64_t batch, const SequenceLengths& lengths);

}  // namespace orrery::workloads
