#include "scenarios/hugging_face.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/presets.h"
#include "sim/error.h"

namespace orrery::scenarios {
namespace {

using nlohmann::json;

/// Our key, and the names that it has or had over there: the first one present counts.
struct Translation {
  std::string ours;
  std::vector<std::string> theirs;
};
struct Architecture {
  json constants;  // what the architecture fixes
  std::vector<Translation> required;
  std::vector<Translation> optional;  // our default where absent or null
};

Architecture encoder_decoder() {
  return {
      {{"activation", "relu"}, {"norm", "rms_norm"}, {"gated", false}, {"tied_embeddings", true}},
      {{"encoder_layers", {"num_layers"}},
       {"hidden", {"d_model"}},
       {"heads", {"num_heads"}},
       {"head_dimension", {"d_kv"}},
       {"ffn", {"d_ff"}},
       {"vocabulary", {"vocab_size"}}},
      {{"layers", {"num_decoder_layers", "num_layers"}}, {"gated", {"feed_forward_proj"}}, {"tied_embeddings", {"tie_word_embeddings"}}}};
}

/// Field names of the configuration classes in the transformers library, src/transformers/models/*/configuration_*.py.
std::map<std::string, Architecture, std::less<>> architectures() {
  const std::vector<Translation> llama_required = {{"layers", {"num_hidden_layers"}},
                                                   {"hidden", {"hidden_size"}},
                                                   {"heads", {"num_attention_heads"}},
                                                   {"ffn", {"intermediate_size"}},
                                                   {"vocabulary", {"vocab_size"}}};
  const std::vector<Translation> llama_optional = {
      {"kv_heads", {"num_key_value_heads"}}, {"max_sequence", {"max_position_embeddings"}}, {"tied_embeddings", {"tie_word_embeddings"}}};
  std::vector<Translation> mixtral_optional = llama_optional;
  mixtral_optional.push_back({"experts", {"num_local_experts"}});
  mixtral_optional.push_back({"experts_per_token", {"num_experts_per_tok"}});
  // Keys and values come out of a latent vector; values are as wide as queries and keys are without positions.
  std::vector<Translation> deepseek_required = llama_required;
  deepseek_required.push_back({"key_value_rank", {"kv_lora_rank"}});
  deepseek_required.push_back({"head_dimension", {"v_head_dim"}});
  deepseek_required.push_back({"rope_dimension", {"qk_rope_head_dim"}});
  const std::vector<Translation> deepseek_optional = {{"max_sequence", {"max_position_embeddings"}},
                                                      {"tied_embeddings", {"tie_word_embeddings"}},
                                                      {"query_rank", {"q_lora_rank"}},
                                                      {"experts", {"n_routed_experts"}},
                                                      {"experts_per_token", {"num_experts_per_tok"}},
                                                      {"expert_ffn", {"moe_intermediate_size"}},
                                                      {"shared_experts", {"n_shared_experts"}},
                                                      {"dense_layers", {"first_k_dense_replace"}}};
  const json gelu = {{"activation", "gelu"}, {"norm", "layer_norm"}, {"gated", false}, {"tied_embeddings", true}};
  const json relu = {{"activation", "relu"}, {"norm", "layer_norm"}, {"gated", false}, {"tied_embeddings", true}};
  const json silu = {{"activation", "silu"}, {"norm", "rms_norm"}, {"gated", true}, {"tied_embeddings", false}};
  return {
      {"gpt2",
       {gelu,
        {{"layers", {"n_layer"}}, {"hidden", {"n_embd"}}, {"heads", {"n_head"}}, {"vocabulary", {"vocab_size"}}},
        {{"ffn", {"n_inner"}}, {"max_sequence", {"n_positions"}}}}},
      {"opt",
       {relu,
        {{"layers", {"num_hidden_layers"}},
         {"hidden", {"hidden_size"}},
         {"heads", {"num_attention_heads"}},
         {"vocabulary", {"vocab_size"}}},
        {{"ffn", {"ffn_dim"}}, {"max_sequence", {"max_position_embeddings"}}}}},
      {"bloom",
       {gelu,
        {{"layers", {"n_layer", "num_hidden_layers"}},
         {"hidden", {"hidden_size", "n_embed"}},
         {"heads", {"n_head", "num_attention_heads"}},
         {"vocabulary", {"vocab_size"}}},
        {{"max_sequence", {"seq_length"}}}}},
      {"llama", {silu, llama_required, llama_optional}},
      {"mistral", {silu, llama_required, llama_optional}},
      {"mixtral", {silu, llama_required, mixtral_optional}},
      {"deepseek_v2", {silu, deepseek_required, deepseek_optional}},
      {"deepseek_v3", {silu, deepseek_required, deepseek_optional}},
      {"t5", encoder_decoder()},
  };
}

const json* first_of(const json& config, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto it = config.find(name);
    if (it != config.end() && !it->is_null()) return &*it;
  }
  return nullptr;
}

json translated(const json& config, const Architecture& architecture, const Places& places) {
  json model = architecture.constants;
  std::vector<PlacedFault> faults;
  for (const auto& [ours, theirs] : architecture.required) {
    if (const json* value = first_of(config, theirs)) {
      model[ours] = *value;
    } else {
      faults.push_back(
          {places.order(""), places.placed("", fmt::format("\"{}\" is missing", theirs.front()), "is this the model's config.json?")});
    }
  }
  for (const auto& [ours, theirs] : architecture.optional) {
    if (const json* value = first_of(config, theirs)) model[ours] = *value;
  }
  throw_if_any(std::move(faults));
  return model;
}

/// Encoder and decoder are counted apart over there, and "gated-gelu" says two things.
void finish_encoder_decoder(json& model) {
  if (model["layers"].is_number_integer() && model["encoder_layers"].is_number_integer()) {
    model["layers"] = model["layers"].get<std::int64_t>() + model["encoder_layers"].get<std::int64_t>();
  }
  if (model["gated"].is_string()) {
    const std::string mlp = model["gated"].get<std::string>();
    model["gated"] = mlp.starts_with("gated-");
    model["activation"] = mlp.substr(mlp.starts_with("gated-") ? 6 : 0);
  }
}

}  // namespace

bool is_path(std::string_view name) { return name.find('/') != name.npos || name.ends_with(".json"); }

Document open_model(const std::filesystem::path& path) {
  Document document = open_document(path);
  const json& config = document.root;
  if (!config.is_object() || !config.contains("model_type")) return document;

  const json type = config["model_type"];
  const auto known = architectures();
  std::vector<std::string> names;
  for (const auto& [name, architecture] : known) names.push_back(name);
  const auto it = type.is_string() ? known.find(type.get<std::string>()) : known.end();
  if (it == known.end()) {
    throw sim::Error(document.places.placed("/model_type", fmt::format("{} models are not known", shown(type)),
                                            suggestion(type.is_string() ? type.get<std::string>() : "", names)));
  }
  json model = translated(config, it->second, document.places);
  if (it->first == "t5") finish_encoder_decoder(model);
  model["name"] = path.parent_path().filename().empty() ? path.stem().string() : path.parent_path().filename().string();
  model["source"] = path.string();
  document.root = std::move(model);
  document.places = Places(path.string());
  return document;
}

}  // namespace orrery::scenarios
