// NCCL's search (topology/nccl_search.h) with the speeds that we ship, beside what NCCL 2.28.9 has found and what its tuner reckons with.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "tests/committed.h"
#include "tests/workloads/golden_tuner.h"
#include "topology/export_nccl_topology.h"
#include "topology/import_nccl_graph.h"
#include "topology/import_nccl_topology.h"
#include "topology/nccl_search.h"

namespace orrery::workloads {
namespace {

using sim::gigabytes_per_second;
using topology::NcclGraph;
using topology::NcclGraphs;
using topology::NcclPattern;
using topology::NodeTopology;
using topology::PathType;

NcclGraphs graphs_of(const NodeTopology& node, std::vector<int> gpus, bool several_nodes, bool collnet) {
  if (gpus.empty()) {
    gpus.resize(node.gpus.size());
    std::iota(gpus.begin(), gpus.end(), 0);
  }
  return find_nccl_graphs(node, gpus, {.several_nodes = several_nodes, .collnet = collnet, .speeds = committed::nccl().search});
}

NodeTopology wired(const topology::NodeSpec& spec) { return topology::read_nccl_topology(nccl_topology(spec), spec.name); }

/// Below fabrics/ of the measured data.
std::string sample(const std::string& name) {
  std::ifstream file(*committed::measured_data() + "/fabrics/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_same(const NcclGraph& found, const NcclGraph& expected, const std::string& of) {
  EXPECT_EQ(found.pattern, expected.pattern) << of;
  EXPECT_EQ(found.cross_nic, expected.cross_nic) << of;
  EXPECT_EQ(found.speed_intra, expected.speed_intra) << of;
  EXPECT_EQ(found.speed_inter, expected.speed_inter) << of;
  EXPECT_EQ(found.latency_inter, expected.latency_inter) << of;
  EXPECT_EQ(found.type_intra, expected.type_intra) << of;
  EXPECT_EQ(found.type_inter, expected.type_inter) << of;
  EXPECT_EQ(found.same_channels, expected.same_channels) << of;
  EXPECT_EQ(found.channels, expected.channels) << of;
}

std::vector<const NcclGraph*> all(const NcclGraphs& graphs) {
  return {&graphs.ring, &graphs.tree, &graphs.collnet_chain, &graphs.nvls, &graphs.collnet_direct};
}

/// A machine of the golden files, as we have it and as NCCL has been given it.
struct Machine {
  const char* preset;
  const char* file;
};
constexpr std::array<Machine, 3> dumped_machines = {
    {{"dgx-a100-80gb", "dgx-a100-8nic"}, {"dgx-h100", "dgx-h100-8nic"}, {"hgx-a100-80gb-4xhdr", "hgx-a100-4nic"}}};

TEST(NcclGraphs, AreThoseThatNcclFoundItself) {
  if (!committed::measured_data()) GTEST_SKIP() << "ORRERY_DATA is not set: no graphs of NCCL's";
  for (const Machine& machine : dumped_machines) {
    const std::string base = fmt::format("synthetic/{}.xml", machine.file);
    const NodeTopology node = topology::read_nccl_topology(sample(base), base);
    for (const int several : {0, 1}) {  // NCCL had a CollNet plugin, which counts between nodes alone
      const std::string golden = fmt::format("synthetic/graphs/{}.inter{}.graph.xml", machine.file, several);
      const NcclGraphs found = graphs_of(node, {}, several == 1, true);
      const std::vector<NcclGraph> expected = topology::read_nccl_graphs(sample(golden), golden);
      ASSERT_EQ(expected.size(), 5U) << golden;
      for (const NcclGraph& graph : expected) {
        for (const NcclGraph* of : all(found)) {
          if (of->id == graph.id) expect_same(*of, graph, fmt::format("{} graph {}", golden, graph.id));
        }
      }
      std::set<int> ids;
      for (const NcclGraph* of : all(found)) ids.insert(of->id);
      EXPECT_EQ(ids, (std::set{0, 1, 2, 3, 4}));
    }
  }
}

TEST(NcclGraphs, OfOurPresetsAreThoseOfTheMachinesThatNcclWasGiven) {
  if (!committed::measured_data()) GTEST_SKIP() << "ORRERY_DATA is not set: no files of machines";
  for (const Machine& machine : dumped_machines) {
    const std::string base = fmt::format("synthetic/{}.xml", machine.file);
    const NodeTopology given = topology::read_nccl_topology(sample(base), base), ours = wired(committed::node(machine.preset));
    for (const bool several : {false, true}) {
      const NcclGraphs expected = graphs_of(given, {}, several, true), found = graphs_of(ours, {}, several, true);
      for (std::size_t i = 0; i < 5; ++i) expect_same(*all(found)[i], *all(expected)[i], fmt::format("{} graph {}", machine.preset, i));
    }
  }
}

struct Part {
  const char* preset;
  std::vector<int> gpus;
  std::size_t rings;
  double ring;  // GB/s
  PathType ring_type;
  std::size_t trees;
  double tree_intra, tree_inter;
  PathType tree_type;
};

TEST(NcclGraphs, OfPartsOfANodeTakeOneNicAGpu) {
  // specs: collectives 3.3, verified against NCCL
  for (const Part& part : {Part{"dgx-a100-80gb", {0}, 1, 24, PathType::pxb, 1, 48, 24, PathType::pxb},
                           Part{"dgx-a100-80gb", {0, 1}, 2, 24, PathType::pxb, 2, 48, 24, PathType::pxb},
                           Part{"dgx-a100-80gb", {0, 2}, 2, 24, PathType::pxn, 2, 48, 24, PathType::sys},
                           Part{"dgx-a100-80gb", {0, 1, 2, 3}, 4, 24, PathType::pxb, 4, 48, 24, PathType::pxb},
                           Part{"dgx-a100-80gb", {0, 2, 4, 6}, 4, 24, PathType::pxn, 1, 0.1, 0.1, PathType::sys},
                           Part{"dgx-h100", {0}, 2, 24, PathType::pix, 2, 48, 24, PathType::pix}}) {
    const NcclGraphs found = graphs_of(wired(committed::node(part.preset)), part.gpus, true, false);
    const std::string of = fmt::format("{} of {}", part.gpus.size(), part.preset);
    EXPECT_EQ(found.ring.channels.size(), part.rings) << of;
    EXPECT_EQ(found.ring.speed_inter, gigabytes_per_second(part.ring)) << of;
    EXPECT_EQ(found.ring.type_inter, part.ring_type) << of;
    EXPECT_EQ(found.tree.channels.size(), part.trees) << of;
    EXPECT_EQ(found.tree.speed_intra, gigabytes_per_second(part.tree_intra)) << of;
    EXPECT_EQ(found.tree.speed_inter, gigabytes_per_second(part.tree_inter)) << of;
    EXPECT_EQ(found.tree.type_inter, part.tree_type) << of;
    std::set<std::uint64_t> nets;
    for (const topology::NcclChannel& channel : found.ring.channels) {
      nets.insert(channel.nets_before.front());
      EXPECT_EQ(channel.nets_before, channel.nets_after) << of;
    }
    EXPECT_EQ(nets.size(), part.gpus.size()) << of;
  }
}

struct Communicator {
  const char* preset;
  std::vector<int> gpus;
  bool collnet = false;
};

TEST(NcclGraphs, GiveCommunicatorsAsManyChannelsAsNcclsTunerCounts) {
  const auto data = committed::measured_data();
  if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no golden file of NCCL's tuner";
  const std::map<std::string, Communicator> platforms = {{"DGX-A100-8xHDR", {"dgx-a100-80gb", {}}},
                                                         {"DGX-A100-8xHDR-SHARP", {"dgx-a100-80gb", {}, true}},
                                                         {"DGX-A100-8xHDR-gpus0+1+2+3", {"dgx-a100-80gb", {0, 1, 2, 3}}},
                                                         {"DGX-A100-8xHDR-gpus0+1", {"dgx-a100-80gb", {0, 1}}},
                                                         {"DGX-A100-8xHDR-gpus0+2", {"dgx-a100-80gb", {0, 2}}},
                                                         {"DGX-A100-8xHDR-gpus0", {"dgx-a100-80gb", {0}}},
                                                         {"DGX-H100-8xNDR", {"dgx-h100", {}}},
                                                         {"HGX-A100-4xHDR-Intel", {"hgx-a100-80gb-4xhdr", {}}}};
  std::map<std::pair<std::string, bool>, std::set<int>> counted;  // by platform and whether it has several nodes
  for (const golden::Row& row : golden::rows(*data)) counted[{row.platform, row.nodes > 1}].insert(row.channels);
  for (const auto& [platform, channels] : counted) {
    const Communicator& of = platforms.at(platform.first);
    topology::NodeSpec spec = committed::node(of.preset);
    const topology::NcclSearchSpec search{.several_nodes = platform.second, .collnet = of.collnet};
    const NcclGraphs graphs = graphs_of(wired(spec), of.gpus, platform.second, of.collnet);
    EXPECT_EQ(channels, std::set{nccl_channels(graphs, spec.gpu.compute_capability, search)}) << platform.first << platform.second;
  }
  EXPECT_EQ(counted.size(), 11U);
}

/// Rings of a cloud's file: channels and GB/s on one node and between nodes.
struct Cloud {
  const char* file;
  std::size_t on_node;
  double speed_on_node;
  PathType type_on_node;
  std::size_t between;
  double speed_between;
  bool same_between;
};

TEST(NcclGraphs, OfCloudsFilesAreSlowWhereTheseLeaveOutNvlinksAndSpeeds) {
  if (!committed::measured_data()) GTEST_SKIP() << "ORRERY_DATA is not set: no files of clouds";
  // Without NVLinks GPUs reach each other past the processors, 16 GB/s between AMD's; NICs of unknown speed count for 10 Gbit/s.
  for (const Cloud& cloud : {Cloud{"nccl-topo-aws/p4d-24xl-topo.xml", 1, 10, PathType::sys, 4, 1.2, false},
                             Cloud{"nccl-topo-azure/ndv4-topo.xml", 1, 15, PathType::sys, 8, 1.2, true},
                             Cloud{"nccl-topo-azure/ndv5-topo.xml", 1, 20, PathType::sys, 8, 1.2, false},
                             Cloud{"nccl-topo-azure/ndv2-topo.xml", 1, 10, PathType::sys, 1, 1.2, true},
                             Cloud{"nccl-topo-oci/topo-flattened.xml", 1, 15, PathType::sys, 8, 1.2, true},
                             Cloud{"nccl-topo-oci/H100-topology.xml", 12, 30, PathType::nvl, 16, 22, false}}) {
    const NodeTopology node = topology::read_nccl_topology(sample(cloud.file), cloud.file);
    const NcclGraph on_node = graphs_of(node, {}, false, false).ring, between = graphs_of(node, {}, true, false).ring;
    EXPECT_EQ(on_node.channels.size(), cloud.on_node) << cloud.file;
    EXPECT_EQ(on_node.speed_intra, gigabytes_per_second(cloud.speed_on_node)) << cloud.file;
    EXPECT_EQ(on_node.type_intra, cloud.type_on_node) << cloud.file;
    EXPECT_EQ(between.channels.size(), cloud.between) << cloud.file;
    EXPECT_EQ(between.speed_inter, gigabytes_per_second(cloud.speed_between)) << cloud.file;
    EXPECT_EQ(between.same_channels, cloud.same_between) << cloud.file;  // past AMD's processors no others are tried
  }
}

}  // namespace
}  // namespace orrery::workloads
