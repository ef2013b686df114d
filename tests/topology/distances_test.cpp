#include "topology/distances.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "tests/topology/assorted_fabrics.h"
#include "tests/topology/assorted_fat_trees.h"
#include "tests/topology/hand_solved_fabrics.h"

namespace orrery::topology {
namespace {

using Histogram = std::map<int, std::int64_t>;

Distances distances_of(const Fabric& fabric) { return distances(fabric, SwitchGraph(fabric, test::hdr)); }

/// 16 ports, 4 on a leaf: 4 x 4 x 3 ordered pairs meet there, the other 240 - 48 at a spine. (48 x 2 + 192 x 4) / 240 = 3.6.
TEST(Distances, OfATreeAreTwiceTheLevelWherePortsMeet) {
  const Distances found = distances_of(test::tapered_tree());
  EXPECT_EQ(found.method, DistanceMethod::arithmetic);
  EXPECT_EQ(found.pairs_by_hops, (Histogram{{2, 48}, {4, 192}}));
  EXPECT_EQ(found.diameter, 4);
  EXPECT_EQ(found.mean_hops, 3.6);
}

/// On a ring of 4 one switch is 0, two are 1 and one is 2 away; on two rings 1, 4, 6, 4 and 1 are 0 to 4 away. A switch has 4 ports, so
/// that each of 64 has 3, 16, 24, 16 and 4 others at so many links and two more.
TEST(Distances, OfATorusAreThoseOfItsRingsAddedUp) {
  const Distances found = distances_of(test::square_torus(1));
  EXPECT_EQ(found.method, DistanceMethod::all_searched);
  EXPECT_EQ(found.pairs_by_hops, (Histogram{{2, 64 * 3}, {3, 64 * 16}, {4, 64 * 24}, {5, 64 * 16}, {6, 64 * 4}}));
  EXPECT_EQ(found.diameter, 6);
}

/// Petersen's graph: 3 neighbours, and the other 6 two away.
TEST(Distances, OfAnImportedGraphAreSearched) {
  const Distances found = distances_of(test::petersen());
  EXPECT_EQ(found.pairs_by_hops, (Histogram{{2, 30 * 2}, {3, 30 * 9}, {4, 30 * 18}}));
}

TEST(Distances, OfDragonflyAndHyperXHaveTheDiameterOfTheirPapers) {
  EXPECT_EQ(distances_of(test::four_groups()).diameter, 2 + 3);
  EXPECT_EQ(distances_of(test::square_hyperx()).diameter, 2 + 2);
}

TEST(Distances, ByArithmeticAreThoseBySearch) {
  for (const FatTreeSpec& spec : test::assorted_fat_trees()) {
    const Fabric fabric(spec);
    const SwitchGraph live(fabric, test::hdr);
    const Distances counted = distances(fabric, live);
    EXPECT_EQ(counted.method, DistanceMethod::arithmetic);
    EXPECT_EQ(counted.pairs_by_hops, searched_distances(live).pairs_by_hops) << spec.nodes << " nodes";
  }
}

TEST(Distances, AreTheHopsOfTheRoutersAndWhatIsMissingIsCutOff) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    SCOPED_TRACE(to_text(made.spec.topology) + " " + to_text(*made.spec.routing));
    const Fabric fabric = make_fabric(made.spec, made.ports);
    Histogram asked;
    std::int64_t cut_off = 0;
    for (std::uint32_t a = 0; a < fabric.ports(); ++a) {
      for (std::uint32_t b = 0; b < fabric.ports(); ++b) {
        if (a == b) continue;
        try {
          ++asked[fabric.hops(fabric.shape().port(VertexId{a}), fabric.shape().port(VertexId{b}))];
        } catch (const sim::Error&) {
          ++cut_off;
        }
      }
    }
    EXPECT_EQ(distances_of(fabric).pairs_by_hops, asked);
    EXPECT_EQ(2 * pieces(SwitchGraph(fabric, made.ports.link)).cut_off_pairs, cut_off);
  }
}

/// Both uplinks of leaf 0 are dead: its 4 ports are an island, and 4 x 12 pairs are cut off. The others: 3 x 4 x 3 pairs meet at a leaf,
/// the rest of 12 x 11 at a spine.
TEST(Distances, LeaveOutDeadLinks) {
  Fabric fabric = test::tapered_tree();
  fabric.set_alive(fabric.link("leaf0 -> spine0"), false);
  EXPECT_EQ(pieces(SwitchGraph(fabric, test::hdr)).pieces, 1);
  EXPECT_EQ(distances_of(fabric).pairs_by_hops, (Histogram{{2, 48}, {4, 192}}));
  fabric.set_alive(fabric.link("leaf0 -> spine1"), false);
  const Pieces found = pieces(SwitchGraph(fabric, test::hdr));
  EXPECT_EQ(found.pieces, 2);
  EXPECT_EQ(found.largest_ports, 12);
  EXPECT_EQ(found.cut_off_pairs, 48);
  EXPECT_EQ(distances_of(fabric).pairs_by_hops, (Histogram{{2, 48}, {4, 96}}));
}

/// The cables of two NICs are dead: each is alone, cut off from 15 others, and the pair of them counts once.
TEST(Distances, ANicWithoutACableIsAPieceByItself) {
  Fabric fabric = test::tapered_tree();
  for (const Port port : {Port{0, 0}, Port{5, 1}}) fabric.set_alive(fabric.out_link(fabric.vertex(port), 0), false);
  const Pieces found = pieces(SwitchGraph(fabric, test::hdr));
  EXPECT_EQ(found.pieces, 3);
  EXPECT_EQ(found.largest_ports, 14);
  EXPECT_EQ(found.cut_off_pairs, 14 + 15);
}

/// Two planes that meet in NICs alone. Node 0's NIC has lost one plane and node 1's the other: the two are cut off, others from neither.
TEST(Distances, NicsDoNotForward) {
  Fabric fabric = test::hdr_fabric({.topology = Topology::dual_plane, .segment_nodes = 4}, 4, 1, 8);
  EXPECT_EQ(pieces(SwitchGraph(fabric, test::hdr)).pieces, 2);
  EXPECT_EQ(pieces(SwitchGraph(fabric, test::hdr)).cut_off_pairs, 0);
  fabric.set_alive(fabric.link("node0/nic0 -> leaf0.0.0"), false);
  fabric.set_alive(fabric.link("node1/nic0 -> leaf0.0.1"), false);
  EXPECT_EQ(pieces(SwitchGraph(fabric, test::hdr)).cut_off_pairs, 1);
  EXPECT_EQ(distances_of(fabric).pairs_by_hops, (Histogram{{2, 4 * 3 - 2}}));
}

/// One set of switches out of 16: each looks the same from here, so that a sixteenth of the pairs tells all.
TEST(Distances, AreSampledWhereTheSearchWouldBeTooLong) {
  const Distances found = searched_distances(SwitchGraph(test::square_torus(1), test::hdr), 1);
  EXPECT_EQ(found.method, DistanceMethod::sampled);
  EXPECT_EQ(found.pairs_by_hops, (Histogram{{2, 4 * 3}, {3, 4 * 16}, {4, 4 * 24}, {5, 4 * 16}, {6, 4 * 4}}));
  EXPECT_EQ(found.mean_hops, distances_of(test::square_torus(1)).mean_hops);
}

}  // namespace
}  // namespace orrery::topology
