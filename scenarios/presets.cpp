#include "scenarios/presets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <set>
#include <system_error>

#include "scenarios/document.h"
#include "sim/error.h"

namespace orrery::scenarios {
namespace {

constexpr std::array every_kind = {PresetKind::hardware,     PresetKind::models,    PresetKind::software,
                                   PresetKind::calibrations, PresetKind::nccl,      PresetKind::prices,
                                   PresetKind::examples,     PresetKind::published, PresetKind::measured};

/// Whether a line on it is its "name": the others are called like their files.
bool has_title(PresetKind kind) { return kind == PresetKind::examples || kind == PresetKind::published || kind == PresetKind::measured; }

/// In the order in which they are searched.
std::vector<std::filesystem::path> folders(const PresetLibrary& library, PresetKind kind) {
  std::vector<std::filesystem::path> result;
  if (kind == PresetKind::calibrations) result.push_back(library.local / "calibrations");
  result.push_back(library.root / directory_of(kind));
  return result;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;  // a folder that is not there holds no presets
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

}  // namespace

std::string_view directory_of(PresetKind kind) {
  switch (kind) {
    case PresetKind::hardware:
      return "hardware";
    case PresetKind::models:
      return "models";
    case PresetKind::software:
      return "software";
    case PresetKind::calibrations:
      return "calibrations";
    case PresetKind::nccl:
      return "nccl";
    case PresetKind::prices:
      return "prices";
    case PresetKind::examples:
      return "examples";
    case PresetKind::published:
      return "published";
    case PresetKind::measured:
      return "measured";
  }
  sim::fail_check("a preset kind is one of the enumerators", std::source_location::current());
}

std::vector<std::string> preset_kinds() {
  std::vector<std::string> names;
  for (const PresetKind kind : every_kind) names.emplace_back(directory_of(kind));
  return names;
}

PresetKind preset_kind(std::string_view name) {
  for (const PresetKind kind : every_kind) {
    if (directory_of(kind) == name) return kind;
  }
  throw sim::Error({"", fmt::format("\"{}\" is no kind of preset", name), suggestion(name, preset_kinds())});
}

std::vector<std::string> preset_names(const PresetLibrary& library, PresetKind kind) {
  std::vector<std::string> names;
  for (const auto& folder : folders(library, kind)) std::ranges::copy(names_in(folder), std::back_inserter(names));
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

Document open_preset(const PresetLibrary& library, PresetKind kind, const std::string& name) {
  for (const auto& folder : folders(library, kind)) {
    if (std::ranges::binary_search(names_in(folder), name)) return open_document(folder / (name + ".json"));
  }
  const std::vector<std::string> known = preset_names(library, kind);
  throw sim::Error(
      {"", fmt::format("there is no preset {} in {}", shown(name), directory_of(kind)),
       known.empty() ? fmt::format("look for presets in {}", (library.root / directory_of(kind)).string()) : suggestion(name, known)});
}

Document open_file_or_preset(const std::filesystem::path& path, const PresetLibrary& library, const std::vector<PresetKind>& kinds,
                             std::string_view what) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return open_document(path);
  std::vector<std::string> all;
  for (const PresetKind kind : kinds) {
    const std::vector<std::string> names = preset_names(library, kind);
    if (std::ranges::find(names, path.string()) != names.end()) return open_preset(library, kind, path.string());
    all.insert(all.end(), names.begin(), names.end());
  }
  if (path.has_parent_path() || path.has_extension()) return open_document(path);  // meant as a file, which it will miss
  throw sim::Error({shown(path.string()), fmt::format("no such file, nor {} of that name", what), suggestion(path.string(), all)});
}

std::string suggestion(std::string_view name, const std::vector<std::string>& likely, const std::vector<std::string>& known) {
  constexpr std::size_t longest_slip = 64;  // nobody mistypes more, and the search is quadratic
  if (name.size() > longest_slip) return fmt::format("known: {}", fmt::join(known, ", "));
  std::string near = sim::nearest_name(name, likely);
  if (near.empty()) near = sim::nearest_name(name, known);
  return near.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : fmt::format("did you mean \"{}\"?", near);
}

std::vector<Preset> presets(const PresetLibrary& library, PresetKind kind) {
  std::vector<Preset> result;
  for (const std::string& name : preset_names(library, kind)) {
    const Document document = open_preset(library, kind, name);
    std::string description = text_at(document.root, has_title(kind) ? "name" : "source");
    if (description.empty()) description = text_at(document.root, "device");
    result.push_back({name, std::move(description)});
  }
  return result;
}

std::vector<std::string> calibrated_devices(const PresetLibrary& library) {
  std::set<std::string> devices;
  for (const std::string& name : preset_names(library, PresetKind::calibrations)) {
    devices.insert(text_at(open_preset(library, PresetKind::calibrations, name).root, "device"));
  }
  devices.erase("");
  return {devices.begin(), devices.end()};
}

std::optional<std::string> calibration_of(const PresetLibrary& library, const topology::GpuSpec& gpu) {
  std::optional<std::string> sibling;
  for (const auto& folder : folders(library, PresetKind::calibrations)) {
    for (const std::string& name : names_in(folder)) {
      const nlohmann::json root = open_document(folder / (name + ".json")).root;
      if (text_at(root, "device") == gpu.name) return name;
      const nlohmann::json same_chip = {{"compute_capability", gpu.compute_capability}, {"multiprocessors", gpu.multiprocessors}};
      const auto datasheet = root.is_object() ? root.find("datasheet") : root.end();
      const bool is_sibling = root.is_object() && datasheet != root.end() && datasheet->is_object() &&
                              std::ranges::all_of(same_chip.items(), [&](const auto& fact) {
                                return datasheet->contains(fact.key()) && datasheet->at(fact.key()) == fact.value();
                              });
      if (is_sibling && !sibling) sibling = name;
    }
  }
  return sibling;
}

std::optional<std::string> nearest_calibration(const PresetLibrary& library, const topology::GpuSpec& gpu) {
  std::optional<std::string> nearest;
  int least = std::numeric_limits<int>::max();
  const nlohmann::json::json_pointer pointer("/datasheet/compute_capability");
  for (const auto& folder : folders(library, PresetKind::calibrations)) {
    for (const std::string& name : names_in(folder)) {
      const nlohmann::json root = open_document(folder / (name + ".json")).root;
      if (!root.contains(pointer) || !root.at(pointer).is_number_integer()) continue;
      const int distance = std::abs(root.at(pointer).get<int>() - gpu.compute_capability);
      if (distance >= least) continue;
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace orrery::scenarios
