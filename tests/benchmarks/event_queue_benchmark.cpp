// Hold: take the earliest event and put one in a little later, with so many pending; ours beside the standard library's.
#include <benchmark/benchmark.h>

#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "sim/event_queue.h"

namespace orrery::sim {
namespace {

std::int64_t increment(std::mt19937_64& draw) { return static_cast<std::int64_t>(1 + draw() % 1'000'000); }

void hold_event_queue(benchmark::State& state) {
  std::mt19937_64 draw(1);
  EventQueue<std::uint64_t> queue;
  for (std::int64_t i = 0; i < state.range(0); ++i) queue.push(Time{increment(draw)}, 0);
  std::vector<std::uint64_t> due;
  std::int64_t holds = 0;
  for (auto _ : state) {
    const Time now = queue.next();
    queue.pop_tick(due);
    for (const std::uint64_t event : due) queue.push(Time{now.ticks + increment(draw)}, event);
    holds += std::ssize(due);
  }
  state.SetItemsProcessed(holds);
}
BENCHMARK(hold_event_queue)->Arg(100)->Arg(10'000)->Arg(1'000'000);

void hold_priority_queue(benchmark::State& state) {
  std::mt19937_64 draw(1);
  std::priority_queue<std::pair<std::int64_t, std::uint64_t>, std::vector<std::pair<std::int64_t, std::uint64_t>>, std::greater<>> queue;
  for (std::int64_t i = 0; i < state.range(0); ++i) queue.push({increment(draw), 0});
  for (auto _ : state) {
    const auto [now, event] = queue.top();
    queue.pop();
    queue.push({now + increment(draw), event});
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold_priority_queue)->Arg(100)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace orrery::sim
