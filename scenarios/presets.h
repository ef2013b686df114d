// Presets are the data files that come with Orrery: machines, models, software stacks, calibrations, NCCL's constants, prices, example
// scenarios, data sets of published runs and of measured ones (whose tables do not come with Orrery). One JSON file each, in a folder a
// kind; the file's stem is its name.
//
//     const PresetLibrary library{.root = "scenarios"};
//     for (const Preset& preset : presets(library, PresetKind::hardware)) fmt::print("{:24} {}\n", preset.name, preset.description);
//
// Calibrations of one's own are searched first, in ./calibrations/. Nothing is cached: opening one reads its file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/node_spec.h"

namespace orrery::scenarios {

struct Document;

enum class PresetKind { hardware, models, software, calibrations, nccl, prices, examples, published, measured };

/// The name of the folder, which is also the KIND of `orrery list`.
std::string_view directory_of(PresetKind kind);
/// The names of all kinds.
std::vector<std::string> preset_kinds();
/// Throws sim::Error for a name that is no kind.
PresetKind preset_kind(std::string_view name);

struct PresetLibrary {
  std::filesystem::path root;                      // the folder scenarios/ as installed
  std::filesystem::path local = ".";               // whose folder calibrations/ comes first
  std::optional<std::filesystem::path> data = {};  // measured data that do not come with Orrery (ORRERY_DATA)
};

/// In alphabetical order, each once.
std::vector<std::string> preset_names(const PresetLibrary& library, PresetKind kind);

/// Throws sim::Error without a place, with the nearest or all known names, where there is none of that name.
Document open_preset(const PresetLibrary& library, PresetKind kind, const std::string& name);

/// The file at `path`, or the preset of that name among `kinds` where there is no such file. Throws sim::Error for neither; `what` says
/// what a name would have been: "an example".
Document open_file_or_preset(const std::filesystem::path& path, const PresetLibrary& library, const std::vector<PresetKind>& kinds,
                             std::string_view what);

/// What to write instead of a name that is none of `known`: the nearest of `likely`, else of `known`, else all.
std::string suggestion(std::string_view name, const std::vector<std::string>& likely, const std::vector<std::string>& known);
inline std::string suggestion(std::string_view name, const std::vector<std::string>& known) { return suggestion(name, known, known); }

struct Preset {
  std::string name;
  std::string description;  // one line: the "name" of an example or data set; else "source", or "device" where there is none
};
/// Reads every file of the kind. Throws sim::Error where one is no JSON.
std::vector<Preset> presets(const PresetLibrary& library, PresetKind kind);

/// The devices that calibrations were measured on, each once, in alphabetical order.
std::vector<std::string> calibrated_devices(const PresetLibrary& library);

/// The calibration that was measured on this device, or else on one of the same chip (workloads::covers); the first by name, one's own
/// before the library's.
std::optional<std::string> calibration_of(const PresetLibrary& library, const topology::GpuSpec& gpu);

/// The one to carry to a GPU that none is of: among those with a datasheet, that of the chip which is nearest in compute capability; the
/// first by name, one's own before the library's.
std::optional<std::string> nearest_calibration(const PresetLibrary& library, const topology::GpuSpec& gpu);

}  // namespace orrery::scenarios
