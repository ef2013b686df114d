// What must hold of a scenario read from any bytes at all, shared by the fuzz targets: it is refused with faults that a person can read,
// or it is sound, and what it resolves to reads as the same scenario. sim::check throws what no target catches, which libFuzzer reports.
//
//     const std::optional<Scenario> scenario = read_or_refused([&] { return parse_scenario(name, text, {}, library); });
//     if (scenario) check_scenario(*scenario, library);
#pragma once

#include <string>

#include "scenarios/scenario.h"
#include "sim/engine.h"
#include "sim/fluid_engine.h"
#include "tests/fuzz/check_faults.h"
#include "tests/temporary_folder.h"
#include "workloads/memory.h"
#include "workloads/training_run.h"

namespace orrery::fuzz {

/// The presets as they are, and an empty folder of the target's own for everything that is looked for beside them.
class Presets {
 public:
  const scenarios::PresetLibrary& library() const { return library_; }
  /// A file in the empty folder, which need not exist.
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  test::TemporaryFolder folder_;
  scenarios::PresetLibrary library_{std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios", folder_.path()};
};

/// Small jobs are played: nothing ends before its bounds.
inline void check_run(const scenarios::Scenario& scenario) {
  const workloads::TrainingJob& job = *scenario.training;
  constexpr std::int64_t most_gpus = 16;
  constexpr std::int64_t most_passes = 64;  // of a layer over a micro-batch
  if (job.gpus() > most_gpus || job.model.layers * job.micro_batches() > most_passes) return;
  const workloads::Stack stack{scenario.software, *scenario.calibration, scenario.nccl};
  const auto engine = sim::make_fluid_engine();
  try {
    const workloads::TrainingRun run = run_training(job, stack, topology::Cluster(scenario.cluster), *engine, {});
    sim::Duration sum;
    for (const auto& [label, part] : run.iteration.breakdown) sum += part;
    sim::check(sum == run.iteration.iteration, "the breakdown sums to the iteration");
    const workloads::Bounds& bounds = run.iteration.bounds;
    for (const sim::Duration bound : {bounds.compute, bounds.memory, bounds.network}) {
      sim::check(bound <= run.iteration.iteration, "no iteration beats its bounds");
    }
  } catch (const sim::Error& error) {
    sim::check(error.kind() != sim::ErrorKind::bad_input, "a scenario that was read can be run, or has no room, or needs what is to come");
    check_faults(error);
  } catch (const std::overflow_error& error) {  // longer than 106 days: the command line says so
    check_line(error.what());
  }
}

inline void check_scenario(const scenarios::Scenario& scenario, const scenarios::PresetLibrary& library) {
  const scenarios::Scenario again = parse_scenario("resolved.json", scenario.resolved, {}, library);
  sim::check(again.resolved == scenario.resolved && again.name == scenario.name, "a resolved scenario reads as the same scenario");
  sim::check(topology::faults(scenario.cluster).empty(), "a scenario that was read has a sound machine");
  if (!scenario.training) return;
  const workloads::MemoryUse memory = training_memory(*scenario.training, scenario.software, gpu_of(*scenario.training, scenario.cluster));
  sim::check(memory.total() > sim::Bytes{}, "training takes memory");
  check_run(scenario);
}

}  // namespace orrery::fuzz
