#include "workloads/training_run.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"
#include "workloads/lower.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

sim::PlayOptions play_options(const sim::Program& program, const Watch& watch) {
  sim::PlayOptions options{.recorded = {}, .progress = watch.progress};
  if (!watch.recorded) return options;
  for (const std::int32_t rank : watch.recorded(program)) options.recorded.push_back(sim::ActorId{static_cast<std::uint32_t>(rank)});
  return options;
}

}  // namespace

std::vector<std::int32_t> first_of_roles(const sim::Program& program, std::size_t most) {
  const std::size_t roles = program.roles.size();
  const std::size_t kept = std::min(roles, most);
  std::vector<std::int32_t> ranks;
  for (std::size_t i = 0; i < kept; ++i) {
    const std::size_t role = kept == 1 ? 0 : i * (roles - 1) / (kept - 1);
    ranks.push_back(program.roles[role].ranks.at(0));
  }
  return ranks;
}

CollectiveCalibration collectives_of(const Stack& stack) {
  CollectiveCalibration collectives = stack.calibration.collectives;
  collectives.slowdown = stack.software.collective_slowdown;
  return collectives;
}

LoweringOptions lowering_options(const Stack& stack, const Conduct& conduct) {
  LoweringOptions options{.granularity = conduct.granularity,
                          .host_per_kernel = stack.software.host_per_kernel,
                          .launch_gap = stack.software.launch_gap,
                          .blocking_launches = stack.software.blocking_launches,
                          .attention_slowdown = stack.software.attention_slowdown,
                          .compute_slowdown = stack.software.compute_slowdown,
                          .interference = stack.software.interference && conduct.interference == Conduct::Interference::as_of_software,
                          .condition = conduct.condition,
                          .speeds = conduct.speeds};
  if (conduct.chance == Conduct::Chance::as_calibrated) options.noise = stack.calibration.noise.value_or(NoiseCalibration{});
  return options;
}

sim::Model lowered(const sim::Program& program, const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster,
                   const Conduct& conduct) {
  const KernelTimes times(stack.calibration, gpu_of(job, cluster.spec()));
  const CollectiveModel collectives(cluster, stack.nccl, collectives_of(stack));
  return lower(program, cluster, packed_placement(program.ranks, first_gpu(job, cluster.spec())), times, collectives,
               lowering_options(stack, conduct));
}

sim::Timeline play_program(const sim::Program& program, const Stack& stack, const topology::Cluster& cluster, sim::Engine& engine,
                           const Watch& watch, const Conduct& conduct) {
  return play_placed(program, packed_placement(program.ranks), stack, cluster, engine, watch, conduct);
}

sim::Timeline play_placed(const sim::Program& program, const Placement& placement, const Stack& stack, const topology::Cluster& cluster,
                          sim::Engine& engine, const Watch& watch, const Conduct& conduct) {
  const KernelTimes times(stack.calibration, gpu_of(program, cluster, placement, stack.calibration));
  const CollectiveModel collectives(cluster, stack.nccl, collectives_of(stack));
  return play_placed(program, placement, times, collectives, lowering_options(stack, conduct), cluster, engine,
                     play_options(program, watch));
}

sim::Timeline play_placed(const sim::Program& program, const Placement& placement, const KernelTimes& times,
                          const CollectiveModel& collectives, const LoweringOptions& lowering, const topology::Cluster& cluster,
                          sim::Engine& engine, const sim::PlayOptions& options) {
  const sim::Model model = lower(program, cluster, placement, times, collectives, lowering);
  sim::validate(model);
  try {
    return engine.play(model, options);
  } catch (const sim::Stuck& stuck) {
    throw stuck_error(stuck, program, cluster, placement, times, collectives, lowering);
  }
}

TrainingRun run_training(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster, sim::Engine& engine,
                         const Watch& watch, const Conduct& conduct) {
  TrainingRun run;
  if (auto fault = gpus_fault(job, cluster.spec())) throw sim::Error(std::move(*fault), sim::ErrorKind::unavailable);
  const topology::GpuSpec& gpu = gpu_of(job, cluster.spec());
  run.memory = training_memory(job, stack.software, gpu);
  if (auto fault = memory_fault(job, run.memory, gpu)) throw sim::Error(std::move(*fault), sim::ErrorKind::infeasible);
  if (auto fault = offload_fault(job, run.memory, node_at(cluster.spec(), job.first_node)))
    throw sim::Error(std::move(*fault), sim::ErrorKind::infeasible);
  run.program = training_program(job, stack.software);
  sim::validate(run.program);
  const Placement placement = packed_placement(run.program.ranks, first_gpu(job, cluster.spec()));
  run.timeline = play_placed(run.program, placement, stack, cluster, engine, watch, conduct);
  run.iteration = iteration_result(run.program, cluster, run.timeline, conduct.condition, placement.front());
  run.training = training_result(job, gpu, run.iteration.iteration);
  return run;
}

namespace {

/// By what prices are found by.
bool are_of_one_kind(const Placement& placement, const topology::Cluster& cluster) {
  const topology::NodeSpec& first = cluster.node(placement.front());
  return std::all_of(placement.begin(), placement.end(), [&](topology::GpuId gpu) {
    const topology::NodeSpec& node = cluster.node(gpu);
    return node.gpu.name == first.gpu.name && node.gpus == first.gpus;
  });
}

}  // namespace

Costs costs_of_play(const sim::Program& program, const sim::Timeline& timeline, const Placement& placement, const Stack& stack,
                    const topology::Cluster& cluster, const std::optional<PriceList>& prices) {
  const KernelTimes times(stack.calibration, gpu_of(program, cluster, placement, stack.calibration));
  const Held held{.gpus = program.ranks,
                  .first = placement.front(),
                  .iteration = timeline.end - sim::Time{},
                  .gpu_seconds = gpu_seconds(program, timeline, times, stack.software)};
  Costs costs = costs_of(held, cluster, prices);
  if (are_of_one_kind(placement, cluster)) return costs;
  return unknown(std::move(costs), "the ranks are on GPUs of several kinds: their prices are not modelled yet");
}

}  // namespace orrery::workloads
