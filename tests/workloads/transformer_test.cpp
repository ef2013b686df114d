#include "workloads/transformer.h"

#include <gtest/gtest.h>

#include "tests/workloads/fixtures.h"
#include "workloads/training_result.h"

namespace orrery::workloads {
namespace {

Transformer gpt(std::int64_t layers, std::int64_t hidden, std::int64_t heads) {
  Transformer model;
  model.layers = layers;
  model.hidden = hidden;
  model.heads = model.kv_heads = heads;
  model.ffn = 4 * hidden;
  return model;
}

TEST(Transformer, ParametersAreThoseOfTheFormula) {
  // P = 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h)) (Narayanan et al., SC'21, eq. 2), and 2 h of the final norm.
  for (const auto& [layers, hidden, heads] : {std::tuple{96, 12288, 96}, {105, 20480, 128}, {24, 2304, 24}}) {
    const double l = layers;
    const double h = hidden;
    const double formula = 12 * l * h * h * (1 + 13 / (12 * h) + (51200.0 + 2048.0) / (12 * l * h));
    EXPECT_NEAR(static_cast<double>(parameters(gpt(layers, hidden, heads))), formula + 2 * h, 1);
  }
}

TEST(Transformer, PublishedSizesComeOut) {
  EXPECT_NEAR(static_cast<double>(parameters(gpt(96, 12288, 96))), 174.6e9, 0.1e9);
  EXPECT_NEAR(static_cast<double>(parameters(gpt(105, 20480, 128))), 529.6e9, 0.1e9);
}

TEST(Transformer, ALlamaCountsItsGatedMlpAndGroupedHeads) {
  Transformer llama;
  llama.layers = 80;
  llama.hidden = 8192;
  llama.heads = 64;
  llama.kv_heads = 8;
  llama.ffn = 28672;
  llama.vocabulary = 32000;
  llama.gated = true;
  llama.norm = Norm::rms_norm;
  llama.tied_embeddings = false;
  EXPECT_EQ(parameters(llama), 68'976'648'192);  // as published with the weights
}

TEST(Transformer, MixturesOfExpertsHaveTheirPublishedSizes) {
  Transformer mixtral;
  mixtral.layers = 32;
  mixtral.hidden = 4096;
  mixtral.heads = 32;
  mixtral.kv_heads = 8;
  mixtral.ffn = 14336;
  mixtral.vocabulary = 32000;
  mixtral.gated = true;
  mixtral.norm = Norm::rms_norm;
  mixtral.tied_embeddings = false;
  mixtral.experts = 8;
  mixtral.experts_per_token = 2;
  EXPECT_EQ(parameters(mixtral), 46'702'792'704);  // as published with the weights, routers included
  // A token meets 12.9 billion of them (Jiang et al. 2024, section 2): forward FLOPs less attention's and the embedding's.
  const double met = (layers_forward_flops(mixtral, 1, 1).count - attention_core_flops(mixtral, 1, 1).count) / 2;
  EXPECT_NEAR(met + 2 * 32000.0 * 4096, 12.88e9, 0.01e9);
  // All layers but the first without experts: 31 times 7 experts of 3 * 4096 * 14336, and as many routers, less.
  Transformer sparse = mixtral;
  sparse.dense_layers = 31;
  EXPECT_EQ(parameters(mixtral) - parameters(sparse), 31 * (7 * 3LL * 4096 * 14336 + 4096 * 8));
}

TEST(Transformer, LatentAttentionMeetsItsProjections) {
  // hidden 64, 4 heads of 16 + 8: down 64 * (24 + 32 + 8), up 24 * 4 * 24 and 32 * 4 * 32, out 64 * 64; norms of 24 + 32.
  Transformer model = gpt(1, 64, 4);
  model.gated = true;
  model.ffn = 100;
  model.query_rank = 24;
  model.key_value_rank = 32;
  model.rope_dimension = 8;
  const std::int64_t projections = 64 * (24 + 32 + 8) + 24 * 4 * 24 + 32 * 4 * 32 + 64 * 64;
  const std::int64_t mlp = 3 * 64 * 100;
  EXPECT_EQ(layer_parameters(model, LayerKind::dense), projections + 24 + 32 + mlp + 4 * 64);
  EXPECT_EQ(attention_core_flops(model, 2, 10).count, 2 * 10 * 10.0 * 2 * 4 * (24 + 16));
  EXPECT_EQ(layers_forward_flops(model, 2, 10).count - attention_core_flops(model, 2, 10).count, 2.0 * 20 * (projections + mlp));
  // Queries straight from the residual stream.
  model.query_rank = 0;
  EXPECT_EQ(layer_parameters(model, LayerKind::dense), 64 * (32 + 8) + 64 * 4 * 24 + 32 * 4 * 32 + 64 * 64 + 32 + mlp + 4 * 64);
}

TEST(Transformer, ModelFlopsAreThoseOfTheFormula) {
  const double b = 1536;
  const double s = 2048;
  const double l = 96;
  const double h = 12288;
  const double formula = 72 * b * s * l * h * h * (1 + s / (6 * h) + 51200 / (12 * l * h));
  EXPECT_NEAR(model_flops(gpt(96, 12288, 96), 1536, 2048).count / formula, 1, 1e-12);
}

TEST(Transformer, HardwareFlopsCountTheSecondForwardPass) {
  TrainingJob job;
  job.model = gpt(96, 12288, 96);
  job.sequence_length = 2048;
  job.global_batch = 1536;
  job.recompute = Recompute::full;
  const double s = 2048;
  const double h = 12288;
  const double formula = 96 * 1536.0 * s * 96 * h * h * (1 + s / (6 * h) + 51200 / (16 * 96 * h));
  EXPECT_NEAR(hardware_flops(job).count / formula, 1, 1e-12);
  job.recompute = Recompute::none;
  EXPECT_EQ(hardware_flops(job).count, model_flops(job.model, 1536, 2048).count);
}

}  // namespace
}  // namespace orrery::workloads
