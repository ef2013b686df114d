#include "workloads/collective_edges.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/committed.h"
#include "tests/workloads/gpus_of_nodes.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using topology::Cluster;
using topology::GpuId;
using topology::GpuPart;

// What a collective of one byte puts on the parts of a machine.
class Load {
 public:
  Load(const Cluster& cluster, const Group& group, Algorithm algorithm, CollectiveKind kind) : cluster_(cluster) {
    std::vector<Edge> edges;
    append_collective_edges(group, algorithm, kind, edges);
    Paths paths;
    for (const Edge& edge : edges) paths.append(cluster, edge);
    const double share = bytes_an_edge(group.counts(), algorithm, kind);
    for (const sim::Demand& demand : merged(paths)) bytes_[index(demand.resource)] = demand.multiplicity * share;
  }

  double of(sim::ResourceId id) const {
    const auto found = bytes_.find(index(id));
    return found == bytes_.end() ? 0 : found->second;
  }
  double of(std::uint32_t gpu, GpuPart part) const { return of(cluster_.resource(GpuId{gpu}, part)); }
  double out_of_gpu(std::uint32_t gpu) const { return of(gpu, GpuPart::nvlink_out) + of(gpu, GpuPart::pcie_out); }
  double into_gpu(std::uint32_t gpu) const { return of(gpu, GpuPart::nvlink_in) + of(gpu, GpuPart::pcie_in); }

  // Over the NICs' own links.
  std::vector<double> out_of_nics() const { return of_nics(true); }
  std::vector<double> into_nics() const { return of_nics(false); }

 private:
  std::vector<double> of_nics(bool out) const {
    const topology::Fabric& fabric = cluster_.fabric();
    std::vector<double> loads(static_cast<std::size_t>(fabric.ports()), 0);
    for (std::uint32_t l = 0; l < fabric.links(); ++l) {
      const topology::LinkId link{l};
      const std::uint32_t port = index(out ? fabric.source(link) : fabric.target(link));
      if (port < loads.size()) loads[port] += of(cluster_.resource(link));
    }
    return loads;
  }

  const Cluster& cluster_;
  std::map<std::uint32_t, double> bytes_;
};

struct Machine {
  explicit Machine(int nodes, const char* node = "dgx-a100-80gb", const std::vector<int>& locals = all_eight, bool sharp = false)
      : Machine(committed::node(node), nodes, {.sharp = sharp}, locals) {}
  Machine(const topology::NodeSpec& node, int nodes, const topology::FabricSpec& fabric, const std::vector<int>& locals = all_eight)
      : cluster({.node = node, .nodes = nodes, .fabric = fabric}), members(gpus_of_nodes(cluster, nodes, locals)) {}
  Load load(Algorithm algorithm, CollectiveKind kind = CollectiveKind::all_reduce) const { return Load(cluster, group, algorithm, kind); }

  Cluster cluster;
  NodeGraphs found{cluster, committed::nccl()};
  std::vector<GpuId> members;
  Group group{cluster, found, members};
};

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// "0>7 7>6", with the rails where an edge names them: "1>8@0".
std::string edges_in_words(const std::vector<Edge>& edges, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t e = begin; e < end; ++e) {
    text += (text.empty() ? "" : " ") + std::to_string(index(edges[e].from)) + ">" + std::to_string(index(edges[e].to));
    if (edges[e].rails) text += "@" + std::to_string(edges[e].rails->out);
  }
  return text;
}

TEST(CollectiveEdges, RingsOfADgxKeepToTheirRail) {
  const Machine machine(2);
  std::vector<Edge> edges;
  append_collective_edges(machine.group, Algorithm::ring, CollectiveKind::all_reduce, edges);
  ASSERT_EQ(edges.size(), 8U * 16);
  EXPECT_EQ(edges_in_words(edges, 0, 16), "0>7 7>6 6>5 5>4 4>3 3>2 2>1 1>8@0 8>15 15>14 14>13 13>12 12>11 11>10 10>9 9>0@0");
  EXPECT_EQ(edges_in_words(edges, 16, 24), "1>2 2>3 3>4 4>5 5>6 6>7 7>0 0>9@1");
}

TEST(CollectiveEdges, ABroadcastHasNoEdgeIntoItsRootAndAReduceNoneOutOfIt) {
  const Machine machine(1, "dgx-a100-80gb", {0, 1, 2});
  std::vector<Edge> edges;
  append_collective_edges(machine.group, Algorithm::ring, CollectiveKind::broadcast, edges);
  EXPECT_EQ(edges.size(), 2U);
  for (const Edge& edge : edges) EXPECT_NE(edge.to, GpuId{0});
  edges.clear();
  append_collective_edges(machine.group, Algorithm::ring, CollectiveKind::reduce, edges);
  EXPECT_EQ(edges.size(), 2U);
  for (const Edge& edge : edges) EXPECT_NE(edge.from, GpuId{0});
}

// 16 ranks over 8 rails: every GPU sends 2 * 15/16 of the buffer, and every NIC an eighth of that.
TEST(CollectiveEdges, ARingAllReduceSendsWhatItsClosedFormSays) {
  const Machine machine(2);
  const Load load = machine.load(Algorithm::ring);
  for (std::uint32_t gpu = 0; gpu < 16; ++gpu) {
    EXPECT_NEAR(load.out_of_gpu(gpu), 2 * 15.0 / 16, 1e-12);
    EXPECT_NEAR(load.into_gpu(gpu), 2 * 15.0 / 16, 1e-12);
  }
  for (const double nic : load.out_of_nics()) EXPECT_NEAR(nic, 2 * 15.0 / 16 / 8, 1e-12);
}

// On two nodes the tree has one edge: each node sends the buffer once, where a ring sends almost twice of it. On N nodes there are N - 1
// edges, up and down.
TEST(CollectiveEdges, ATreeSendsUpAndDownEachOfItsEdges) {
  for (const int nodes : {2, 3, 4, 7}) {
    SCOPED_TRACE(nodes);
    const Machine machine(nodes);
    const Load load = machine.load(Algorithm::tree);
    EXPECT_NEAR(sum(load.out_of_nics()), 2.0 * (nodes - 1), 1e-12);
    EXPECT_NEAR(sum(load.into_nics()), 2.0 * (nodes - 1), 1e-12);
  }
  const Machine two(2);
  const Load load = two.load(Algorithm::tree);
  for (const double nic : load.out_of_nics()) EXPECT_NEAR(nic, 1.0 / 8, 1e-12);
}

// On one node: a chain of eight, 7 edges up and 7 down.
TEST(CollectiveEdges, ATreeOnANodeIsAChain) {
  const Machine machine(1);
  const Load load = machine.load(Algorithm::tree);
  double sent = 0;
  for (std::uint32_t gpu = 0; gpu < 8; ++gpu) sent += load.of(gpu, GpuPart::nvlink_out);
  EXPECT_NEAR(sent, 14, 1e-12);
}

// The network adds up: each NIC sends its eighth once and gets it back once, half of a ring's. Each GPU deals out 7/8 to the heads and
// gets 7/8 of sums back; as a head it gets 7 eighths and deals 7 out.
TEST(CollectiveEdges, SharpHalvesWhatANicSends) {
  const Machine machine(4, "dgx-a100-80gb", all_eight, true);
  const Load load = machine.load(Algorithm::collnet_direct);
  for (const double nic : load.out_of_nics()) EXPECT_NEAR(nic, 1.0 / 8, 1e-12);
  for (const double nic : load.into_nics()) EXPECT_NEAR(nic, 1.0 / 8, 1e-12);
  for (std::uint32_t gpu = 0; gpu < 32; ++gpu) {
    EXPECT_NEAR(load.of(gpu, GpuPart::nvlink_out), 2 * 7.0 / 8, 1e-12);
    EXPECT_NEAR(load.of(gpu, GpuPart::nvlink_in), 2 * 7.0 / 8, 1e-12);
  }
}

// 80 nodes are four scalable units of 20: of each rail four leaves. However routes are chosen, what goes to one head is a tree, whose links
// are crossed once each way.
TEST(CollectiveEdges, WhatTheNetworkAddsUpIsATree) {
  for (const topology::Routing routing : {topology::Routing::d_mod_k, topology::Routing::s_mod_k, topology::Routing::minhop,
                                          topology::Routing::ecmp, topology::Routing::adaptive}) {
    SCOPED_TRACE(topology::to_text(routing));
    const Machine machine(committed::dgx_a100(), 80, {.routing = routing, .sharp = true});
    const Load load = machine.load(Algorithm::collnet_direct);
    for (const double nic : load.out_of_nics()) EXPECT_NEAR(nic, 1.0 / 8, 1e-12);
    for (const double nic : load.into_nics()) EXPECT_NEAR(nic, 1.0 / 8, 1e-12);
    const topology::Fabric& fabric = machine.cluster.fabric();
    double between_switches = 0;
    for (std::uint32_t l = 0; l < fabric.links(); ++l) {
      const topology::LinkId link{l};
      if (fabric.layer_of(link) == 0) continue;
      const double bytes = load.of(machine.cluster.resource(link));
      EXPECT_LE(bytes, 1.0 / 8 + 1e-12) << "a sum crosses a link once";
      between_switches += bytes;
    }
    // Four leaves a rail: the other three go up to one spine or to one each, which goes down to the root's; four to six cables, both ways.
    EXPECT_GE(between_switches, 8 * 4 * 2 / 8.0 - 1e-12);
    EXPECT_LE(between_switches, 8 * 6 * 2 / 8.0 + 1e-12);
  }
}

// Whatever the layout: out of all NICs go N shares of 2 (n - 1) / n by rings, an edge of each node but one up and down by trees, and each
// node's buffer once where the network adds up.
TEST(CollectiveEdges, EveryAlgorithmMovesWhatItMust) {
  for (const char* name : {"dgx-a100-80gb", "dgx-h100"}) {
    for (const int nics : {8, 4, 2}) {
      for (const int nodes : {2, 3, 4}) {
        SCOPED_TRACE(std::string(name) + " with " + std::to_string(nics) + " NICs, " + std::to_string(nodes) + " nodes");
        topology::NodeSpec node = committed::node(name);
        node.nics = nics;
        const Machine machine(node, nodes, {.sharp = true});
        const double ranks = 8.0 * nodes;
        const auto out = [&](Algorithm algorithm) { return sum(machine.load(algorithm).out_of_nics()); };
        EXPECT_NEAR(out(Algorithm::ring), nodes * 2 * (ranks - 1) / ranks, 1e-9);
        EXPECT_NEAR(out(Algorithm::tree), 2.0 * (nodes - 1), 1e-9);
        EXPECT_NEAR(out(Algorithm::collnet_direct), nodes, 1e-9);
        EXPECT_NEAR(out(Algorithm::collnet_chain), nodes, 1e-9);
        if (node.gpu.compute_capability < 90) continue;
        EXPECT_NEAR(out(Algorithm::nvls), nodes, 1e-9);
        EXPECT_NEAR(out(Algorithm::nvls_tree), 2.0 * (nodes - 1), 1e-9);
      }
    }
  }
}

TEST(CollectiveEdges, ALoneRankHasNothingToSay) {
  const Machine machine(1, "dgx-a100-80gb", {3});
  std::vector<Edge> edges;
  for (const CollectiveKind kind : {CollectiveKind::all_reduce, CollectiveKind::all_to_all, CollectiveKind::scatter}) {
    append_collective_edges(machine.group, Algorithm::none, kind, edges);
  }
  EXPECT_TRUE(edges.empty());
}

TEST(CollectiveEdges, TheSumsOfAChainGoTheSameWay) {
  const Machine machine(3, "dgx-a100-80gb", all_eight, true);
  const Load load = machine.load(Algorithm::collnet_chain);
  for (const double nic : load.out_of_nics()) EXPECT_NEAR(nic, 1.0 / 8, 1e-12);
}

// S + S/p out and in of every GPU.
TEST(CollectiveEdges, NvlsSendsEachGpusBufferAndOnePart) {
  const Machine machine(1, "dgx-h100");
  const Load load = machine.load(Algorithm::nvls);
  for (std::uint32_t gpu = 0; gpu < 8; ++gpu) EXPECT_NEAR(load.of(gpu, GpuPart::nvlink_out), 1 + 1.0 / 8, 1e-12);
  EXPECT_NEAR(machine.load(Algorithm::nvls, CollectiveKind::all_gather).of(3, GpuPart::nvlink_in), 7.0 / 8, 1e-12);
}

TEST(CollectiveEdges, AnNvlsTreeSendsTheBufferOnceUpAndDownATree) {
  const Machine machine(4, "dgx-h100");
  const Load load = machine.load(Algorithm::nvls_tree);
  EXPECT_NEAR(sum(load.out_of_nics()), 2.0 * 3, 1e-12);
  EXPECT_NEAR(load.of(5, GpuPart::nvlink_out), 1 + 1.0 / 8, 1e-12);
}

// All blocks but one's own, whatever the number of ranks.
TEST(CollectiveEdges, PatMovesWhatARingMovesInFewerSteps) {
  for (const int nodes : {2, 3, 8, 13}) {
    const Machine machine(nodes, "dgx-a100-80gb", {2});
    for (const CollectiveKind kind : {CollectiveKind::all_gather, CollectiveKind::reduce_scatter}) {
      const Load load = machine.load(Algorithm::pat, kind);
      for (const GpuId gpu : machine.members) {
        EXPECT_NEAR(load.out_of_gpu(index(gpu)), (nodes - 1.0) / nodes, 1e-12);
        EXPECT_NEAR(load.into_gpu(index(gpu)), (nodes - 1.0) / nodes, 1e-12);
      }
    }
  }
}

// A part for everybody else. Between nodes it leaves by the receiver's rail: from GPUs of another PCIe switch over NVLink first (6 of 8
// receivers of the other node), so NVLink carries 7 parts within the node, 6 parts for others, and in as many.
TEST(CollectiveEdges, AnAllToAllKeepsToTheReceiversRail) {
  const Machine machine(2);
  const Load load = machine.load(Algorithm::point_to_point, CollectiveKind::all_to_all);
  for (const double nic : load.out_of_nics()) EXPECT_NEAR(nic, 8.0 / 16, 1e-12);
  for (std::uint32_t gpu = 0; gpu < 16; ++gpu) {
    EXPECT_NEAR(load.of(gpu, GpuPart::nvlink_out), (7 + 6) / 16.0, 1e-12);
    EXPECT_NEAR(load.of(gpu, GpuPart::nvlink_in), (7 + 6) / 16.0, 1e-12);
    EXPECT_NEAR(load.of(gpu, GpuPart::pcie_in), 8 / 16.0, 1e-12);
  }
}

// Fifteen parts come to the root. Scattering, what goes to the other node by rails of other PCIe switches (6 parts) leaves from their GPUs.
TEST(CollectiveEdges, GatherAndScatterMoveAPartForEachOther) {
  const Machine machine(2);
  const Load gather = machine.load(Algorithm::point_to_point, CollectiveKind::gather);
  const Load scatter = machine.load(Algorithm::point_to_point, CollectiveKind::scatter);
  EXPECT_NEAR(gather.into_gpu(0), 15.0 / 16, 1e-12);
  EXPECT_NEAR(scatter.of(0, GpuPart::nvlink_out), (7 + 6) / 16.0, 1e-12);
  EXPECT_NEAR(scatter.of(0, GpuPart::pcie_out), 2 / 16.0, 1e-12);
  EXPECT_NEAR(sum(scatter.out_of_nics()), 8.0 / 16, 1e-12);
  EXPECT_EQ(gather.into_gpu(5), 0);
}

TEST(CollectiveEdges, WhatAnAlgorithmCannotDoIsRefused) {
  const Machine machine(2);
  std::vector<Edge> edges;
  EXPECT_THROW(append_collective_edges(machine.group, Algorithm::tree, CollectiveKind::all_gather, edges), sim::Error);
  EXPECT_THROW(append_collective_edges(machine.group, Algorithm::pat, CollectiveKind::all_reduce, edges), sim::Error);
  EXPECT_THROW(append_collective_edges(machine.group, Algorithm::ring, CollectiveKind::all_to_all, edges), sim::Error);
}

// Each ring is one cycle through all members, and its edges between nodes are as many as nodes.
TEST(CollectiveEdges, RingsAreClosedWhoeverTakesPart) {
  sim::Random random(5, 0);
  const Cluster eight_nics({.node = committed::dgx_a100(), .nodes = 5, .fabric = {}});
  const Cluster four_nics({.node = committed::node("hgx-a100-80gb-4xhdr"), .nodes = 5, .fabric = {}});
  const NodeGraphs found_eight(eight_nics, committed::nccl());
  const NodeGraphs found_four(four_nics, committed::nccl());
  for (int trial = 0; trial < 30; ++trial) {
    const Cluster& cluster = trial % 2 == 0 ? eight_nics : four_nics;
    std::vector<GpuId> members;
    for (std::uint32_t gpu = 0; gpu < 40; ++gpu) {
      if (random.below(3) == 0) members.push_back(GpuId{gpu});
    }
    for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[random.below(i)]);
    if (members.size() < 2) continue;
    const Group group(cluster, trial % 2 == 0 ? found_eight : found_four, members);
    std::vector<Edge> edges;
    append_collective_edges(group, Algorithm::ring, CollectiveKind::all_gather, edges);
    const auto rings = group.distinct_channels(GraphKind::ring).size();
    ASSERT_EQ(edges.size(), members.size() * rings);
    for (std::size_t ring = 0; ring < rings; ++ring) {
      std::map<GpuId, GpuId> next;
      int between = 0;
      for (std::size_t e = 0; e < members.size(); ++e) {
        const Edge& edge = edges[ring * members.size() + e];
        ASSERT_TRUE(next.emplace(edge.from, edge.to).second);
        between += cluster.node_of(edge.from) != cluster.node_of(edge.to) ? 1 : 0;
      }
      std::size_t steps = 1;
      for (GpuId at = next.at(members[0]); at != members[0]; at = next.at(at)) ++steps;
      ASSERT_EQ(steps, members.size());
      ASSERT_EQ(between, group.nodes() == 1 ? 0 : group.nodes());
    }
  }
}

TEST(CollectiveEdges, AMessageLeavesByTheReceiversRailOrWithoutPxnByTheSendersOwn) {
  // GPU 1 of node 0 to GPU 6 of node 1.
  const Machine machine(2);
  EXPECT_EQ(message_edge(machine.cluster, GpuId{1}, GpuId{14}).rails, (topology::Rails{6, 6}));
  EXPECT_EQ(message_edge(machine.cluster, GpuId{1}, GpuId{14}, Pxn::off).rails, (topology::Rails{1, 6}));
  EXPECT_FALSE(message_edge(machine.cluster, GpuId{1}, GpuId{6}, Pxn::off).rails);
  // Messages by their own NICs cross no NVLink between nodes: seven in the node.
  const Group without(machine.cluster, machine.found, machine.members, Pxn::off);
  const Load load(machine.cluster, without, Algorithm::point_to_point, CollectiveKind::all_to_all);
  for (std::uint32_t gpu = 0; gpu < 16; ++gpu) {
    EXPECT_DOUBLE_EQ(load.of(gpu, GpuPart::nvlink_out), 7.0 / 16);
    EXPECT_DOUBLE_EQ(load.of(gpu, GpuPart::pcie_out), 8.0 / 16);
  }
}

}  // namespace
}  // namespace orrery::workloads
