// A training iteration on A100s, step by step: GPT-3 175B (tensor 8, pipeline 8) with 8 micro-batches, every GPU simulated.
//
// `events` a second is the engine's speed; `lower` is what routes, demands and scripts cost before it plays.

#include <benchmark/benchmark.h>

#include "scenarios/models.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "workloads/lower.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

struct Gpt3 {
  explicit Gpt3(std::int64_t gpus) : cluster({.node = committed::dgx_a100(), .nodes = static_cast<int>(gpus / 8), .fabric = {}}) {
    job.model = committed::preset<Transformer>(scenarios::PresetKind::models, "gpt3-175b");
    job.sequence_length = 2048;
    job.parallelism.tensor = 8;
    job.parallelism.pipeline = 8;
    job.parallelism.data = static_cast<int>(gpus / 64);
    job.global_batch = 8 * job.parallelism.data;
    job.recompute = Recompute::full;
    program = training_program(job, committed::software("megatron-lm-2021"));
  }

  sim::Model lowered() const {
    const Calibration calibration = committed::a100();
    const KernelTimes times(calibration, cluster.node().gpu);
    const CollectiveModel collectives(cluster, committed::nccl(), calibration.collectives);
    return lower(program, cluster, packed_placement(program.ranks), times, collectives, {});
  }

  topology::Cluster cluster;
  TrainingJob job;
  sim::Program program;
};

void lower_gpt3(benchmark::State& state) {
  const Gpt3 gpt3(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(gpt3.lowered());
}
BENCHMARK(lower_gpt3)->Arg(1024)->Arg(8192)->Unit(benchmark::kMillisecond);

void play_gpt3(benchmark::State& state) {
  const Gpt3 gpt3(state.range(0));
  const sim::Model model = gpt3.lowered();
  double events = 0;
  for (auto _ : state) events += static_cast<double>(sim::make_fluid_engine()->play(model, {}).events);
  state.counters["events"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}
BENCHMARK(play_gpt3)->Arg(1024)->Arg(8192)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery::workloads
