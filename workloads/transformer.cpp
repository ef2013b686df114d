#include "workloads/transformer.h"

namespace orrery::workloads {

namespace {

constexpr std::int64_t relative_distances = 32;

// Of one MLP; biases exist in GPT-like models, not in gated ones, nor in T5.
std::int64_t mlp_parameters(const Transformer& model, std::int64_t width) {
  return (model.gated ? 3 : 2) * model.hidden * width + (model.has_biases() ? width + model.hidden : 0);
}

// What a token multiplies with in the MLP part of a layer: of the experts those that it goes to.
double mlp_weights_met(const Transformer& model, LayerKind kind) {
  const auto matrices = [&](std::int64_t width) { return static_cast<double>((model.gated ? 3 : 2) * model.hidden * width); };
  if (kind != LayerKind::experts) return matrices(model.ffn);
  const auto experts = static_cast<double>(model.experts_per_token + model.shared_experts);
  return matrices(model.expert_width()) * experts + static_cast<double>(model.hidden * model.experts);
}

// Elements of the matrices around attention.
std::int64_t projection_weights(const Transformer& model) {
  const std::int64_t width = model.attention_width();
  if (!model.has_latent_attention()) return model.hidden * (width + 2 * model.kv_heads * model.head_dimension()) + width * model.hidden;
  const std::int64_t queries = width + model.heads * model.rope_dimension;
  const std::int64_t down = model.hidden * (model.query_rank + model.key_value_rank + model.rope_dimension);
  return down + (model.query_rank > 0 ? model.query_rank : model.hidden) * queries + model.key_value_rank * 2 * width +
         width * model.hidden;
}

}  // namespace

std::int64_t expert_parameters(const Transformer& model, LayerKind kind) {
  return kind == LayerKind::experts ? model.experts * mlp_parameters(model, model.expert_width()) : 0;
}

std::int64_t layer_parameters(const Transformer& model, LayerKind kind) {
  const std::int64_t kv_width = model.kv_heads * model.head_dimension();
  const std::int64_t attention = projection_weights(model) + model.query_rank + model.key_value_rank;  // with the norms of latent vectors
  const std::int64_t biases = model.has_biases() ? (model.attention_width() + 2 * kv_width) + model.hidden : 0;
  // Norms: weight, and bias in layer norm.
  const std::int64_t norm = model.hidden * (model.norm == Norm::layer_norm ? 2 : 1);
  const std::int64_t cross = kind == LayerKind::decoder ? projection_weights(model) + norm : 0;
  std::int64_t mlp = mlp_parameters(model, model.ffn);
  if (kind == LayerKind::experts) {
    const std::int64_t router = model.hidden * model.experts;
    mlp = expert_parameters(model, kind) + model.shared_experts * mlp_parameters(model, model.expert_width()) + router;
  }
  return attention + mlp + 2 * norm + biases + cross;
}

std::int64_t embedding_parameters(const Transformer& model) { return model.vocabulary * model.hidden; }

std::int64_t parameters(const Transformer& model) {
  const std::int64_t positions = model.norm == Norm::layer_norm ? model.max_sequence * model.hidden : 0;
  const std::int64_t final_norm = model.hidden * (model.norm == Norm::layer_norm ? 2 : 1);
  const std::int64_t dense = layers_before_usual(model);
  const std::int64_t layers =
      dense * layer_parameters(model, LayerKind::dense) + (model.layers - dense) * layer_parameters(model, usual_kind(model));
  // An encoder has a last norm too; each of both has a bias for each head and distance of tokens, in 32 classes (Raffel et al. 2020).
  const std::int64_t of_encoder = model.has_encoder() ? final_norm + 2 * relative_distances * model.heads : 0;
  return layers + embedding_parameters(model) * (model.tied_embeddings ? 1 : 2) + positions + final_norm + of_encoder;
}

// Forward, a token and layer: 2 FLOPs a weight that it meets, and 4 a column of the heads for each token that it sees. Targets see targets
// and inputs, for whose keys and values each decoder layer has products too.
sim::Flops attention_core_flops(const Transformer& model, std::int64_t batch, const SequenceLengths& lengths) {
  const auto input = static_cast<double>(lengths.input);
  const auto target = static_cast<double>(lengths.decoded(model));
  const auto encoder = static_cast<double>(model.encoder_layers);
  const double rest = static_cast<double>(model.layers) - encoder;
  const double seen = encoder * input * input + rest * target * (target + (model.has_encoder() ? input : 0));
  return {4 * static_cast<double>(batch) * seen * static_cast<double>(model.heads * model.core_dimension())};
}

sim::Flops layers_forward_flops(const Transformer& model, std::int64_t batch, const SequenceLengths& lengths) {
  const auto tokens = static_cast<double>(batch * lengths.input);
  const auto targets = static_cast<double>(batch * lengths.decoded(model));
  const auto attention = static_cast<double>(projection_weights(model));
  const auto before = static_cast<double>(layers_before_usual(model));
  const double rest = static_cast<double>(model.layers) - before;
  const double weights_before = before * (attention + mlp_weights_met(model, LayerKind::dense));
  const double weights = rest * (attention + mlp_weights_met(model, usual_kind(model)));
  double met = tokens * (weights_before + weights);
  if (model.has_encoder()) {
    const auto of_keys = static_cast<double>(2 * model.hidden * model.kv_heads * model.head_dimension());
    met = tokens * (weights_before + rest * of_keys) + targets * (weights + rest * (attention - of_keys));
  }
  return sim::Flops{2 * met} + attention_core_flops(model, batch, lengths);
}

sim::Flops model_flops(const Transformer& model, std::int64_t batch, const SequenceLengths& lengths) {
  const auto tokens = static_cast<double>(batch * lengths.decoded(model));
  const sim::Flops head{2 * tokens * static_cast<double>(model.hidden) * static_cast<double>(model.vocabulary)};
  return 3 * (layers_forward_flops(model, batch, lengths) + head);
}

}  // namespace orrery::workloads
