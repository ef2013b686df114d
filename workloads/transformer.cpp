#include "workloads/transformer.h"

namespace orrery::workloads {

std::int64_t layer_parameters(const Transformer& model) {
  const std::int64_t kv_width = model.kv_heads * model.head_dimension();
  const std::int64_t attention = model.hidden * (model.hidden + 2 * kv_width) + model.hidden * model.hidden;
  const std::int64_t mlp = (model.gated ? 3 : 2) * model.hidden * model.ffn * model.experts;
  // Norms: weight (and bias in layer norm); biases of the four matrices exist in GPT-like models, not in gated ones.
  const std::int64_t norms = 2 * model.hidden * (model.norm == Norm::layer_norm ? 2 : 1);
  const std::int64_t biases = model.gated ? 0 : (model.hidden + 2 * kv_width) + model.hidden + model.experts * (model.ffn + model.hidden);
  return attention + mlp + norms + biases;
}

std::int64_t embedding_parameters(const Transformer& model) { return model.vocabulary * model.hidden; }

std::int64_t parameters(const Transformer& model) {
  const std::int64_t positions = model.norm == Norm::layer_norm ? model.max_sequence * model.hidden : 0;
  const std::int64_t final_norm = model.hidden * (model.norm == Norm::layer_norm ? 2 : 1);
  return model.layers * layer_parameters(model) + embedding_parameters(model) * (model.tied_embeddings ? 1 : 2) + positions + final_norm;
}

// Forward, a token and layer: 2 FLOPs a weight that it meets, and scores and context at 4*s*h together.
sim::Flops attention_core_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence) {
  const double tokens = static_cast<double>(batch) * static_cast<double>(sequence);
  return {4 * tokens * static_cast<double>(sequence) * static_cast<double>(model.hidden) * static_cast<double>(model.layers)};
}

sim::Flops layers_forward_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence) {
  const double tokens = static_cast<double>(batch) * static_cast<double>(sequence);
  const double h = static_cast<double>(model.hidden);
  const double kv_width = static_cast<double>(model.kv_heads * model.head_dimension());
  const double ffn = static_cast<double>(model.ffn) * (model.gated ? 3 : 2) * static_cast<double>(model.experts_per_token);
  const double weights = h * (h + 2 * kv_width) + h * h + h * ffn;
  return sim::Flops{2 * tokens * weights * static_cast<double>(model.layers)} + attention_core_flops(model, batch, sequence);
}

sim::Flops model_flops(const Transformer& model, std::int64_t batch, std::int64_t sequence) {
  const double tokens = static_cast<double>(batch) * static_cast<double>(sequence);
  const sim::Flops head{2 * tokens * static_cast<double>(model.hidden) * static_cast<double>(model.vocabulary)};
  return 3 * (layers_forward_flops(model, batch, sequence) + head);
}

}  // namespace orrery::workloads
