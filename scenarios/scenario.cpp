#include "scenarios/scenario.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "scenarios/calibrations.h"
#include "scenarios/field_reader.h"
#include "scenarios/field_writer.h"
#include "scenarios/machine.h"
#include "scenarios/nccl.h"
#include "scenarios/prices.h"
#include "scenarios/scenario_spec.h"
#include "sim/printable.h"
#include "workloads/placement.h"
#include "workloads/validate_job.h"

namespace orrery::scenarios {
namespace {

enum class Part { whole, machine, network };

/// What runs is priced by somebody's list, and changes may change single prices of it: so it is named before they are made.
void name_prices(Document& document, Part part, const PresetLibrary& library) {
  nlohmann::json& root = document.root;
  const bool is_priced = root.is_object() && !root.contains("prices") && (part == Part::machine || root.contains("workload"));
  if (!is_priced || part == Part::network) return;
  const std::vector<std::string> known = preset_names(library, PresetKind::prices);
  if (std::ranges::find(known, default_prices) != known.end()) root["prices"] = default_prices;
}

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

/// Faults of a scenario, and where to place them.
class Findings {
 public:
  explicit Findings(const Places& places) : places_(&places) {}

  void add(const std::string& pointer, std::string what, std::string remedy, sim::ErrorKind kind = sim::ErrorKind::bad_input) {
    found_.push_back({places_->order(pointer), places_->placed(pointer, std::move(what), std::move(remedy)), kind});
  }
  /// Faults of another file, which has its places: shown where `pointer` leads there.
  void add(const std::string& pointer, std::vector<PlacedFault> elsewhere) {
    for (PlacedFault& placed : elsewhere) found_.push_back({places_->order(pointer), std::move(placed.fault), placed.kind});
  }
  void throw_if_any() { scenarios::throw_if_any(std::exchange(found_, {})); }

 private:
  const Places* places_;
  std::vector<PlacedFault> found_;
};

/// Where in a scenario the kind of a node is said.
std::string pointer_to_node(const topology::ClusterSpec& cluster, int node) {
  const int group = node < all_nodes(cluster) ? group_of(cluster, node) : 0;
  return group == 0 ? "/cluster/node" : fmt::format("/cluster/others/{}/node", group - 1);
}

/// The calibration of the GPU that the job runs on, without one of the first node's. What runs kernels needs one, and has another chip's
/// carried where there is none of its own; collectives alone take none rather than another's.
void settle_calibration(ScenarioSpec& spec, Part part, const PresetLibrary& library, Findings& findings) {
  const topology::GpuSpec& gpu = spec.training ? workloads::gpu_of(spec.training->job, spec.cluster) : spec.cluster.node.gpu;
  const std::string& device = gpu.name;
  const bool runs_kernels = spec.training || part == Part::machine;
  const auto remedy = [&library] {
    return fmt::format("use a node with {}, or put one into {} (orrery calibrate kernels)", fmt::join(calibrated_devices(library), " or "),
                       (library.local / "calibrations").string());
  };
  if (spec.calibration) {
    if (workloads::covers(*spec.calibration, gpu) || (runs_kernels && spec.calibration->datasheet)) {
      spec.calibration = workloads::carried_to(gpu, *spec.calibration);
      return;
    }
    findings.add("/calibration", fmt::format("the calibration is of {}, but the node's GPU is {}", spec.calibration->device, device),
                 remedy());
    return;
  }
  std::optional<std::string> name = calibration_of(library, gpu);
  if (!name && runs_kernels) name = nearest_calibration(library, gpu);
  if (name) {
    Document document = open_preset(library, PresetKind::calibrations, *name);
    std::vector<PlacedFault> faults = read(document, library, spec.calibration.emplace());
    if (faults.empty()) spec.calibration = workloads::carried_to(gpu, *spec.calibration);
    findings.add("/calibration", std::move(faults));
  } else if (runs_kernels) {
    findings.add(pointer_to_node(spec.cluster, spec.training ? spec.training->job.first_node : 0),
                 fmt::format("no calibration of {} comes with Orrery yet", device), remedy(), sim::ErrorKind::unavailable);
  }
}

workloads::NcclConstants nccl_of(const workloads::Software& software, const PresetLibrary& library, Findings& findings) {
  workloads::NcclConstants nccl;
  try {
    Document document = open_preset(library, PresetKind::nccl, software.nccl);
    findings.add("/software/nccl", read(document, library, nccl));
  } catch (const sim::Error& error) {
    const sim::Fault& fault = error.faults().front();
    if (!fault.place.empty()) throw;
    findings.add("/software/nccl", fault.what, fault.remedy);
  }
  return nccl;
}

/// The dump of an imported fabric, and what it says that cannot be.
void settle_fabric(ScenarioSpec& spec, const Places& places, Findings& findings) {
  if (spec.cluster.fabric.topology != topology::Topology::imported) return;
  try {
    load_imported(spec.cluster.fabric, places.file());
  } catch (const sim::Error& error) {
    std::vector<PlacedFault> elsewhere;
    for (const sim::Fault& fault : error.faults()) {
      const bool is_unreadable = fault.place.find(':') == std::string::npos;  // else it has a line there
      sim::Fault told = is_unreadable ? places.placed("/cluster/fabric/file", fault.place + ": " + fault.what, fault.remedy) : fault;
      elsewhere.push_back({{}, std::move(told), error.kind()});
    }
    findings.add("/cluster/fabric/file", std::move(elsewhere));
    findings.throw_if_any();
  }
}

/// What the values say together: whether the machine can be built, and the job run on it.
void check_together(const ScenarioSpec& spec, Findings& findings) {
  for (const sim::Fault& fault : topology::faults(spec.cluster)) findings.add(fault.place, fault.what, fault.remedy);
  if (spec.prices) {
    for (const sim::Fault& fault : workloads::faults(*spec.prices)) findings.add("/prices" + fault.place, fault.what, fault.remedy);
  }
  if (!spec.training) return;
  const std::vector<sim::Fault> of_job = workloads::validate_job(spec.training->job, *spec.software, spec.cluster);
  for (const sim::Fault& fault : of_job) findings.add(fault.place, fault.what, fault.remedy);
  if (!of_job.empty()) return;
  if (const auto fault = workloads::gpus_fault(spec.training->job, spec.cluster))
    findings.add(fault->place, fault->what, fault->remedy, sim::ErrorKind::unavailable);
}

/// What the file says of the machine's condition, where there is such a machine.
topology::Condition settled_condition(const ScenarioSpec& spec, Findings& findings) {
  if (!spec.condition || !topology::faults(spec.cluster).empty()) return {};
  std::vector<sim::Fault> faults;
  topology::Condition condition = condition_on(topology::Cluster(spec.cluster), *spec.condition, faults);
  for (const sim::Fault& fault : faults) findings.add("/condition" + fault.place, fault.what, fault.remedy);
  return condition;
}

/// A measurement belongs to what was measured: changes make another scenario of it, unless they bring a measurement of their own.
bool is_as_measured(const std::vector<std::string>& overrides) {
  bool changed = false;
  for (const std::string& assignment : overrides) {
    const std::string path = assignment.substr(0, assignment.find('='));
    if (path == "published" || path == "published.iteration_seconds" || path == "published.tflops_per_gpu") return true;
    changed |= path != "name" && path != "prices" && !path.starts_with("prices.") && !path.starts_with("published.");
  }
  return !changed;
}

std::string default_name(const Places& places) {
  const std::string stem = std::filesystem::path(places.file()).stem().string();
  return sim::is_printable(stem) ? stem : "scenario";
}

/// A data set is no faulty scenario, but a file for another command.
void refuse_data_set(const Document& document) {
  const nlohmann::json& root = document.root;
  if (root.contains("cluster") || !(root.contains("defaults") || root.contains("rows") || root.contains("table"))) return;
  throw sim::Error(document.places.placed("", "the file is a data set of measured runs, not a scenario",
                                          "put predictions beside its runs with orrery validate"));
}

Scenario scenario_from(Document document, Part part, const std::vector<std::string>& overrides, const PresetLibrary& library) {
  refuse_data_set(document);
  name_prices(document, part, library);
  apply_all(document, overrides);
  ScenarioSpec spec;
  const bool names_software = document.root.is_object() && document.root.contains("software");
  Findings findings(document.places);
  std::vector<PlacedFault> faults = read(document, library, spec);
  if (part != Part::whole) spec.training.reset();
  if (part != Part::whole || !is_as_measured(overrides)) spec.published.reset();
  if (spec.training && !names_software) {
    faults.push_back({document.places.order(""),
                      document.places.placed("", "\"software\" is missing: a workload runs on a stack",
                                             fmt::format("known: {}", fmt::join(preset_names(library, PresetKind::software), ", ")))});
  }
  throw_if_any(std::move(faults));

  if (spec.name.empty()) spec.name = default_name(document.places);
  settle_fabric(spec, document.places, findings);
  settle_calibration(spec, part, library, findings);
  const workloads::Software software = spec.software.value_or(workloads::Software{});
  if (spec.training) {
    if (!spec.training->reductions) spec.training->reductions = software.reductions.value_or(software.gradient_type);
    spec.training->job.reductions = *spec.training->reductions;
  }
  check_together(spec, findings);
  const topology::Condition condition = settled_condition(spec, findings);
  workloads::NcclConstants nccl = nccl_of(software, library, findings);
  findings.throw_if_any();
  return {.name = spec.name,
          .cluster = spec.cluster,
          .condition = condition,
          .training = spec.training ? std::optional(spec.training->job) : std::nullopt,
          .software = software,
          .calibration = spec.calibration,
          .nccl = std::move(nccl),
          .prices = spec.prices,
          .published = spec.published,
          .resolved = to_json(spec).dump(2),
          .places = std::move(document.places)};
}

}  // namespace

Scenario read_scenario(const std::filesystem::path& path, const std::vector<std::string>& overrides, const PresetLibrary& library) {
  return scenario_from(open_file_or_preset(path, library, {PresetKind::examples}, "an example"), Part::whole, overrides, library);
}

Scenario read_scenario(Document document, const std::vector<std::string>& overrides, const PresetLibrary& library) {
  return scenario_from(std::move(document), Part::whole, overrides, library);
}

Scenario read_machine(const std::filesystem::path& path, const std::vector<std::string>& overrides, const PresetLibrary& library) {
  return scenario_from(open_file_or_preset(path, library, {PresetKind::examples}, "an example"), Part::machine, overrides, library);
}

Scenario read_network(Document document, const PresetLibrary& library) {
  return scenario_from(std::move(document), Part::network, {}, library);
}

Scenario parse_scenario(const std::string& name, std::string_view text, const std::vector<std::string>& overrides,
                        const PresetLibrary& library) {
  Document document = parse_document(name, text);
  document.directory = std::filesystem::path(name).parent_path();
  return scenario_from(std::move(document), Part::whole, overrides, library);
}

}  // namespace orrery::scenarios
