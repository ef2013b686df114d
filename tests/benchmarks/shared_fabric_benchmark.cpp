// The hard case for sharing: 65,536 GPUs under hashed routes, where no two are alike. Two jobs share the fabric, node by node in turn: a
// GPT-3 pipeline, whose messages come and go, and one whose rings span its half of the machine all the while. Solving again what is joined
// to a message by links means the rings each time; solving what it touches does not.
#include <benchmark/benchmark.h>

#include <chrono>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "tests/benchmarks/gpt3.h"

namespace orrery::workloads {
namespace {

// Every rank all-reduces with all others, over and over.
sim::Program long_rings(std::int32_t ranks, std::int32_t times) {
  sim::Program program{.name = "rings", .ranks = ranks, .labels = {"compute", "data"}};
  program.communicators = {{.name = "world", .groups = {.first = 0}, .members = {{ranks, 1}}}};
  const sim::Operation all_reduce{.label = 1,
                                  .action = sim::Collect{sim::CollectiveKind::all_reduce, 2'000'000'000, sim::DataType::fp16, 0}};
  program.blocks = {{.name = "reduce", .operations = {all_reduce}}};
  program.roles = {{.name = "all",
                    .ranks = {.first = 0, .extents = {{ranks, 1}}},
                    .streams = {{.name = "main", .operations = {{.label = 0, .action = sim::Call{0, times}}}}}}};
  sim::validate(program);
  return program;
}

constexpr std::int64_t scatter = 1'619;  // prime

sim::Model two_jobs(std::int64_t gpus) {
  const Gpt3 machine(gpus, {.routing = topology::Routing::ecmp, .node = "dgx-a100-80gb"});  // links no faster than what a GPU sends
  const Gpt3 pipeline(gpus / 2, {.micro_batches = 8});
  Placement even;
  Placement odd;  // as a scheduler leaves it after months: the next rank may be anywhere
  const std::int64_t pairs = gpus / 16;
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const std::int64_t scattered = pair * scatter % pairs;
    for (std::int64_t gpu = 0; gpu < 8; ++gpu) {
      even.push_back(topology::GpuId{static_cast<std::uint32_t>(pair * 16 + gpu)});
      odd.push_back(topology::GpuId{static_cast<std::uint32_t>(scattered * 16 + 8 + gpu)});
    }
  }
  const sim::Program rings = long_rings(static_cast<std::int32_t>(gpus / 2), 2);
  return sim::side_by_side(machine.lowered(pipeline.program, even), machine.lowered(rings, odd));
}

// Both ways, one after the other: every time and byte must be the same.
void hash_ecmp(benchmark::State& state) {
  const sim::Model model = two_jobs(state.range(0));
  for (auto _ : state) {
    double seconds[2] = {};
    sim::Timeline timelines[2];
    for (const sim::Resolve resolve : {sim::Resolve::touched, sim::Resolve::component}) {
      const auto start = std::chrono::steady_clock::now();
      timelines[static_cast<int>(resolve)] = sim::make_fluid_engine(resolve)->play(model, {});
      seconds[static_cast<int>(resolve)] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    if (timelines[0] != timelines[1]) state.SkipWithError("the timelines differ");
    state.counters["touched_seconds"] = seconds[0];
    state.counters["component_seconds"] = seconds[1];
    state.counters["ratio"] = seconds[1] / seconds[0];
  }
}
BENCHMARK(hash_ecmp)->Arg(1'024)->Arg(8'192)->Arg(65'536)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace orrery::workloads
