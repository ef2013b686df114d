#include "workloads/transformer.h"

namespace orrery::workloads {

namespace {

// Of one MLP; biases exist in GPT-like models, not in gated ones.
std::int64_t mlp_parameters(const Transformer& model, std::int64_t width) {
  return (model.gated ? 3 : 2) * model.hidden * width + (model.gated ? 0 : width + model.hidden);
}

// What a token multiplies with in the MLP part of a layer: of the experts those that it goes to.
double mlp_weights_met(const Transformer& model, LayerKind kind) {
  const auto matrices = [&](std::int64_t width) { return static_cast<double>((model.gated ? 3 : 2) * model.hidden * width); };
  if (kind == LayerKind::dense) return matrices(model.ffn);
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
  const std::int64_t biases = model.gated ? 0 : (model.attention_width() + 2 * kv_width) + model.hidden;
  // Norms: weight, and bias in layer norm.
  const std::int64_t norms = 2 * model.hidden * (model.norm == Norm::layer_norm ? 2 : 1);
  std::int64_t mlp = mlp_parameters(model, model.ffn);
  if (kind == LayerKind::experts) {
    const std::int64_t router = model.hidden * model.experts;
    mlp = expert_parameters(model, kind) + model.shared_experts * mlp_parameters(model, model.expert_width()) + router;
  }
  return attention + mlp + norms + biases;
}

std::int64_t embedding_parameters(const Transformer& model) { return model.vocabulary * model.hidden; }

std::int64_t parameters(const Transformer& model) {
  const std::int64_t positions = model.norm == Norm::layer_norm ? model.max_sequence * model.hidden : 0;
  const std::int64_t final_norm = model.hidden * (model.norm == Norm::layer_norm ? 2 : 1);
  const std::int64_t dense = model.has_experts() ? model.dense_layers : 0;
  const std::int64_t layers =
      dense * layer_parameters(model, LayerKind::dense) + (model.layers - dense) * layer_parameters(model, usual_kind(model));
  return layers + embedding_parameters(model) * (model.tied_embeddings ? 1 : 2) + positions + final_norm;
}

// Forward, a token and layer: 2 FLOPs a weight that it meets, and scores and context at 4*s*h together.
sim::Flops attention_core_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence) {
  const double tokens = static_cast<double>(batch) * static_cast<double>(sequence);
  return {4 * tokens * static_cast<double>(sequence) * static_cast<double>(model.heads * model.core_dimension()) *
          static_cast<double>(model.layers)};
}

sim::Flops layers_forward_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence) {
  const double tokens = static_cast<double>(batch) * static_cast<double>(sequence);
  const auto attention = static_cast<double>(projection_weights(model));
  const std::int64_t dense = model.has_experts() ? model.dense_layers : 0;
  const double weights = attention * static_cast<double>(model.layers) +
                         mlp_weights_met(model, usual_kind(model)) * static_cast<double>(model.layers - dense) +
                         mlp_weights_met(model, LayerKind::dense) * static_cast<double>(dense);
  return sim::Flops{2 * tokens * weights} + attention_core_flops(model, batch, sequence);
}

sim::Flops model_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence) {
  const double tokens = static_cast<double>(batch) * static_cast<double>(sequence);
  const sim::Flops head{2 * tokens * static_cast<double>(model.hidden) * static_cast<double>(model.vocabulary)};
  return 3 * (layers_forward_flops(model, batch, sequence) + head);
}

}  // namespace orrery::workloads
