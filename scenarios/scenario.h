// A Scenario is what is asked of Orrery: a machine, a workload on it, and the constants that hold for both. It is read from a file once,
// checked whole, and plain data from there on.
//
//     const PresetLibrary library{.root = "scenarios"};
//     const Scenario scenario = read_scenario("scenarios/examples/mt-nlg-530b.json", {"cluster.nodes=140"}, library);
//     scenario.training->parallelism.pipeline;      // 35
//
// A scenario without workload is a cluster file. Keys and defaults: design of the scenario file, and the descriptions in machine.cpp,
// training.cpp, ...
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/places.h"
#include "scenarios/presets.h"
#include "topology/cluster.h"
#include "topology/condition.h"
#include "workloads/calibration.h"
#include "workloads/nccl_constants.h"
#include "workloads/price_list.h"
#include "workloads/software.h"
#include "workloads/training_job.h"

namespace orrery::scenarios {

struct Document;

/// What was measured of this run, as published.
struct Published {
  std::optional<double> iteration_seconds;
  std::optional<double> tflops_per_gpu;  // as the source counts, which it should say
  std::string source;
};

struct Scenario {
  std::string name;  // the file's stem where it says none
  topology::ClusterSpec cluster;
  topology::Condition condition;                      // of the machine: as new, unless the file says otherwise
  std::optional<workloads::TrainingJob> training;     // the workload; reductions and schedule are settled
  workloads::Software software;                       // neutral where a cluster file names none
  std::optional<workloads::Calibration> calibration;  // of the node's GPU; set where there is a workload, else where there is one
  workloads::NcclConstants nccl;                      // of the software's version
  std::optional<workloads::PriceList> prices;         // of what runs; none where a cluster file names none
  std::optional<Published> published;                 // not where --set changed what was measured and brought no measurement of its own
  std::string resolved;  // JSON: the scenario with every preset and default filled in; it reads as the same scenario
  Places places;         // where each value stands, for faults that are found later:
                         // throw sim::Error(scenario.places.placed("/cluster/fabric", "...", "..."))
};

/// `path` may be the name of an example ("mt-nlg-530b") where no file has that name. `overrides` are "path=value" as `--set` takes them,
/// applied in order. Throws sim::Error with every fault of file and overrides at once, in order of the file; of kind unavailable where it
/// asks only for what the format has and Orrery has not yet.
Scenario read_scenario(const std::filesystem::path& path, const std::vector<std::string>& overrides, const PresetLibrary& library);

/// The same of a text; `name` stands for the file in messages, and relative paths in it are relative to the folder of that name.
Scenario parse_scenario(const std::string& name, std::string_view text, const std::vector<std::string>& overrides,
                        const PresetLibrary& library);

/// The same of a document that is at hand.
Scenario read_scenario(Document document, const std::vector<std::string>& overrides, const PresetLibrary& library);

/// As read_scenario, of which only the machine counts and what is known of it: cluster, software and calibration, which it must have. A
/// Program runs on it; the workload and what was measured of it are left out.
Scenario read_machine(const std::filesystem::path& path, const std::vector<std::string>& overrides, const PresetLibrary& library);

/// The same of a document that is at hand, and without need of a calibration: collectives have NCCL's own model.
Scenario read_network(Document document, const PresetLibrary& library);

}  // namespace orrery::scenarios
