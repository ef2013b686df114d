#include "topology/metrics.h"

#include <gtest/gtest.h>

#include "tests/topology/assorted_fabrics.h"
#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

TEST(Metrics, GatherTheFiguresOfOneFabric) {
  const FabricMetrics found = metrics(test::tapered_tree(), {.parts = {.radix = 8, .link = test::hdr}});
  EXPECT_EQ(found.inventory.all_switches(), 6);
  EXPECT_EQ(found.pieces.pieces, 1);
  EXPECT_EQ(found.distances.mean_hops, 3.6);
  EXPECT_EQ(found.bisection.value().least, test::hdr * 4);
  EXPECT_EQ(found.diversity.least, 2);
  EXPECT_EQ(found.load.value().layers.size(), 1U);
}

/// What the figures of any fabric say of each other.
TEST(Metrics, AgreeWithEachOtherOnEveryTopology) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    SCOPED_TRACE(to_text(made.spec.topology) + " " + to_text(*made.spec.routing));
    Fabric fabric = make_fabric(made.spec, made.ports);
    const MetricsSpec spec{.parts = {.radix = made.ports.radix, .link = made.ports.link}};
    const FabricMetrics whole = metrics(fabric, spec);
    ASSERT_TRUE(whole.bisection);
    EXPECT_LE(whole.bisection->least, whole.bisection->halves);
    EXPECT_LE(whole.bisection->halves, made.ports.link * (static_cast<double>(fabric.ports()) / 2)) << "no more than half the NICs send";
    EXPECT_EQ(whole.pieces.cut_off_pairs == 0, fabric.shape().joins_rails());
    std::int64_t pairs = 2 * whole.pieces.cut_off_pairs;
    for (const auto& [hops, count] : whole.distances.pairs_by_hops) pairs += count;
    EXPECT_EQ(pairs, fabric.ports() * (fabric.ports() - 1));

    // With a dead NIC cable, node 0 is cut off by one NIC: nothing gets better.
    fabric.set_alive(fabric.out_link(VertexId{0}, 0), false);
    const FabricMetrics hurt = metrics(fabric, spec);
    EXPECT_LE(hurt.bisection->least, whole.bisection->least);
    EXPECT_GE(hurt.pieces.cut_off_pairs, whole.pieces.cut_off_pairs);
    EXPECT_EQ(hurt.inventory.all_cables(), whole.inventory.all_cables());
  }
}

}  // namespace
}  // namespace orrery::topology
