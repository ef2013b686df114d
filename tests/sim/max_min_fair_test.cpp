#include "sim/max_min_fair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

namespace orrery::sim {
namespace {

constexpr double uncapped = std::numeric_limits<double>::infinity();
/// Systems are written in units, solved in millionths (2^-20) of them.
constexpr double parts_of_a_unit = 1 << 20;
MaxMinFair::Rate whole(double units) { return units < uncapped ? std::llround(units * parts_of_a_unit) : MaxMinFair::uncapped; }

/// A system as plain data, to be renumbered, solved twice and checked.
struct PlainFlow {
  double cap = uncapped;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> crossings;  // resource, multiplicity
};
struct PlainSystem {
  std::vector<double> capacities;
  std::vector<PlainFlow> flows;
};

std::vector<double> solved(MaxMinFair& solver, const PlainSystem& system) {
  solver.clear();
  for (const double capacity : system.capacities) solver.add_resource(whole(capacity));
  for (const PlainFlow& flow : system.flows) {
    solver.add_flow(whole(flow.cap));
    for (const auto& [resource, multiplicity] : flow.crossings) solver.cross(resource, multiplicity);
  }
  std::vector<double> rates;
  for (const MaxMinFair::Rate rate : solver.solve()) rates.push_back(static_cast<double>(rate) / parts_of_a_unit);
  return rates;
}

std::vector<double> solved(const PlainSystem& system) {
  MaxMinFair solver;
  return solved(solver, system);
}

using Rates = std::vector<double>;

// 10 / 4.
TEST(MaxMinFair, OneLinkIsSharedEvenly) {
  const PlainSystem system{{10}, {{uncapped, {{0, 1}}}, {uncapped, {{0, 1}}}, {uncapped, {{0, 1}}}, {uncapped, {{0, 1}}}}};
  EXPECT_EQ(solved(system), (Rates{2.5, 2.5, 2.5, 2.5}));
}

// Both cross the link of 6, so 3 each; the link of 10 after it stays half empty.
TEST(MaxMinFair, FlowsOfAChainShareItsNarrowestLink) {
  const PlainSystem system{{6, 10}, {{uncapped, {{0, 1}, {1, 1}}}, {uncapped, {{0, 1}, {1, 1}}}}};
  EXPECT_EQ(solved(system), (Rates{3, 3}));
}

// The parking lot: a long flow over links of 2 and 10, a short one on each. The first link gives 1 and 1; the second's short flow gets the
// rest, 9.
TEST(MaxMinFair, ParkingLotGivesTheRestToTheFlowWithoutNarrowerLink) {
  const PlainSystem system{{2, 10}, {{uncapped, {{0, 1}, {1, 1}}}, {uncapped, {{0, 1}}}, {uncapped, {{1, 1}}}}};
  EXPECT_EQ(solved(system), (Rates{1, 1, 9}));
}

// Three levels. Link 0 (3): flows 0 1 2 stop at 1. Link 1 (7): 1 is gone, flow 3 and 4 share 6: 3. Link 2 (12): 2 and 4 take 4, flow 5
// has 8.
TEST(MaxMinFair, LevelsFollowEachOther) {
  const PlainSystem system{{3, 7, 12},
                           {{uncapped, {{0, 1}}},
                            {uncapped, {{0, 1}, {1, 1}}},
                            {uncapped, {{0, 1}, {2, 1}}},
                            {uncapped, {{1, 1}}},
                            {uncapped, {{1, 1}, {2, 1}}},
                            {uncapped, {{2, 1}}}}};
  EXPECT_EQ(solved(system), (Rates{1, 1, 1, 3, 3, 8}));
}

// 3 x + 1 x = 12: x = 3, and the heavy flow takes 9 of the link.
TEST(MaxMinFair, RatesAreEqualWhateverTheMultiplicities) {
  EXPECT_EQ(solved({{12}, {{uncapped, {{0, 3}}}, {uncapped, {{0, 1}}}}}), (Rates{3, 3}));
}

// Flow 0 crosses link 0 (10) five times: 2. It takes 2 of link 1 (6), where flow 1 has 4.
TEST(MaxMinFair, MultiplicityNarrowsALink) {
  EXPECT_EQ(solved({{10, 6}, {{uncapped, {{0, 5}, {1, 1}}}, {uncapped, {{1, 1}}}}}), (Rates{2, 4}));
}

TEST(MaxMinFair, RepeatedCrossingsAddUp) { EXPECT_EQ(solved({{12}, {{uncapped, {{0, 1}, {0, 2}}}, {uncapped, {{0, 1}}}}}), (Rates{3, 3})); }

TEST(MaxMinFair, CapLeavesTheRestToOthers) { EXPECT_EQ(solved({{10}, {{2, {{0, 1}}}, {uncapped, {{0, 1}}}}}), (Rates{2, 8})); }

TEST(MaxMinFair, CapAboveTheShareDoesNothing) { EXPECT_EQ(solved({{10}, {{6, {{0, 1}}}, {uncapped, {{0, 1}}}}}), (Rates{5, 5})); }

TEST(MaxMinFair, CapEqualToTheShareIsTheShare) { EXPECT_EQ(solved({{10}, {{5, {{0, 1}}}, {uncapped, {{0, 1}}}}}), (Rates{5, 5})); }

// Caps 1 and 2 stop two flows of a link of 12; the others have (12 - 3) / 3, and of them the one capped at 3 is at both.
TEST(MaxMinFair, CapsAreTakenInOrderOfTheirRate) {
  const PlainSystem system{{12}, {{3, {{0, 1}}}, {2, {{0, 1}}}, {uncapped, {{0, 1}}}, {1, {{0, 1}}}, {uncapped, {{0, 1}}}}};
  EXPECT_EQ(solved(system), (Rates{3, 2, 3, 1, 3}));
}

// n flows share a link, one of them capped a last bit below C / n. The others have (C - cap) / (n - 1): not less than C / n, however that
// is rounded.
TEST(MaxMinFair, ShareNeverFallsWhenAFlowStops) {
  for (std::uint32_t n = 2; n < 50; ++n) {
    for (int capacity = 1; capacity < 50; ++capacity) {
      const double share = std::floor(capacity * parts_of_a_unit / n) / parts_of_a_unit;
      PlainSystem system{{static_cast<double>(capacity)}, {{share - 1 / parts_of_a_unit, {{0, 1}}}}};
      system.flows.resize(n, {uncapped, {{0, 1}}});
      ASSERT_GE(solved(system).back(), share) << capacity << " / " << n;
    }
  }
}

// 10 in whole numbers over 4 flows is 2 each; what is left over is nobody's.
TEST(MaxMinFair, LevelsAreWholeNumbers) {
  MaxMinFair solver;
  const auto link = solver.add_resource(10);
  for (int flow = 0; flow < 4; ++flow) {
    solver.add_flow();
    solver.cross(link, 1);
  }
  EXPECT_EQ(solver.solve(), (std::vector<MaxMinFair::Rate>{2, 2, 2, 2}));
  EXPECT_EQ(solver.full_at(link), 2);
}

TEST(MaxMinFair, BottlenecksAreNamed) {
  MaxMinFair solver;
  const auto wide = solver.add_resource(10);
  const auto narrow = solver.add_resource(3);
  const auto idle = solver.add_resource(5);
  const auto capped = solver.add_flow(2);
  solver.cross(wide, 1);
  const auto held = solver.add_flow();  // 3 by the narrow one
  solver.cross(wide, 1);
  solver.cross(narrow, 1);
  const auto rest = solver.add_flow();  // 10 - 2 - 3
  solver.cross(wide, 1);
  EXPECT_EQ(solver.solve(), (std::vector<MaxMinFair::Rate>{2, 3, 5}));
  EXPECT_EQ(solver.bottleneck(capped), MaxMinFair::none);
  EXPECT_EQ(solver.bottleneck(held), narrow);
  EXPECT_EQ(solver.bottleneck(rest), wide);
  EXPECT_EQ(solver.full_at(wide), 5);
  EXPECT_EQ(solver.full_at(narrow), 3);
  EXPECT_EQ(solver.full_at(idle), MaxMinFair::uncapped);
}

TEST(MaxMinFair, OverAResourceWithoutCapacityNothingMoves) {
  EXPECT_EQ(solved({{0, 10}, {{uncapped, {{0, 1}, {1, 1}}}, {uncapped, {{1, 1}}}}}), (Rates{0, 10}));
}

TEST(MaxMinFair, FlowWithoutCrossingsRunsAtItsCap) { EXPECT_EQ(solved({{10}, {{7, {}}, {uncapped, {{0, 1}}}}}), (Rates{7, 10})); }

TEST(MaxMinFair, TiesStopTogether) {
  PlainSystem system;
  for (std::uint32_t link = 0; link < 100; ++link) {
    system.capacities.push_back(30);
    system.flows.push_back({uncapped, {{link, 1}, {(link + 1) % 100, 1}, {(link + 2) % 100, 1}}});
  }
  EXPECT_EQ(solved(system), Rates(100, 10));
}

TEST(MaxMinFair, EmptySystemHasNoRates) {
  MaxMinFair solver;
  EXPECT_TRUE(solver.solve().empty());
  solver.add_resource(1);
  EXPECT_TRUE(solver.solve().empty());
}

TEST(MaxMinFair, MeaninglessSystemsAreBugs) {
  MaxMinFair solver;
  EXPECT_THROW(solver.add_resource(-1), std::logic_error);
  EXPECT_THROW(solver.add_resource(MaxMinFair::uncapped), std::logic_error);
  EXPECT_THROW(solver.add_flow(-1), std::logic_error);
  EXPECT_THROW(solver.cross(0, 1), std::logic_error);
  solver.add_flow();
  EXPECT_THROW(solver.cross(0, 1), std::logic_error);
  EXPECT_THROW(solver.solve(), std::logic_error);
  solver.add_resource(1);
  EXPECT_THROW(solver.cross(0, 0), std::logic_error);
}

TEST(MaxMinFair, SolvingAgainGivesTheSameAndTakesWhatWasAdded) {
  MaxMinFair solver;
  const auto link = solver.add_resource(10);
  solver.add_flow(2);
  solver.cross(link, 1);
  solver.add_flow();
  solver.cross(link, 1);
  EXPECT_EQ(solver.solve(), (std::vector<MaxMinFair::Rate>{2, 8}));
  EXPECT_EQ(solver.solve(), (std::vector<MaxMinFair::Rate>{2, 8}));
  solver.add_flow();
  solver.cross(link, 1);
  EXPECT_EQ(solver.solve(), (std::vector<MaxMinFair::Rate>{2, 4, 4}));
}

/// Up to 12 resources and 16 flows; small whole capacities and caps make ties common, every fourth system has large ones.
PlainSystem random_system(std::mt19937_64& draw) {
  PlainSystem system;
  const std::uint64_t resources = draw() % 12 + 1;
  const bool network = draw() % 4 == 0;
  for (std::uint64_t r = 0; r < resources; ++r) {
    system.capacities.push_back(network ? 25e3 * static_cast<double>(draw() % 1000 + 1) / 7 : static_cast<double>(draw() % 12 + 1));
  }
  const std::uint64_t flows = draw() % 16 + 1;
  for (std::uint64_t f = 0; f < flows; ++f) {
    PlainFlow flow;
    for (std::uint32_t r = 0; r < resources; ++r) {
      if (draw() % 3 == 0) flow.crossings.emplace_back(r, draw() % 2 == 0 ? 1 : static_cast<std::uint32_t>(draw() % 9 + 1));
    }
    if (flow.crossings.empty() || draw() % 3 == 0) flow.cap = (network ? 1e3 : 0.5) * static_cast<double>(draw() % 8 + 1);
    system.flows.push_back(std::move(flow));
  }
  return system;
}

/// Rounds of: find the least share or cap by looking at everything afresh, and stop all flows there. O(n^3), and nothing to keep up to
/// date.
Rates naively_filled(const PlainSystem& system) {
  constexpr MaxMinFair::Rate rising = -1;
  std::vector<MaxMinFair::Rate> rates(system.flows.size(), rising);
  const auto share = [&](std::uint32_t resource) {
    MaxMinFair::Rate left = whole(system.capacities[resource]);
    MaxMinFair::Rate count = 0;
    for (std::size_t f = 0; f < rates.size(); ++f) {
      for (const auto& [crossed, multiplicity] : system.flows[f].crossings) {
        if (crossed != resource) continue;
        if (rates[f] == rising) count += multiplicity;
        if (rates[f] != rising) left -= multiplicity * rates[f];
      }
    }
    return count > 0 ? left / count : MaxMinFair::uncapped;
  };
  while (std::any_of(rates.begin(), rates.end(), [](MaxMinFair::Rate rate) { return rate == rising; })) {
    std::vector<MaxMinFair::Rate> limits(rates.size(), MaxMinFair::uncapped);
    for (std::size_t f = 0; f < rates.size(); ++f) {
      if (rates[f] != rising) continue;
      limits[f] = whole(system.flows[f].cap);
      for (const auto& [resource, multiplicity] : system.flows[f].crossings) limits[f] = std::min(limits[f], share(resource));
    }
    const MaxMinFair::Rate level = *std::min_element(limits.begin(), limits.end());
    for (std::size_t f = 0; f < rates.size(); ++f) {
      if (limits[f] == level) rates[f] = level;
    }
  }
  Rates result;
  for (const MaxMinFair::Rate rate : rates) result.push_back(static_cast<double>(rate) / parts_of_a_unit);
  return result;
}

TEST(MaxMinFair, AgreesWithANaiveFiller) {
  std::mt19937_64 draw(1);
  for (int trial = 0; trial < 3'000; ++trial) {
    const PlainSystem system = random_system(draw);
    ASSERT_EQ(solved(system), naively_filled(system)) << "system " << trial;
  }
}

/// Whether every flow is at its cap or crosses a full resource on which no flow is faster, and no resource is overloaded: the definition. A
/// resource is full where less is left than a unit for each crossing of its fastest flows.
::testing::AssertionResult every_flow_has_a_bottleneck(const PlainSystem& system, const Rates& rates) {
  std::vector<MaxMinFair::Rate> left;
  for (const double capacity : system.capacities) left.push_back(whole(capacity));
  std::vector<double> fastest(left.size(), 0);
  for (std::size_t f = 0; f < rates.size(); ++f) {
    for (const auto& [resource, multiplicity] : system.flows[f].crossings) {
      left[resource] -= multiplicity * whole(rates[f]);
      fastest[resource] = std::max(fastest[resource], rates[f]);
    }
  }
  std::vector<MaxMinFair::Rate> crossings_of_fastest(left.size(), 0);
  for (std::size_t f = 0; f < rates.size(); ++f) {
    for (const auto& [resource, multiplicity] : system.flows[f].crossings) {
      if (rates[f] == fastest[resource]) crossings_of_fastest[resource] += multiplicity;
    }
  }
  for (std::size_t r = 0; r < left.size(); ++r) {
    if (left[r] < 0) return ::testing::AssertionFailure() << "resource " << r << " is overloaded";
  }
  for (std::size_t f = 0; f < rates.size(); ++f) {
    if (whole(rates[f]) == whole(system.flows[f].cap)) continue;
    const auto& crossings = system.flows[f].crossings;
    const bool bound = rates[f] < system.flows[f].cap && std::any_of(
                                                             crossings.begin(), crossings.end(),
                                                             [&](const auto& crossing) {
                                                               return left[crossing.first] < crossings_of_fastest[crossing.first] &&
                                                                      rates[f] == fastest[crossing.first];
                                                             });
    if (!bound) return ::testing::AssertionFailure() << "flow " << f << " has no bottleneck";
  }
  return ::testing::AssertionSuccess();
}

TEST(MaxMinFair, EveryFlowHasABottleneck) {
  std::mt19937_64 draw(2);
  MaxMinFair solver;
  for (int trial = 0; trial < 10'000; ++trial) {
    const PlainSystem system = random_system(draw);
    ASSERT_TRUE(every_flow_has_a_bottleneck(system, solved(solver, system))) << "system " << trial;
  }
}

TEST(MaxMinFair, EveryFlowOfALargeSystemHasABottleneck) {
  std::mt19937_64 draw(3);
  PlainSystem system;
  for (int r = 0; r < 2'000; ++r) system.capacities.push_back(1e3 * static_cast<double>(draw() % 400 + 1));
  for (int f = 0; f < 5'000; ++f) {
    PlainFlow flow;
    for (int crossing = 0; crossing < 6; ++crossing) flow.crossings.emplace_back(draw() % 2'000, draw() % 4 + 1);
    system.flows.push_back(std::move(flow));
  }
  ASSERT_TRUE(every_flow_has_a_bottleneck(system, solved(system)));
}

TEST(MaxMinFair, RenumberingChangesNoBit) {
  std::mt19937_64 draw(4);
  for (int trial = 0; trial < 1'000; ++trial) {
    const PlainSystem system = random_system(draw);
    std::vector<std::uint32_t> new_resource(system.capacities.size());
    std::vector<std::size_t> new_flow(system.flows.size());
    std::iota(new_resource.begin(), new_resource.end(), 0);
    std::iota(new_flow.begin(), new_flow.end(), 0);
    std::shuffle(new_resource.begin(), new_resource.end(), draw);
    std::shuffle(new_flow.begin(), new_flow.end(), draw);

    PlainSystem renumbered = system;
    for (std::size_t r = 0; r < new_resource.size(); ++r) renumbered.capacities[new_resource[r]] = system.capacities[r];
    for (std::size_t f = 0; f < new_flow.size(); ++f) {
      PlainFlow flow = system.flows[f];
      for (auto& [resource, multiplicity] : flow.crossings) resource = new_resource[resource];
      std::shuffle(flow.crossings.begin(), flow.crossings.end(), draw);
      renumbered.flows[new_flow[f]] = std::move(flow);
    }
    const Rates rates = solved(system);
    const Rates others = solved(renumbered);
    for (std::size_t f = 0; f < rates.size(); ++f) ASSERT_EQ(rates[f], others[new_flow[f]]) << "system " << trial << ", flow " << f;
  }
}

// What is simulated once for many: k copies of a flow are one flow whose multiplicities, and no other's, are k times as large.
TEST(MaxMinFair, FoldingEqualFlowsChangesNoBit) {
  std::mt19937_64 draw(5);
  for (int trial = 0; trial < 1'000; ++trial) {
    PlainSystem folded = random_system(draw);
    PlainSystem unfolded{folded.capacities, {}};
    std::vector<std::size_t> class_of;
    for (std::size_t f = 0; f < folded.flows.size(); ++f) {
      const auto copies = static_cast<std::uint32_t>(draw() % 4 + 1);
      for (std::uint32_t copy = 0; copy < copies; ++copy) {
        unfolded.flows.push_back(folded.flows[f]);
        class_of.push_back(f);
      }
      for (auto& [resource, multiplicity] : folded.flows[f].crossings) multiplicity *= copies;
    }
    const Rates few = solved(folded);
    const Rates many = solved(unfolded);
    for (std::size_t f = 0; f < many.size(); ++f) ASSERT_EQ(many[f], few[class_of[f]]) << "system " << trial << ", flow " << f;
  }
}

TEST(MaxMinFair, ClearedSystemRemembersNothing) {
  std::mt19937_64 draw(6);
  MaxMinFair reused;
  for (int trial = 0; trial < 1'000; ++trial) {
    const PlainSystem system = random_system(draw);
    ASSERT_EQ(solved(reused, system), solved(system)) << "system " << trial;
  }
}

}  // namespace
}  // namespace orrery::sim
