// However much is solved again when something begins or ends, the same happens.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/engines/random_machine.h"

namespace orrery::test {
namespace {

TEST(Resolve, TouchedAndComponentGiveTheSameTimeline) {
  int played = 0;
  for (std::uint64_t seed = 1'000; seed < 1'100; ++seed) {
    const RandomMachine machine(seed);
    const auto model = machine.model(seed % 2 == 0 ? workloads::Granularity::transfer : workloads::Granularity::hyperflow);
    if (!model) continue;
    try {
      const sim::Timeline touched = sim::make_fluid_engine(sim::Resolve::touched)->play(*model, {});
      ASSERT_EQ(touched, sim::make_fluid_engine(sim::Resolve::component)->play(*model, {}))
          << "seed " << seed << ": " << machine.in_words();
      ++played;
    } catch (const sim::Stuck&) {
      EXPECT_THROW(sim::make_fluid_engine(sim::Resolve::component)->play(*model, {}), sim::Stuck);
    }
  }
  EXPECT_GT(played, 50);
}

// Two different simulations at once, folded, with all that can be drawn.
TEST(Threads, TwoSimulationsGiveTheSameAsOneAfterTheOther) {
  std::vector<sim::Model> models;
  for (std::uint64_t seed = 2'000; models.size() < 12; ++seed) {
    if (auto model = RandomMachine(seed, {.most_gpus = 48}).model(workloads::Granularity::hyperflow)) models.push_back(std::move(*model));
  }
  const auto play = [&](std::size_t first, std::size_t step) {
    std::vector<sim::Timeline> timelines;
    const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
    for (std::size_t m = first; m < models.size(); m += step) {
      try {
        timelines.push_back(engine->play(models[m], {}));
      } catch (const sim::Stuck&) {
        timelines.emplace_back();
      }
    }
    return timelines;
  };
  const std::vector<sim::Timeline> alone = play(0, 1);
  std::vector<sim::Timeline> even;
  std::vector<sim::Timeline> odd;
  std::thread first([&] { even = play(0, 2); });
  std::thread second([&] { odd = play(1, 2); });
  first.join();
  second.join();
  for (std::size_t m = 0; m < models.size(); ++m) EXPECT_EQ((m % 2 == 0 ? even : odd)[m / 2], alone[m]) << m;
}

}  // namespace
}  // namespace orrery::test
