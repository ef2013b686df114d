// NCCL's search on nodes small enough to solve by hand. What it finds on real machines: tests/workloads/nccl_graphs_test.cpp.
#include "topology/nccl_search.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"
#include "tests/topology/nccl_machines.h"
#include "topology/import_nccl_topology.h"

namespace orrery::topology {
namespace {

using sim::gigabytes_per_second;
using test::all_gpus;
using test::few_speeds;
using test::machine;
using test::refusal;

constexpr std::string_view amd = R"(arch="x86_64" vendor="AuthenticAMD" familyid="143" modelid="49")";
constexpr std::string_view intel = R"(arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="85")";

/// One processor and one PCIe switch, with what hangs below it.
NodeTopology below_one_switch(std::string_view cpu, std::string_view speed, const std::string& devices) {
  return read_nccl_topology(fmt::format(R"(<system version="1"><cpu host_hash="0x1" numaid="0" affinity="ff" {}>
  <pci busid="0000:01:00.0" class="0x060400" link_speed="{}" link_width="16">
{}  </pci></cpu></system>)",
                                        cpu, speed, devices),
                            "node.xml");
}

std::string gpu(int dev, int sm, std::string_view speed, std::string_view nvlinks = "") {
  return fmt::format(R"(    <pci busid="0000:0{}:00.0" class="0x030200" link_speed="{}" link_width="16">
      <gpu dev="{}" sm="{}" rank="{}" gdr="1">{}</gpu></pci>
)",
                     dev + 2, speed, dev, sm, dev, nvlinks);
}

std::string nic(int dev, std::string_view speed, int gdr, int megabits = 200000) {
  return fmt::format(R"(    <pci busid="0000:1{}:00.0" class="0x020700" link_speed="{}" link_width="16">
      <nic><net name="mlx5_{}" dev="{}" speed="{}" port="1" latency="1.5" guid="0x100{}" maxconn="131072" gdr="{}"/></nic></pci>
)",
                     dev, speed, dev, dev, megabits, dev, gdr);
}

constexpr std::string_view gen3 = "8.0 GT/s PCIe", gen4 = "16.0 GT/s PCIe";  // 12 and 24 GB/s over sixteen lanes

NcclGraphs on_one_node(const NodeTopology& node) { return find_nccl_graphs(node, all_gpus(node), {.speeds = few_speeds()}); }
NcclGraphs between_nodes(const NodeTopology& node) {
  return find_nccl_graphs(node, all_gpus(node), {.several_nodes = true, .speeds = few_speeds()});
}

TEST(NcclSearch, TwoSlowRingsBeatOneFastOverPcie) {
  // Tried are 40, 20, 12, 10 and 6 GB/s. Each GPU's link has 24: one ring of 20, or two of 12, which use all of it.
  const NodeTopology node = below_one_switch(amd, gen4, gpu(0, 80, gen4) + gpu(1, 80, gen4));
  const NcclGraphs found = on_one_node(node);
  ASSERT_EQ(found.ring.channels.size(), 2U);
  EXPECT_EQ(found.ring.channels[0], (NcclChannel{{}, {0, 1}, {}}));
  EXPECT_EQ(found.ring.channels[1], found.ring.channels[0]);
  EXPECT_EQ(found.ring.speed_intra, gigabytes_per_second(12));
  EXPECT_EQ(found.ring.type_intra, PathType::pix);
  EXPECT_TRUE(found.ring.same_channels);
  // A tree's chain passes a link one way: two of 20 fit, the second the other way round.
  EXPECT_EQ(found.tree.channels, (std::vector<NcclChannel>{{{}, {0, 1}, {}}, {{}, {1, 0}, {}}}));
  EXPECT_EQ(found.tree.speed_intra, gigabytes_per_second(20));
  EXPECT_EQ(nccl_channels(found, 80, {}), 4);
}

TEST(NcclSearch, FastChannelsAreLaidTwiceAtHalfTheSpeed) {
  // Four NVLinks of 20 GB/s each way: two rings of 40, so four of 20.
  const auto links_to = [](int other) { return fmt::format(R"(<nvlink target="0000:0{}:00.0" count="4" tclass="0x030200"/>)", other + 2); };
  const NodeTopology node = below_one_switch(amd, gen4, gpu(0, 80, gen4, links_to(1)) + gpu(1, 80, gen4, links_to(0)));
  const NcclGraph ring = on_one_node(node).ring;
  EXPECT_EQ(ring.channels.size(), 4U);
  EXPECT_EQ(ring.speed_intra, gigabytes_per_second(20));
  EXPECT_EQ(ring.type_intra, PathType::nvl);
}

TEST(NcclSearch, WithoutGpuDirectDataPassTheProcessorTwice) {
  // In: NIC, switch, processor, switch, GPU; out likewise. The switch's link of 24 GB/s upwards carries both: 12 each.
  const NcclGraph ring = between_nodes(below_one_switch(amd, gen4, nic(0, gen4, 0) + gpu(0, 80, gen4))).ring;
  ASSERT_EQ(ring.channels.size(), 1U);
  EXPECT_EQ(ring.channels[0], (NcclChannel{{0}, {0}, {0}}));
  EXPECT_EQ(ring.speed_inter, gigabytes_per_second(12));
  EXPECT_EQ(ring.type_inter, PathType::phb);
  EXPECT_EQ(ring.latency_inter, 1.5);
}

TEST(NcclSearch, ANicOfLessThanAMegabyteASecondIsOutOfReach) {
  const NcclGraphs found = between_nodes(below_one_switch(amd, gen4, nic(0, gen4, 1, 1) + gpu(0, 80, gen4)));
  for (const NcclGraph& graph : {found.ring, found.tree}) {
    EXPECT_EQ(graph.channels, (std::vector<NcclChannel>{{{0}, {0}, {0}}}));
    EXPECT_EQ(graph.speed_inter, gigabytes_per_second(0.1));
  }
}

TEST(NcclSearch, IntelsRootComplexCostsWhatGpusSendAFifthMore) {
  // As above: 12 in and 12 x 6/5 out do not fit into 24, 10 and 12 do.
  const NcclGraph ring = between_nodes(below_one_switch(intel, gen4, nic(0, gen4, 0) + gpu(0, 80, gen4))).ring;
  EXPECT_EQ(ring.speed_inter, gigabytes_per_second(10));
}

TEST(NcclSearch, OldGpusAnswerWhatNicsWriteWithAnEighthOfIt) {
  // Generation 3: 12 GB/s. An A100 sends 12; a V100 sends 10.6 and answers 10.6 / 8 = 1.325, as 10.7 and 1.3375 are too much.
  std::vector<NcclSearchSpeeds> speeds = few_speeds();
  speeds.front().inter = {gigabytes_per_second(12), gigabytes_per_second(10.7), gigabytes_per_second(10.6)};
  for (const auto& [sm, expected] : {std::pair(80, 12.0), {70, 10.6}}) {
    const NodeTopology node = below_one_switch(amd, gen3, nic(0, gen3, 1) + gpu(0, sm, gen3));
    const NcclGraph ring = find_nccl_graphs(node, std::vector{0}, {.several_nodes = true, .speeds = speeds}).ring;
    EXPECT_EQ(ring.speed_inter, gigabytes_per_second(expected)) << sm;
    EXPECT_EQ(ring.type_inter, PathType::pix);
  }
}

TEST(NcclSearch, OneNicCarriesAllChannels) {
  // 8 GPUs, one NIC of 25 GB/s behind 24 of PCIe: one ring of 24, entered and left at the first GPU's switch.
  const NodeTopology node = machine(80, 8, 1);
  const NcclGraph ring = between_nodes(node).ring;
  ASSERT_EQ(ring.channels.size(), 1U);
  EXPECT_EQ(ring.channels[0].nets_before, ring.channels[0].nets_after);
  EXPECT_EQ(ring.speed_inter, gigabytes_per_second(24));
}

TEST(NcclSearch, GpusThatTakeNoPartLendNeitherNvlinksNorNics) {
  // GPU 5 alone: its own switch has NICs 4 and 5, of which its 24 GB/s of PCIe fill one: 5, as it is the second of two.
  const NodeTopology node = machine(80, 8, 8);
  const NcclGraphs found = find_nccl_graphs(node, std::vector{5}, {.several_nodes = true, .speeds = few_speeds()});
  ASSERT_EQ(found.ring.channels.size(), 1U);
  EXPECT_EQ(found.ring.channels[0], (NcclChannel{{5}, {5}, {5}}));
  EXPECT_EQ(found.tree.pattern, NcclPattern::tree);
}

TEST(NcclSearch, WhereNoTreeFitsNcclMakesDoWithATenthOfAGigabyte) {
  // One GPU of each switch: GPUs reach other NICs through their owners, but nothing comes back that way, and every NIC has an owner.
  const NodeTopology node = machine(80, 8, 8);
  const NcclGraphs found = find_nccl_graphs(node, std::vector{0, 2, 4, 6}, {.several_nodes = true, .speeds = few_speeds()});
  EXPECT_EQ(found.ring.type_inter, PathType::pxn);
  ASSERT_EQ(found.tree.channels.size(), 1U);
  EXPECT_EQ(found.tree.channels[0].gpus, (std::vector<std::uint64_t>{0, 2, 4, 6}));
  EXPECT_EQ(found.tree.speed_inter, gigabytes_per_second(0.1));
  EXPECT_EQ(found.tree.type_inter, PathType::sys);
}

TEST(NcclSearch, CollnetIsSoughtOnlyBetweenNodesThatHaveIt) {
  const NodeTopology node = machine(80, 8, 8);
  const auto found = [&](bool several_nodes, bool collnet) {
    return find_nccl_graphs(node, all_gpus(node), {.several_nodes = several_nodes, .collnet = collnet, .speeds = few_speeds()});
  };
  for (const NcclGraphs& none : {found(false, false), found(false, true), found(true, false)}) {
    EXPECT_TRUE(none.collnet_chain.channels.empty());
    EXPECT_TRUE(none.collnet_direct.channels.empty());
  }
  EXPECT_EQ(found(true, true).collnet_direct.channels.size(), 8U);  // a head for each NIC
}

TEST(NcclSearch, NvlsNeedsHopperAndNvswitch) {
  EXPECT_TRUE(on_one_node(machine(80, 8, 8)).nvls.channels.empty());
  EXPECT_TRUE(on_one_node(below_one_switch(amd, gen4, gpu(0, 90, gen4) + gpu(1, 90, gen4))).nvls.channels.empty());
  const NcclGraph nvls = on_one_node(machine(90, 4, 4)).nvls;
  ASSERT_EQ(nvls.channels.size(), 4U);  // every GPU a head
  for (std::uint64_t head = 0; head < 4; ++head) EXPECT_EQ(nvls.channels[head].gpus, std::vector{head});
}

TEST(NcclSearch, AFewFastChannelsBetweenHoppersBecomeFourEach) {
  NcclGraphs graphs;
  graphs.ring.channels = graphs.tree.channels = std::vector<NcclChannel>(4, NcclChannel{{0}, {0, 1}, {0}});
  graphs.ring.speed_intra = gigabytes_per_second(48);
  EXPECT_EQ(nccl_channels(graphs, 90, {.several_nodes = true}), 16);
  EXPECT_EQ(nccl_channels(graphs, 90, {}), 8);
  EXPECT_EQ(nccl_channels(graphs, 80, {.several_nodes = true}), 8);
  graphs.ring.speed_intra = gigabytes_per_second(45);
  EXPECT_EQ(nccl_channels(graphs, 90, {.several_nodes = true}), 8);
}

TEST(NcclSearch, CollnetAddsHalfAsManyChannelsWhereNvlinkIsFasterThanNics) {
  NcclGraphs graphs;
  graphs.ring.channels = graphs.tree.channels = std::vector<NcclChannel>(8, NcclChannel{{0}, {0, 1}, {0}});
  graphs.collnet_chain.speed_intra = gigabytes_per_second(30);
  graphs.collnet_chain.speed_inter = gigabytes_per_second(24);
  EXPECT_EQ(nccl_channels(graphs, 80, {.several_nodes = true, .collnet = true}), 24);
  EXPECT_EQ(nccl_channels(graphs, 80, {.several_nodes = true}), 16);
  graphs.collnet_chain.speed_inter = graphs.collnet_chain.speed_intra;
  EXPECT_EQ(nccl_channels(graphs, 80, {.several_nodes = true, .collnet = true}), 16);
}

TEST(NcclSearch, SpeedsAreThoseOfTheLastGenerationReached) {
  const std::vector<NcclSearchSpeeds> speeds = few_speeds();
  EXPECT_EQ(speeds_of(speeds, 70).compute_capability, 80);
  EXPECT_EQ(speeds_of(speeds, 86).compute_capability, 80);
  EXPECT_EQ(speeds_of(speeds, 90).compute_capability, 90);
  EXPECT_EQ(speeds_of(speeds, 120).compute_capability, 90);
}

TEST(NcclSearch, RefusesWhatIsNoCommunicator) {
  const NodeTopology node = machine(80, 4, 4);
  const auto found = [&](std::vector<int> gpus) { return refusal([&] { find_nccl_graphs(node, gpus, {.speeds = few_speeds()}); }); };
  EXPECT_EQ(found({0, 4}), "GPU 4 of 4 is none; name each GPU of the node once, from 0");
  EXPECT_EQ(found({-1}), "GPU -1 of 4 is none; name each GPU of the node once, from 0");
  EXPECT_EQ(found({2, 2}), "GPU 2 of 4 stands twice; name each GPU of the node once, from 0");
  EXPECT_EQ(found({}), "no GPU of the node takes part; name at least one");
  EXPECT_EQ(refusal([&] { find_nccl_graphs(node, std::vector{0}, {}); }),
            "NCCL's search has no speeds to try; take those of scenarios/nccl");
  EXPECT_EQ(refusal([&] { between_nodes(machine(80, 4, 0)); }), "the node has no NIC to reach others by; search on one node");
}

}  // namespace
}  // namespace orrery::topology
