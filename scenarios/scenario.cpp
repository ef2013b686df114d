#include "scenarios/scenario.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "scenarios/calibrations.h"
#include "scenarios/field_reader.h"
#include "scenarios/field_writer.h"
#include "scenarios/nccl.h"
#include "scenarios/scenario_spec.h"
#include "workloads/validate_job.h"

namespace orrery::scenarios {
namespace {

/// Changes that cannot be read are faults like any other, shown after those of the file.
void apply_all(Document& document, const std::vector<std::string>& overrides) {
  for (const std::string& assignment : overrides) {
    try {
      apply(document, override_from(assignment));
    } catch (const sim::Error& error) {
      for (const sim::Fault& fault : error.faults()) document.faults.push_back({last_position, fault, error.kind()});
    }
  }
}

void check_parts(const ScenarioSpec& spec, const Places& places, const PresetLibrary& library, std::vector<PlacedFault>& faults) {
  if (spec.training && !spec.software) {
    faults.push_back(
        {places.order(""), places.placed("", "\"software\" is missing: a workload runs on a stack",
                                         fmt::format("known: {}", fmt::join(preset_names(library, PresetKind::software), ", ")))});
  }
}

/// The calibration of the node's GPU, where the scenario names none. A workload needs one.
void find_calibration(ScenarioSpec& spec, const Places& places, const PresetLibrary& library) {
  if (spec.calibration) return;
  const std::string& device = spec.cluster.node.gpu.name;
  if (const std::optional<std::string> name = calibration_of(library, device)) {
    Document document = open_preset(library, PresetKind::calibrations, *name);
    throw_if_any(read(document, library, spec.calibration.emplace()));
  } else if (spec.training) {
    throw sim::Error(places.placed("/calibration", fmt::format("no calibration is known of the node's GPU, {}", device),
                                   fmt::format("name one: {}", fmt::join(preset_names(library, PresetKind::calibrations), ", "))));
  }
}

workloads::NcclConstants nccl_of(const workloads::Software& software, const Places& places, const PresetLibrary& library) {
  try {
    workloads::NcclConstants nccl;
    Document document = open_preset(library, PresetKind::nccl, software.nccl);
    throw_if_any(read(document, library, nccl));
    return nccl;
  } catch (const sim::Error& error) {
    const sim::Fault& fault = error.faults().front();
    if (!fault.place.empty()) throw;
    throw sim::Error(places.placed("/software/nccl", fault.what, fault.remedy));
  }
}

void check_job(const ScenarioSpec& spec, const Places& places) {
  std::vector<PlacedFault> faults;
  for (const workloads::JobFault& fault : workloads::validate_job(spec.training->job, *spec.software, spec.cluster)) {
    faults.push_back({places.order(fault.pointer), places.placed(fault.pointer, fault.what, fault.remedy)});
  }
  throw_if_any(std::move(faults));
}

Scenario scenario_from(Document document, const std::vector<std::string>& overrides, const PresetLibrary& library) {
  apply_all(document, overrides);
  ScenarioSpec spec;
  std::vector<PlacedFault> faults = read(document, library, spec);
  check_parts(spec, document.places, library, faults);
  throw_if_any(std::move(faults));

  if (spec.name.empty()) spec.name = std::filesystem::path(document.places.file()).stem().string();
  find_calibration(spec, document.places, library);
  const workloads::Software software = spec.software.value_or(workloads::Software{});
  if (spec.training) {
    if (!spec.training->reductions) spec.training->reductions = software.reductions.value_or(software.gradient_type);
    spec.training->job.reductions = *spec.training->reductions;
    check_job(spec, document.places);
  }
  return {.name = spec.name,
          .cluster = spec.cluster,
          .training = spec.training ? std::optional(spec.training->job) : std::nullopt,
          .software = software,
          .calibration = spec.calibration,
          .nccl = nccl_of(software, document.places, library),
          .published = spec.published,
          .resolved = to_json(spec).dump(2),
          .places = std::move(document.places)};
}

}  // namespace

Scenario read_scenario(const std::filesystem::path& path, const std::vector<std::string>& overrides, const PresetLibrary& library) {
  return scenario_from(open_document(path), overrides, library);
}

Scenario parse_scenario(const std::string& name, std::string_view text, const std::vector<std::string>& overrides,
                        const PresetLibrary& library) {
  Document document = parse_document(name, text);
  document.directory = std::filesystem::path(name).parent_path();
  return scenario_from(std::move(document), overrides, library);
}

}  // namespace orrery::scenarios
