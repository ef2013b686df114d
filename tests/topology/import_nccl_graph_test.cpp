// Rings and trees as NCCL writes them.
#include "topology/import_nccl_graph.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using sim::gigabytes_per_second;
using test::fabric_sample;

constexpr std::string_view two_gpus = R"(<graphs version="1">
  <graph id="0" pattern="4" crossnic="2" nchannels="2" speedintra="24" speedinter="12.5" latencyinter="1.5" typeintra="NVL" typeinter="PXB" samechannels="1">
    <channel><net dev="0x1"/><gpu dev="1"/><gpu dev="0"/><net dev="0"/></channel>
    <channel><net dev="0"/><gpu dev="0x0"/><gpu dev="0x1"/><net dev="1"/></channel>
  </graph>
  <graph id="3" pattern="5" crossnic="0" nchannels="0" speedintra="0" speedinter="0" latencyinter="0" typeintra="LOC" typeinter="LOC" samechannels="0"/>
</graphs>)";

TEST(ImportNcclGraph, ReadsChannelsInOrder) {
  const std::vector<NcclGraph> graphs = read_nccl_graphs(two_gpus, "g.xml");
  ASSERT_EQ(graphs.size(), 2U);
  const NcclGraph& ring = graphs[0];
  EXPECT_EQ(ring.pattern, NcclPattern::ring);
  EXPECT_EQ(ring.cross_nic, 2);
  EXPECT_EQ(ring.speed_intra, gigabytes_per_second(24));
  EXPECT_EQ(ring.speed_inter, gigabytes_per_second(12.5));
  EXPECT_EQ(ring.latency_inter, 1.5);
  EXPECT_EQ(ring.type_inter, PathType::pxb);
  EXPECT_TRUE(ring.same_channels);
  ASSERT_EQ(ring.channels.size(), 2U);
  EXPECT_EQ(ring.channels[0], (NcclChannel{{1}, {1, 0}, {0}}));
  EXPECT_EQ(ring.channels[1], (NcclChannel{{0}, {0, 1}, {1}}));
  EXPECT_TRUE(graphs[1].channels.empty());
}

struct Golden {
  const char* file;
  std::size_t graphs;
  std::size_t channels;  // of the ring
  double intra, inter;   // GB/s of the ring
  PathType type_inter;
  std::size_t nets;  // at each end of a ring's channel
};

TEST(ImportNcclGraph, ReadsEveryGraphThatNcclFound) {
  if (!fabric_sample("synthetic/dgx-a100-8nic.xml")) GTEST_SKIP() << "ORRERY_DATA is not set: no graphs of NCCL's";
  for (const Golden& golden : {Golden{"synthetic/graphs/dgx-a100-8nic.inter0.graph.xml", 5, 12, 20, 20, PathType::pix, 0},
                               Golden{"synthetic/graphs/dgx-a100-8nic.inter1.graph.xml", 5, 8, 24, 24, PathType::pxb, 1},
                               Golden{"synthetic/graphs/dgx-h100-8nic.inter0.graph.xml", 5, 12, 30, 30, PathType::pix, 0},
                               Golden{"synthetic/graphs/dgx-h100-8nic.inter1.graph.xml", 5, 8, 48, 48, PathType::pix, 1},
                               Golden{"synthetic/graphs/hgx-a100-4nic.inter0.graph.xml", 5, 12, 20, 20, PathType::pix, 0},
                               Golden{"synthetic/graphs/hgx-a100-4nic.inter1.graph.xml", 5, 4, 24, 24, PathType::pxb, 1},
                               Golden{"nccl-topo-azure/ncv4-graph.xml", 3, 2, 12, 12, PathType::pix, 0}}) {
    const std::vector<NcclGraph> graphs = read_nccl_graphs(*fabric_sample(golden.file), golden.file);
    ASSERT_EQ(graphs.size(), golden.graphs) << golden.file;
    const NcclGraph& ring = graphs[0];
    EXPECT_EQ(ring.channels.size(), golden.channels) << golden.file;
    EXPECT_EQ(ring.speed_intra, gigabytes_per_second(golden.intra)) << golden.file;
    EXPECT_EQ(ring.speed_inter, gigabytes_per_second(golden.inter)) << golden.file;
    EXPECT_EQ(ring.type_inter, golden.type_inter) << golden.file;
    for (const NcclChannel& channel : ring.channels) {
      EXPECT_EQ(channel.nets_before.size(), golden.nets) << golden.file;
      EXPECT_EQ(channel.nets_after.size(), golden.nets) << golden.file;
    }
  }
}

TEST(ImportNcclGraph, ARingOfTheA100EntersAndLeavesByItsOwnNic) {
  const auto text = fabric_sample("synthetic/graphs/dgx-a100-8nic.inter1.graph.xml");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no graphs of NCCL's";
  const std::vector<NcclGraph> graphs = read_nccl_graphs(*text, "a100.xml");
  EXPECT_EQ(graphs[0].channels[0], (NcclChannel{{0}, {0, 7, 6, 5, 4, 3, 2, 1}, {0}}));
  EXPECT_EQ(graphs[0].channels[1], (NcclChannel{{1}, {1, 2, 3, 4, 5, 6, 7, 0}, {1}}));
}

std::string nccl_graph_refusal(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return test::refusal([&] { read_nccl_graphs(text, "g.xml"); });
}

TEST(ImportNcclGraph, RefusesWhatCannotBe) {
  const std::string good(two_gpus);
  EXPECT_EQ(nccl_graph_refusal(good, "pattern=\"4\"", "pattern=\"7\""),
            "g.xml:2: pattern 7 is unknown; write 1 balanced tree, 2 split tree, 3 tree, 4 ring, 5 NVLS or 6 CollNet direct");
  EXPECT_EQ(nccl_graph_refusal(good, "PXB", "PXC"),
            "g.xml:2: typeinter=\"PXC\" is no type of path; write LOC, NVL, NVB, C2C, PIX, PXB, P2C, PXN, PHB, SYS, NET or DIS");
  EXPECT_EQ(nccl_graph_refusal(good, "nchannels=\"2\"", "nchannels=\"3\""),
            "g.xml:2: speaks of 3 channels and has 2; the file may be cut off: dump it anew");
  EXPECT_EQ(nccl_graph_refusal(good, "<gpu dev=\"1\"/>", "<gpu dev=\"0\"/>"),
            "g.xml:3: GPU 0 stands twice in a channel; a channel passes each GPU once");
  EXPECT_EQ(nccl_graph_refusal(good, "<gpu dev=\"0x1\"/>", ""),
            "g.xml:4: passes another number of GPUs than the channel before; all channels of a graph pass the same GPUs");
  EXPECT_EQ(nccl_graph_refusal(good, "id=\"3\"", "id=\"0\""), "g.xml:6: graph 0 stands twice; leave one out");
  EXPECT_EQ(nccl_graph_refusal(good, "<net dev=\"0x1\"/>", "<nut dev=\"0\"/>"),
            "g.xml:3: <nut> is no part of a channel; write <gpu dev=\"0\"/> or <net dev=\"0\"/>");
  EXPECT_EQ(nccl_graph_refusal(good, "dev=\"0x0\"", "dev=\"0xg\""),
            "g.xml:4: dev=\"0xg\" is no whole number of 64 bits; write e.g. \"12\" or \"0x1f\"");
  EXPECT_EQ(nccl_graph_refusal(good, "<gpu dev=\"1\"/><gpu dev=\"0\"/>", "<gpu dev=\"1\"/><net dev=\"0\"/><gpu dev=\"0\"/>"),
            "g.xml:3: a GPU comes after the net by which the channel leaves; write nets before and after all GPUs");
  EXPECT_NE(test::refusal([&] { read_nccl_graphs(good.substr(0, good.size() - 20), "g.xml"); }).find("is no XML"), std::string::npos);
}

}  // namespace
}  // namespace orrery::topology
