// Everything that one `orrery run` has to say, as plain data; the files beside it say it in their own ways (terminal, JSON, trace).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "workloads/training_run.h"
#include "workloads/validity.h"

namespace orrery::report {

/// What the simulation itself cost. The three host figures are the only ones that differ between two runs of one input.
struct SimulationFigures {
  double wall_seconds = 0;
  double cpu_seconds = 0;
  std::int64_t peak_rss_bytes = 0;
  std::uint64_t events = 0;
  std::int64_t gpus = 0;
  std::int64_t gpu_classes = 0;  // GPUs told apart; all of them without folding
};

/// What is known of a run that came from a training job.
struct TrainingPart {
  workloads::MemoryUse memory;
  workloads::TrainingResult result;
};

struct RunReport {
  std::string version;
  std::string engine;
  std::uint64_t seed = 1;
  const scenarios::Scenario& scenario;
  std::vector<std::string> overrides;  // "path=value" of --set, as given
  SimulationFigures simulation;
  workloads::IterationResult iteration;
  std::optional<TrainingPart> training;  // absent for a Program without a job
  workloads::Costs costs{};
  workloads::Validity validity{};
};

/// Predicted over measured, less one: +0.03 is 3 % too slow. Nothing where the scenario has no published time.
std::optional<double> published_error(const RunReport& report);

/// Of a million tokens that the job is trained on; nothing where either is not known.
std::optional<double> usd_per_million_tokens(const workloads::IterationResult& iteration, const std::optional<TrainingPart>& training,
                                             const workloads::Costs& costs);

}  // namespace orrery::report
