#include "scenarios/models.h"

namespace orrery::scenarios {

using workloads::Activation;
using workloads::Norm;

void describe(Fields& fields, workloads::Transformer& model) {
  constexpr std::int64_t widest = 1'000'000;
  fields.optional("name", "of the preset", text(model.name));
  fields.optional("source", "where the shape is published", text(model.source));
  fields.required("layers", "transformer layers", integer(model.layers, 1, 10'000));
  fields.optional("encoder_layers", "the first of them, of an encoder (T5); the others are its decoder's",
                  integer(model.encoder_layers, 0, 10'000));
  fields.required("hidden", "width of the residual stream", integer(model.hidden, 1, widest));
  fields.required("heads", "attention heads", integer(model.heads, 1, widest));
  fields.optional("kv_heads", "heads of keys and values; default: as heads", integer(model.kv_heads, 1, widest));
  fields.optional("head_dimension", "width of a head, positions of latent attention apart; default: hidden / heads",
                  integer(model.head_size, 1, widest));
  fields.optional("key_value_rank", "width of the vector that keys and values come out of (DeepSeek's latent attention); 0: they do not",
                  integer(model.key_value_rank, 0, widest));
  fields.optional("query_rank", "the same of queries", integer(model.query_rank, 0, widest));
  fields.optional("rope_dimension", "by how much queries and keys of latent attention are wider, for positions",
                  integer(model.rope_dimension, 0, widest));
  fields.optional("ffn", "inner width of the MLP; default: 4 x hidden", integer(model.ffn, 1, 8 * widest));
  fields.optional("vocabulary", "rows of the embedding, padding included", integer(model.vocabulary, 1, 10 * widest));
  fields.optional("max_sequence", "longest sequence", integer(model.max_sequence, 1, 100'000'000));
  fields.optional("activation", "of the MLP",
                  choice(model.activation, {{"gelu", Activation::gelu}, {"relu", Activation::relu}, {"silu", Activation::silu}}));
  fields.optional("norm", "before attention and MLP", choice(model.norm, {{"layer_norm", Norm::layer_norm}, {"rms_norm", Norm::rms_norm}}));
  fields.optional("gated", "whether the MLP has a third matrix (SwiGLU)", flag(model.gated));
  fields.optional("tied_embeddings", "whether the head shares the embedding's weights", flag(model.tied_embeddings));
  fields.optional("experts", "MLPs of a layer that tokens are routed to", integer(model.experts, 1, 100'000));
  fields.optional("experts_per_token", "MLPs that each token passes", integer(model.experts_per_token, 1, 100'000));
  fields.optional("expert_ffn", "inner width of an expert; default: as ffn", integer(model.expert_ffn, 1, 8 * widest));
  fields.optional("shared_experts", "experts that every token passes besides", integer(model.shared_experts, 0, 100'000));
  fields.optional("dense_layers", "first layers that have an MLP of ffn instead of experts", integer(model.dense_layers, 0, 10'000));
  fields.derive([&model] {
    if (model.kv_heads == 0) model.kv_heads = model.heads;
    if (model.head_size == 0 && model.heads > 0 && model.hidden % model.heads == 0) model.head_size = model.hidden / model.heads;
    if (model.ffn == 0) model.ffn = 4 * model.hidden;
    if (model.expert_ffn == 0) model.expert_ffn = model.ffn;
  });
}

}  // namespace orrery::scenarios
