// However much is solved again when something begins or ends, the same happens.
#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/fluid_engine.h"
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

}  // namespace
}  // namespace orrery::test
