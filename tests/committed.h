// The presets that come with Orrery, read by the one reader, and the place of the measured data: for tests that speak of real machines.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "scenarios/calibrations.h"
#include "scenarios/document.h"
#include "scenarios/field_reader.h"
#include "scenarios/hardware.h"
#include "scenarios/nccl.h"
#include "scenarios/software.h"

namespace orrery::committed {

inline scenarios::PresetLibrary library() { return {.root = std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios", .local = "/nowhere"}; }

template <class Spec>
Spec preset(scenarios::PresetKind kind, const std::string& name) {
  return scenarios::read_preset<Spec>(library(), kind, name);
}

inline workloads::Calibration a100() { return preset<workloads::Calibration>(scenarios::PresetKind::calibrations, "a100-sxm-80gb"); }
inline workloads::NcclConstants nccl(const std::string& version = "2.28") {
  return preset<workloads::NcclConstants>(scenarios::PresetKind::nccl, version);
}
inline workloads::Software software(const std::string& name) { return preset<workloads::Software>(scenarios::PresetKind::software, name); }
inline topology::NodeSpec node(const std::string& name) { return preset<topology::NodeSpec>(scenarios::PresetKind::hardware, name); }
/// Eight A100 SXM 80 GB, eight HDR NICs.
inline topology::NodeSpec dgx_a100() { return node("dgx-a100-80gb"); }

/// Where the measured data lie, if they are here.
inline std::optional<std::string> measured_data() {
  const char* path = std::getenv("ORRERY_DATA");
  return path == nullptr ? std::nullopt : std::optional<std::string>(path);
}

}  // namespace orrery::committed
