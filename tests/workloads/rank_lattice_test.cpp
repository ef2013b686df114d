#include "workloads/rank_lattice.h"

#include <gtest/gtest.h>

namespace orrery::workloads {
namespace {

using Ranks = std::vector<std::int32_t>;

TEST(RankLattice, StepsOfStepsAreFound) {
  EXPECT_EQ(lattice_of(Ranks{5}), (sim::Lattice{.first = 5}));
  EXPECT_EQ(lattice_of(Ranks{0, 1, 2, 3}), (sim::Lattice{.first = 0, .extents = {{4, 1}}}));
  EXPECT_EQ(lattice_of(Ranks{0, 8, 16, 1, 9, 17}), (sim::Lattice{.first = 0, .extents = {{3, 8}, {2, 1}}}));
  EXPECT_EQ(lattice_of(Ranks{7, 5}), (sim::Lattice{.first = 7, .extents = {{2, -2}}}));
}

TEST(RankLattice, WhatFollowsNoArithmeticIsNone) {
  EXPECT_EQ(lattice_of(Ranks{0, 1, 3}), std::nullopt);
  EXPECT_EQ(lattice_of(Ranks{0, 1, 2, 4, 5}), std::nullopt);
  EXPECT_EQ(lattice_of(Ranks{0, 1, 4, 6}), std::nullopt);
}

TEST(RankLattice, AnyAscendingRanksAreSomeLattices) {
  // Every subset of twelve ranks comes back, in order; what is one lattice is one.
  for (unsigned subset = 0; subset < 1U << 12U; ++subset) {
    Ranks ranks;
    for (std::int32_t rank = 0; rank < 12; ++rank) {
      if ((subset >> static_cast<unsigned>(rank) & 1U) != 0) ranks.push_back(rank);
    }
    const auto lattices = lattices_of(ranks);
    Ranks again;
    for (const sim::Lattice& lattice : lattices) {
      for (std::int64_t i = 0; i < lattice.size(); ++i) again.push_back(lattice.at(i));
    }
    ASSERT_EQ(again, ranks);
    if (!ranks.empty() && lattice_of(ranks)) {
      ASSERT_EQ(lattices.size(), 1U);
    }
  }
  EXPECT_EQ(lattices_of(Ranks{0, 1, 2, 7}).size(), 2U);
}

}  // namespace
}  // namespace orrery::workloads
