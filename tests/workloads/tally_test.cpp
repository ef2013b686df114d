#include "workloads/tally.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "sim/random.h"

namespace orrery::workloads {
namespace {

using Named = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Named taken(Tally& tally) {
  std::vector<sim::Demand> demands;
  tally.take(demands);
  Named named;
  for (const sim::Demand& demand : demands) named.emplace_back(index(demand.resource), demand.multiplicity);
  return named;
}

TEST(Tally, TellsInOrderHowOftenEachWasNamed) {
  Tally tally(8);
  tally.add(sim::ResourceId{7}, 1);
  tally.add(sim::ResourceId{3}, 2);
  tally.add(sim::ResourceId{7}, 1);
  EXPECT_EQ(taken(tally), (Named{{3, 2}, {7, 2}}));
  EXPECT_EQ(taken(tally), Named{}) << "it begins anew";
}

TEST(Tally, KnowsTheEdgesOfItsWords) {
  const std::vector<std::uint32_t> edges = {0, 63, 64, 4095, 4096, 4159, 8191};
  Tally tally(8192);
  for (const std::uint32_t edge : edges) tally.add(sim::ResourceId{edge}, 1);
  Named expected;
  for (const std::uint32_t edge : edges) expected.emplace_back(edge, 1);
  EXPECT_EQ(taken(tally), expected);
}

TEST(Tally, AgreesWithAMap) {
  constexpr std::uint32_t resources = 10'000;
  Tally tally(resources);
  sim::Random random(1, 0);
  for (int round = 0; round < 10; ++round) {
    std::map<std::uint32_t, std::uint32_t> counts;
    for (int i = 0; i < 1'000; ++i) {
      const auto number = static_cast<std::uint32_t>(random.below(resources));
      const auto times = static_cast<std::uint32_t>(1 + random.below(3));
      counts[number] += times;
      tally.add(sim::ResourceId{number}, times);
    }
    EXPECT_EQ(taken(tally), (Named{counts.begin(), counts.end()}));
  }
}

}  // namespace
}  // namespace orrery::workloads
