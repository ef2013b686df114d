#include "topology/max_flow.h"

#include <gtest/gtest.h>

namespace orrery::topology {
namespace {

/// Ford and Fulkerson's example: by either branch 1000, and one across that gains nothing.
TEST(MaxFlow, IsTheThinnestCut) {
  FlowNetwork network(4);
  network.join(0, 1, 1000, 0);
  network.join(0, 2, 1000, 0);
  network.join(1, 2, 1, 1);
  network.join(1, 3, 1000, 0);
  network.join(2, 3, 600, 0);
  EXPECT_EQ(network.max_flow(0, 3), 1600);
  EXPECT_EQ(network.max_flow(1, 3), 1001);
  EXPECT_EQ(network.max_flow(3, 0), 0) << "arcs of one direction";
}

TEST(MaxFlow, AddsUpWhatJoinsTheSameTwo) {
  FlowNetwork network(2);
  network.join(0, 1, 3, 3);
  network.join(1, 0, 4, 4);
  EXPECT_EQ(network.max_flow(0, 1), 7);
  EXPECT_EQ(network.max_flow(1, 0), 7);
}

}  // namespace
}  // namespace orrery::topology
