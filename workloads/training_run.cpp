#include "workloads/training_run.h"

#include "sim/error.h"
#include "sim/units_text.h"
#include "workloads/lower.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

void check_fits(const MemoryUse& memory, const topology::GpuSpec& gpu) {
  if (memory.fits()) return;
  const auto part = [](const char* name, sim::Bytes bytes) { return std::string(name) + " " + sim::to_text(bytes); };
  throw sim::Error(
      {.place = "/workload",
       .what = "does not fit: pipeline rank " + std::to_string(memory.pipeline_rank) + " needs " + sim::to_text(memory.total()) +
               " of the " + sim::to_text(memory.capacity) + " of " + gpu.name + " (" + part("weights", memory.weights) + ", " +
               part("gradients", memory.gradients) + ", " + part("optimizer", memory.optimizer) + ", " +
               part("activations", memory.activations) + ", " + part("buffers", memory.buffers) + ")",
       .remedy = memory.activations.count * 2 > memory.total().count ? "lower micro_batch, recompute more, or raise tensor or pipeline"
                                                                     : "raise tensor or pipeline, or shard the optimizer with zero 1"},
      sim::ErrorKind::infeasible);
}

}  // namespace

sim::Timeline play_program(const sim::Program& program, const Stack& stack, const topology::Cluster& cluster, sim::Engine& engine,
                           const sim::PlayOptions& options) {
  const KernelTimes times(stack.calibration, cluster.node().gpu);
  const CollectiveModel collectives(cluster, stack.nccl, stack.calibration.collectives);
  const LoweringOptions lowering{.host_per_kernel = stack.software.host_per_kernel, .compute_slowdown = stack.software.compute_slowdown};
  const sim::Model model = lower(program, cluster, packed_placement(program.ranks), times, collectives, lowering);
  sim::validate(model);
  return engine.play(model, options);
}

TrainingRun run_training(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster, sim::Engine& engine,
                         const sim::PlayOptions& options) {
  TrainingRun run;
  run.memory = training_memory(job, stack.software, cluster.node().gpu);
  check_fits(run.memory, cluster.node().gpu);
  run.program = training_program(job, stack.software);
  sim::validate(run.program);
  run.timeline = play_program(run.program, stack, cluster, engine, options);
  run.iteration = iteration_result(run.program, cluster, run.timeline);
  run.training = training_result(job, cluster.node().gpu, run.iteration.iteration);
  return run;
}

}  // namespace orrery::workloads
