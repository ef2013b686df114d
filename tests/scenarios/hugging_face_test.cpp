#include "scenarios/hugging_face.h"

#include <gtest/gtest.h>

#include <fstream>

#include "scenarios/field_reader.h"
#include "scenarios/models.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

/// The model of a config.json with this text; throws as reading it does.
workloads::Transformer model_of(const std::string& text) {
  const test::TemporaryFolder temporary;
  const std::filesystem::path folder = temporary.path() / "tiny-model";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.json") << text;
  Document document = open_model(folder / "config.json");
  workloads::Transformer model;
  throw_if_any(read(document, PresetLibrary{"nowhere"}, model));
  return model;
}

TEST(HuggingFace, LlamaHasGroupedHeadsAndAGatedMlp) {
  const auto model =
      model_of(R"({"model_type": "llama", "num_hidden_layers": 80, "hidden_size": 8192, "num_attention_heads": 64, "num_key_value_heads": 8,
      "intermediate_size": 28672, "vocab_size": 32000, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "tie_word_embeddings": false})");
  EXPECT_EQ(model.name, "tiny-model");
  EXPECT_EQ(model.layers, 80);
  EXPECT_EQ(model.kv_heads, 8);
  EXPECT_EQ(model.ffn, 28672);
  EXPECT_TRUE(model.gated);
  EXPECT_FALSE(model.tied_embeddings);
  EXPECT_EQ(model.norm, workloads::Norm::rms_norm);
}

TEST(HuggingFace, DeepSeekHasLatentAttentionAndExperts) {
  const auto model = model_of(R"({"model_type": "deepseek_v3", "num_hidden_layers": 61, "hidden_size": 7168, "num_attention_heads": 128,
      "num_key_value_heads": 128, "intermediate_size": 18432, "vocab_size": 129280, "max_position_embeddings": 163840,
      "tie_word_embeddings": false, "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
      "v_head_dim": 128, "n_routed_experts": 256, "num_experts_per_tok": 8, "moe_intermediate_size": 2048, "n_shared_experts": 1,
      "first_k_dense_replace": 3})");
  EXPECT_EQ(workloads::parameters(model), 671'026'404'352);  // 671,026,419,200 as published, less 58 * 256 biases of routers
  EXPECT_EQ(model.dense_layers, 3);
  EXPECT_EQ(model.head_dimension(), 128);
  EXPECT_EQ(model.core_dimension(), 160);
}

TEST(HuggingFace, T5CountsEncoderAndDecoderApart) {
  const auto original = model_of(R"({"model_type": "t5", "d_model": 1024, "d_kv": 128, "d_ff": 65536, "num_layers": 24, "num_heads": 128,
      "vocab_size": 32128, "n_positions": 512})");
  EXPECT_EQ(original.layers, 48);
  EXPECT_EQ(original.encoder_layers, 24);
  EXPECT_EQ(workloads::parameters(original), 11'307'321'344);
  const auto gated =
      model_of(R"({"model_type": "t5", "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_decoder_layers": 24,
      "num_heads": 64, "vocab_size": 32128, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false})");
  EXPECT_EQ(gated.activation, workloads::Activation::gelu);
  EXPECT_EQ(workloads::parameters(gated), 11'135'332'352);
}

TEST(HuggingFace, Gpt2TakesItsDefaultsFromTheShape) {
  const auto model = model_of(
      R"({"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12, "n_inner": null, "vocab_size": 50257, "n_positions": 1024})");
  EXPECT_EQ(model.ffn, 3072);
  EXPECT_EQ(model.kv_heads, 12);
  EXPECT_EQ(model.max_sequence, 1024);
  EXPECT_TRUE(model.tied_embeddings);
}

TEST(HuggingFace, OlderNamesOfBloomAreKnown) {
  EXPECT_EQ(model_of(R"({"model_type": "bloom", "n_layer": 70, "n_embed": 14336, "num_attention_heads": 112, "vocab_size": 250880})").heads,
            112);
}

TEST(HuggingFace, UnknownArchitectureAndMissingKeysAreFaults) {
  EXPECT_THROW(model_of(R"({"model_type": "mamba"})"), sim::Error);
  try {
    model_of(R"({"model_type": "opt", "hidden_size": 768, "vocab_size": 50272})");
    FAIL();
  } catch (const sim::Error& error) {
    ASSERT_EQ(error.faults().size(), 2U);
    EXPECT_EQ(error.faults()[0].what, "\"num_hidden_layers\" is missing");
    EXPECT_EQ(error.faults()[1].what, "\"num_attention_heads\" is missing");
  }
}

TEST(HuggingFace, FileWithoutModelTypeHoldsOurOwnKeys) { EXPECT_EQ(model_of(R"({"layers": 2, "hidden": 64, "heads": 4})").ffn, 256); }

}  // namespace
}  // namespace orrery::scenarios
