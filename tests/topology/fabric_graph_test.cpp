#include "topology/fabric_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/graph_concepts.hpp>
#include <random>
#include <utility>
#include <vector>

namespace orrery::topology {
namespace {

BOOST_CONCEPT_ASSERT((boost::VertexListGraphConcept<Fabric>));
BOOST_CONCEPT_ASSERT((boost::EdgeListGraphConcept<Fabric>));
BOOST_CONCEPT_ASSERT((boost::IncidenceGraphConcept<Fabric>));
BOOST_CONCEPT_ASSERT((boost::BidirectionalGraphConcept<Fabric>));

using LiveFabric = boost::filtered_graph<Fabric, AliveLink>;

/// Hops from `start` to every vertex; -1 where there is no way.
template <class Graph>
std::vector<int> hops_from(const Graph& graph, std::uint32_t start) {
  std::vector<int> hops(num_vertices(graph), -1);
  hops[start] = 0;
  const auto visitor = boost::make_bfs_visitor(boost::record_distances(hops.data(), boost::on_tree_edge()));
  boost::breadth_first_search(graph, start, boost::visitor(visitor).vertex_index_map(boost::typed_identity_property_map<std::uint32_t>()));
  return hops;
}

TEST(FabricGraph, IsSearchedByBoostWithRouteLengthsAsHops) {
  for (const FatTreeSpec& spec : {FatTreeSpec{.nodes = 140, .rails = 8, .radix = 40}, FatTreeSpec{.nodes = 40, .rails = 3, .radix = 6},
                                  FatTreeSpec{.nodes = 5, .rails = 8, .radix = 40}}) {
    const Fabric fabric(spec);
    const std::vector<int> hops = hops_from(fabric, vertex(0, fabric));
    EXPECT_EQ(std::count(hops.begin(), hops.end(), -1), 0);
    for (int node = 0; node < spec.nodes; ++node) {
      for (int rail = 0; rail < spec.rails; ++rail) {
        const Route route = fabric.route({0, 0}, {node, rail}, 0);
        ASSERT_EQ(std::distance(route.begin(), route.end()), hops[index(fabric.vertex(Port{node, rail}))]) << node << " " << rail;
      }
    }
  }
}

TEST(FabricGraph, LeavesOutDeadLinksByAFilter) {
  Fabric fabric({.nodes = 40, .rails = 8, .radix = 40});
  const LiveFabric live(fabric, AliveLink{&fabric});
  const VertexId leaf = fabric.target(fabric.out_link(VertexId{0}, 0));
  for (int port = 0; port < 19; ++port) fabric.set_alive(fabric.out_link(leaf, port), false);
  std::vector<int> hops = hops_from(live, 0);
  EXPECT_EQ(std::count(hops.begin(), hops.end(), -1), 0);
  EXPECT_EQ(hops[39 * 8], 4);

  // The last uplink: leaf 0 of rail 0 and its 20 nodes' NICs are an island.
  fabric.set_alive(fabric.out_link(leaf, 19), false);
  hops = hops_from(live, 0);
  EXPECT_EQ(std::count(hops.begin(), hops.end(), -1), fabric.vertices() - 21);
  EXPECT_EQ(hops_from(fabric, 0)[39 * 8], 4) << "unfiltered, dead links count as links";
}

// A route exists exactly where breadth-first search over the live links still finds a way of the length that the whole fabric has.
TEST(FabricGraph, AgreesWithRoutesOnWhoIsCutOff) {
  std::mt19937 random(7);
  int found = 0;
  int cut = 0;
  for (const FatTreeSpec& spec : {FatTreeSpec{.nodes = 16, .rails = 1, .radix = 8}, FatTreeSpec{.nodes = 30, .rails = 2, .radix = 8},
                                  FatTreeSpec{.nodes = 40, .rails = 3, .radix = 6}}) {
    for (int trial = 0; trial < 20; ++trial) {
      Fabric fabric(spec);
      for (std::uint32_t cable = 0; cable < fabric.links() / 2; ++cable) fabric.set_alive(LinkId{2 * cable}, random() % 3 != 0);
      const Port from{static_cast<int>(random() % static_cast<unsigned>(spec.nodes)), 0};
      const std::vector<int> hops = hops_from(LiveFabric(fabric, AliveLink{&fabric}), index(fabric.vertex(from)));
      for (int node = 0; node < spec.nodes; ++node) {
        const Port to{node, spec.rails - 1};
        const bool reachable = hops[index(fabric.vertex(to))] == fabric.hops(from, to);
        (reachable ? found : cut) += 1;
        if (reachable) {
          const Route route = fabric.route(from, to, 0);
          for (const LinkId link : route) ASSERT_TRUE(fabric.alive(link));
        } else {
          ASSERT_THROW(fabric.route(from, to, 0), sim::Error);
        }
      }
    }
  }
  EXPECT_GT(found, 100);
  EXPECT_GT(cut, 100);
}

TEST(FabricGraph, ListsEveryEdgeOnceFromEitherEnd) {
  const Fabric fabric({.nodes = 25, .rails = 2, .radix = 8});
  std::vector<int> out(num_edges(fabric));
  std::vector<int> in(num_edges(fabric));
  for (auto [v, end] = vertices(fabric); v != end; ++v) {
    for (auto [e, last] = out_edges(*v, fabric); e != last; ++e) {
      EXPECT_EQ(source(*e, fabric), *v);
      ++out[index(*e)];
    }
    for (auto [e, last] = in_edges(*v, fabric); e != last; ++e) {
      EXPECT_EQ(target(*e, fabric), *v);
      ++in[index(*e)];
    }
    EXPECT_EQ(degree(*v, fabric), out_degree(*v, fabric) + in_degree(*v, fabric));
  }
  EXPECT_EQ(out, std::vector<int>(num_edges(fabric), 1));
  EXPECT_EQ(in, std::vector<int>(num_edges(fabric), 1));
  const auto [first, last] = edges(fabric);
  EXPECT_EQ(std::distance(first, last), static_cast<std::ptrdiff_t>(num_edges(fabric)));
}

}  // namespace
}  // namespace orrery::topology
