// How long one solve takes, by flows, resources and crossings a flow. Capacities differ, so that levels are many: the hard case.
#include <benchmark/benchmark.h>

#include <random>

#include "sim/max_min_fair.h"

namespace orrery::sim {
namespace {

void fill(MaxMinFair& system, const benchmark::State& state) {
  std::mt19937_64 draw(1);
  const auto flows = state.range(0);
  const auto resources = state.range(1);
  const auto crossings = state.range(2);
  system.clear();
  for (std::int64_t r = 0; r < resources; ++r) system.add_resource(1'000'000'000 * static_cast<MaxMinFair::Rate>(draw() % 400 + 1));
  for (std::int64_t f = 0; f < flows; ++f) {
    system.add_flow();
    for (std::int64_t c = 0; c < crossings; ++c) {
      system.cross(static_cast<MaxMinFair::Index>(draw() % static_cast<std::uint64_t>(resources)),
                   static_cast<std::uint32_t>(draw() % 2 + 1));
    }
  }
}

void solve_random_system(benchmark::State& state) {
  MaxMinFair system;
  fill(system, state);
  for (auto _ : state) benchmark::DoNotOptimize(system.solve().data());
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(2));
}
BENCHMARK(solve_random_system)
    ->ArgNames({"flows", "resources", "crossings"})
    ->Args({4, 8, 2})
    ->Args({246, 512, 2})
    ->Args({4'062, 4'096, 4})
    ->Args({34'737, 32'768, 9})
    ->Args({135'038, 131'072, 8})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery::sim
