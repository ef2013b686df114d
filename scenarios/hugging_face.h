// Models from Hugging Face's config.json: the shape of gpt2, opt, bloom, llama, mistral, mixtral, deepseek_v2 and deepseek_v3 models
// in our own words.
//
//     Document model = open_model("Llama-2-70b-hf/config.json");      // {"layers": 80, "hidden": 8192, ...}
//
// Leaves out what has no bearing on cost (dropout, token ids, initialisation) and every other architecture.
#pragma once

#include <filesystem>
#include <string_view>

#include "scenarios/document.h"

namespace orrery::scenarios {

/// Whether a model's name is meant as a path: it has a slash or ends in .json.
bool is_path(std::string_view name);
/// The same as a regular expression (ECMAScript's), to be found in the name.
inline constexpr std::string_view model_path_pattern = R"(/|\.json$)";

/// A file that holds our own keys, or (where it has "model_type") Hugging Face's, translated to ours; those lose their places. Throws
/// sim::Error where there is no such file, no such architecture is known, or a key of that architecture is missing.
Document open_model(const std::filesystem::path& path);

}  // namespace orrery::scenarios
