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
