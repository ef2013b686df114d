// A training iteration from job to result: check, build the Program, lower it, play it, read the Timeline.
//
//     const auto engine = sim::make_fluid_engine();
//     const TrainingRun run = run_training(job, stack, cluster, *engine, {});
//     run.iteration.iteration;                       // run.memory, run.training, run.program, run.timeline beside it
#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "sim/engine.h"
#include "topology/condition.h"
#include "workloads/calibration.h"
#include "workloads/costs.h"
#include "workloads/iteration_result.h"
#include "workloads/lower.h"
#include "workloads/memory.h"
#include "workloads/nccl_constants.h"
#include "workloads/paths.h"
#include "workloads/training_result.h"

namespace orrery::workloads {

/// Everything fitted or recorded that a run depends on.
struct Stack {
  Software software;
  Calibration calibration;
  NcclConstants nccl;
};

/// What to keep and to tell of a play.
struct Watch {
  std::function<std::vector<std::int32_t>(const sim::Program&)> recorded{};  // the ranks whose spans to keep; none: nobody's
  std::function<void(double)> progress{};                                    // told now and then what share is done
};

/// The first rank of each role: who plays which part, without thousands of copies. Of `most` roles, spread evenly from the first to the
/// last, where there are more.
std::vector<std::int32_t> first_of_roles(const sim::Program& program, std::size_t most = std::numeric_limits<std::size_t>::max());

/// How a Program is put on the machine, and what state the machine is in.
struct Conduct {
  Granularity granularity = Granularity::hyperflow;
  topology::Condition condition{};
  enum class Chance : std::uint8_t { as_calibrated, none };
  Chance chance = Chance::as_calibrated;  // noise of kernels and devices
  enum class Interference : std::uint8_t { as_of_software, none };
  Interference interference = Interference::as_of_software;  // of collectives with the kernels beside them
  PartSpeeds speeds{};                                       // of a machine that is better or worse than it is
};

struct TrainingRun {
  MemoryUse memory;
  sim::Program program;
  sim::Timeline timeline;
  IterationResult iteration;
  TrainingResult training;
};

/// The calibration's, as slow as the stack has them.
CollectiveCalibration collectives_of(const Stack& stack);
LoweringOptions lowering_options(const Stack& stack, const Conduct& conduct);

/// The Program of a job played on a cluster. Throws sim::Error (infeasible) with the memory's breakdown where the job does not fit the GPU,
/// and (unavailable) where its GPUs are of several kinds. The job must be valid (validate_job).
TrainingRun run_training(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster, sim::Engine& engine,
                         const Watch& watch, const Conduct& conduct = {});

/// What run_training plays of that job's Program.
sim::Model lowered(const sim::Program& program, const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster,
                   const Conduct& conduct = {});

/// Any Program on a cluster, from its first GPU on. Throws sim::Error (infeasible) that names who is cut off, or what died, where that
/// keeps it from its end, and (unavailable) where kernels would run on GPUs of several kinds.
sim::Timeline play_program(const sim::Program& program, const Stack& stack, const topology::Cluster& cluster, sim::Engine& engine,
                           const Watch& watch, const Conduct& conduct = {});
/// The same on GPUs of choice.
sim::Timeline play_placed(const sim::Program& program, const Placement& placement, const Stack& stack, const topology::Cluster& cluster,
                          sim::Engine& engine, const Watch& watch, const Conduct& conduct = {});
/// The same by models that are at hand, for who plays many.
sim::Timeline play_placed(const sim::Program& program, const Placement& placement, const KernelTimes& times,
                          const CollectiveModel& collectives, const LoweringOptions& lowering, const topology::Cluster& cluster,
                          sim::Engine& engine, const sim::PlayOptions& options);

/// What a play of that Program took in joules and dollars. The Program need not be a job's, nor played by an engine; on GPUs of
/// several kinds nothing is known.
Costs costs_of_play(const sim::Program& program, const sim::Timeline& timeline, const Placement& placement, const Stack& stack,
                    const topology::Cluster& cluster, const std::optional<PriceList>& prices);

}  // namespace orrery::workloads
