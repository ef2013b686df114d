// Whole iterations of a GPT-3 (gpt3.h), by number of GPUs: putting the Program on the machine, finding who is alike, and playing it,
// folded and not, by each engine. `events` and `ns_an_event` are of the play alone.
#include <benchmark/benchmark.h>

#include <chrono>

#include "sim/dominance.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "sim/refinement.h"
#include "sim/simgrid_engine.h"
#include "tests/benchmarks/gpt3.h"

namespace orrery::workloads {
namespace {

using sim::Resolve;

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const std::int64_t gpus : {1'024, 2'048, 4'096, 8'192, 65'536, 131'072, 262'144, 524'288, 1'048'576}) benchmark->Arg(gpus);
  benchmark->Unit(benchmark::kMillisecond);
}

void lower_gpt3(benchmark::State& state) {
  const Gpt3 gpt3(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(gpt3.lowered());
}
BENCHMARK(lower_gpt3)->Apply(sizes);

void find_dominated(benchmark::State& state) {
  const sim::Model model = Gpt3(state.range(0)).lowered();
  for (auto _ : state) benchmark::DoNotOptimize(sim::undominated_resources(model));
}
BENCHMARK(find_dominated)->Apply(sizes);

void refine(benchmark::State& state) {
  const sim::Model model = Gpt3(state.range(0)).lowered();
  const sim::LeanModel lean(model, sim::undominated_resources(model));
  for (auto _ : state) {
    sim::Refinement refinement(lean.view());
    benchmark::DoNotOptimize(refinement.coarsest());
  }
}
BENCHMARK(refine)->Apply(sizes);

void check_equitable(benchmark::State& state) {
  const sim::Model model = Gpt3(state.range(0)).lowered();
  const sim::LeanModel lean(model, sim::undominated_resources(model));
  const sim::Partition partition = sim::Refinement(lean.view()).coarsest();
  for (auto _ : state) benchmark::DoNotOptimize(sim::is_equitable(lean.view(), partition));
}
BENCHMARK(check_equitable)->Apply(sizes);

// One GPU is slow: from the classes of the machine as new, and from nothing.
void refine_again(benchmark::State& state) {
  sim::Model model = Gpt3(state.range(0)).lowered();
  sim::Refinement refinement(model);
  const sim::Partition as_new = refinement.coarsest();
  model.changes = {{.at = {}, .target = index(model.actors[77].processor), .capacity = sim::work_per_second / 2}};
  for (auto _ : state) benchmark::DoNotOptimize(refinement.refined(as_new));
}
BENCHMARK(refine_again)->Arg(8'192)->Arg(131'072)->Unit(benchmark::kMillisecond);

void play(benchmark::State& state, const sim::Model& model, sim::Engine& engine, const sim::PlayOptions& options = {}) {
  double events = 0;
  double seconds = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    events += static_cast<double>(engine.play(model, options).events);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  state.counters["events"] = benchmark::Counter(events, benchmark::Counter::kAvgIterations);
  state.counters["ns_an_event"] = seconds / events * 1e9;
}

// The play of the quotient alone: the event loop.
void play_folded(benchmark::State& state) {
  const sim::Model model = Gpt3(state.range(0)).lowered();
  const sim::Folding folding = sim::fold(model);
  play(state, folding.quotient, *sim::make_fluid_engine(), {.lean = folding.lean});
}
BENCHMARK(play_folded)->Apply(sizes);

void play_unfolded(benchmark::State& state) {
  const sim::Model model = Gpt3(state.range(0)).lowered();
  play(state, model, *sim::make_fluid_engine());
}
BENCHMARK(play_unfolded)->Arg(1'024)->Arg(8'192)->Arg(65'536)->Arg(131'072)->Unit(benchmark::kMillisecond)->Iterations(1);

void play_unfolded_without_local_resolve(benchmark::State& state) {
  const sim::Model model = Gpt3(state.range(0)).lowered();
  play(state, model, *sim::make_fluid_engine(Resolve::component));
}
BENCHMARK(play_unfolded_without_local_resolve)->Arg(8'192)->Arg(131'072)->Unit(benchmark::kMillisecond)->Iterations(1);

// ---- the same Program of 1,024 GPUs, by everyone; SimGrid slows no work down beside what runs.

sim::Model common(Granularity granularity) { return Gpt3(1'024, {.interference = false}).lowered(granularity); }

void common_simgrid(benchmark::State& state) {
  if (!sim::has_simgrid()) return state.SkipWithError("SimGrid is not built in");
  const sim::Model model = common(Granularity::transfer);
  play(state, model, *sim::make_simgrid_engine());
}
BENCHMARK(common_simgrid)->Unit(benchmark::kMillisecond)->Iterations(1);

void common_transfer(benchmark::State& state) {
  const sim::Model model = common(Granularity::transfer);
  play(state, model, *sim::make_fluid_engine());
}
BENCHMARK(common_transfer)->Unit(benchmark::kMillisecond);

void common_fluid(benchmark::State& state) {
  const sim::Model model = common(Granularity::hyperflow);
  play(state, model, *sim::make_fluid_engine());
}
BENCHMARK(common_fluid)->Unit(benchmark::kMillisecond);

// With finding out who is alike.
void common_folded(benchmark::State& state) {
  const sim::Model model = common(Granularity::hyperflow);
  play(state, model, *sim::make_folding_engine(sim::make_fluid_engine()));
}
BENCHMARK(common_folded)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery::workloads
