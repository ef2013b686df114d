// Nodes as NCCL writes them: a hand-made one, those of clouds, and what is refused.
#include "topology/import_nccl_topology.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using sim::gigabytes_per_second;
using test::fabric_sample;
using test::refusal;

// A processor with two switches in a row: GPU 1 and a NIC of two ports behind the second, GPU 0 behind the first.
constexpr std::string_view small_node = R"(<system version="1">
  <cpu numaid="0" affinity="ffff" arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="143">
    <pci busid="0000:01:00.0" class="0x060400" link_speed="16.0 GT/s PCIe" link_width="16">
      <pci busid="0000:02:00.0" class="0x030200" link_speed="16 GT/s" link_width="8">
        <gpu dev="0" sm="90"><nvlink target="0000:0A:00.0" count="18" tclass="0x030200"/></gpu>
      </pci>
      <pci busid="0000:03:00.0" class="0x060400" link_speed="8.0 GT/s PCIe" link_width="16">
        <pci busid="0000:0a:00.0" class="0x030200" link_speed="" link_width="0">
          <gpu dev="1" sm="90"><nvlink target="0000:02:00.0" count="18" tclass="0x030200"/></gpu>
        </pci>
        <pci busid="0000:05:00.0" class="0x020700" link_speed="5 GT/s" link_width="4">
          <nic>
            <net name="mlx5_1" dev="1" speed="100000" port="2" guid="0xab"/>
            <net name="mlx5_0" dev="0" speed="200000" port="1" guid="0xab" gdr="1"/>
          </nic>
        </pci>
      </pci>
    </pci>
  </cpu>
  <surprise/>
</system>)";

TEST(ImportNcclTopology, ReadsTheTreeGpusAndPorts) {
  const NodeTopology node = read_nccl_topology(small_node, "small.xml");
  ASSERT_EQ(node.cpus.size(), 1U);
  EXPECT_EQ(node.cpus[0].model, 143);
  ASSERT_EQ(node.pci.size(), 5U);
  EXPECT_EQ(node.pci[4].bus_id, "0000:05:00.0");
  EXPECT_EQ(node.pci[4].parent, 2);  // the second switch, which is the third device
  EXPECT_EQ(node.pci[2].parent, 0);
  ASSERT_EQ(node.gpus.size(), 2U);
  EXPECT_EQ(node.gpus[0].nvlinks.at(0).bus_id, "0000:0a:00.0");
  ASSERT_EQ(node.nets.size(), 2U);
  EXPECT_EQ(node.nets[0].name, "mlx5_0");
  EXPECT_EQ(node.nets[0].guid, 0xabU);
  EXPECT_EQ(node.nets[0].bandwidth, gigabytes_per_second(25));
  EXPECT_TRUE(node.nets[0].gdr);
  ASSERT_EQ(node.remarks.size(), 1U);
  EXPECT_EQ(node.remarks[0].line, 20);
}

TEST(ImportNcclTopology, CountsWhatASmallNodeHas) {
  // NVLink: 18 x 20.6. PCIe: 16 GT/s x 8 lanes = 12.0 and an unknown link taken for gen 3 x 16 = 12.0. NIC: 25 + 12.5.
  const NodeFacts expected{.gpus = 2,
                           .nics = 1,
                           .net_ports = 2,
                           .numa_nodes = 1,
                           .nvswitches = 0,
                           .gpus_per_nic = 2,
                           .gpus_beside_a_nic = 2,
                           .nvlink = gigabytes_per_second(20.6) * 18,
                           .pcie = gigabytes_per_second(12),
                           .nic = gigabytes_per_second(37.5)};
  EXPECT_EQ(facts(read_nccl_topology(small_node, "small.xml")), expected);
}

struct Sample {
  const char* file;
  NodeFacts facts;
};

// By hand from the files. gen 3 x 16 = 12 GB/s, gen 4 24, gen 5 48; A100: 12 links x 20 GB/s, H100: 18 x 20.6.
std::vector<Sample> samples() {
  const auto gb = [](double value) { return gigabytes_per_second(value); };
  const sim::BytesPerSecond none{}, h100 = gb(20.6) * 18;
  return {
      {"nccl-topo-azure/ncv4-topo.xml", {4, 1, 1, 4, 0, 4, 0, none, gb(12), gb(12.5)}},
      {"nccl-topo-azure/ndv2-topo.xml", {8, 1, 1, 2, 0, 8, 0, none, gb(24), none}},
      {"nccl-topo-azure/ndv4-topo.xml", {8, 8, 8, 4, 0, 1, 8, none, gb(24), none}},
      {"nccl-topo-azure/ndv5-topo.xml", {8, 8, 8, 2, 0, 1, 8, none, gb(48), none}},
      {"nccl-topo-aws/g5.48xl-topo.xml", {0, 0, 0, 2, 0, 0, 0, none, none, none}},
      {"nccl-topo-aws/p4d-24xl-topo.xml", {8, 4, 4, 2, 0, 2, 8, none, gb(12), none}},
      {"nccl-topo-aws/p4de-24xl-topo.xml", {8, 4, 4, 2, 0, 2, 8, none, gb(12), none}},
      {"nccl-topo-oci/H100-topology.xml", {8, 8, 16, 2, 4, 1, 8, h100, gb(48), gb(45)}},
      {"nccl-topo-oci/H100-topology-kubernetes.xml", {8, 8, 16, 2, 4, 1, 8, h100, gb(48), gb(50)}},
      {"nccl-topo-oci/topo-flattened.xml", {8, 8, 8, 4, 0, 1, 8, none, gb(24), none}},
      {"nccl-topo-oci/topo-flattened-b4.xml", {8, 8, 8, 4, 0, 1, 8, none, gb(24), none}},
      {"synthetic/dgx-a100-8nic.xml", {8, 8, 8, 4, 6, 1, 8, gb(240), gb(24), gb(25)}},
      {"synthetic/hgx-a100-8x400g.xml", {8, 8, 8, 4, 6, 1, 8, gb(240), gb(24), gb(50)}},
      {"synthetic/hgx-a100-4nic.xml", {8, 4, 4, 2, 6, 2, 8, gb(240), gb(24), gb(25)}},
      {"synthetic/dgx-h100-8nic.xml", {8, 8, 8, 2, 4, 1, 8, h100, gb(48), gb(50)}},
  };
}

TEST(ImportNcclTopology, CountsWhatEverySampleHas) {
  if (!fabric_sample("synthetic/dgx-a100-8nic.xml")) GTEST_SKIP() << "ORRERY_DATA is not set: no samples of nodes";
  for (const Sample& sample : samples()) {
    const NodeFacts found = facts(read_nccl_topology(*fabric_sample(sample.file), sample.file));
    EXPECT_EQ(found.gpus, sample.facts.gpus) << sample.file;
    EXPECT_EQ(found.nics, sample.facts.nics) << sample.file;
    EXPECT_EQ(found.net_ports, sample.facts.net_ports) << sample.file;
    EXPECT_EQ(found.numa_nodes, sample.facts.numa_nodes) << sample.file;
    EXPECT_EQ(found.nvswitches, sample.facts.nvswitches) << sample.file;
    EXPECT_EQ(found.gpus_per_nic, sample.facts.gpus_per_nic) << sample.file;
    EXPECT_EQ(found.gpus_beside_a_nic, sample.facts.gpus_beside_a_nic) << sample.file;
    EXPECT_EQ(found.nvlink.value, sample.facts.nvlink.value) << sample.file;
    EXPECT_EQ(found.pcie.value, sample.facts.pcie.value) << sample.file;
    EXPECT_EQ(found.nic.value, sample.facts.nic.value) << sample.file;
  }
}

TEST(ImportNcclTopology, MakesGpusOfACloudsFileInTheOrderOfTheirBusIds) {
  const auto text = fabric_sample("nccl-topo-azure/ndv4-topo.xml");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no samples of nodes";
  const NodeTopology node = read_nccl_topology(*text, "ndv4-topo.xml");
  // 0001 and 0002 are in the second NUMA node, 0003 and 0004 in the first; NICs 0101, 0102 and 0103, 0104 likewise.
  EXPECT_EQ(node.pci[static_cast<std::size_t>(node.gpus[0].pci)].bus_id, "0001:00:00.0");
  EXPECT_EQ(node.pci[static_cast<std::size_t>(node.gpus[0].pci)].cpu, 1);
  EXPECT_EQ(nearest_nics(node), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(node.remarks.size(), 2U);  // GPUs are made, NICs are made
}

std::string node_refusal(std::string_view text) {
  return refusal([&] { read_nccl_topology(text, "n.xml"); });
}

TEST(ImportNcclTopology, RefusesWhatIsNoSuchFileNamingTheLine) {
  const std::string cut_off = node_refusal(small_node.substr(0, small_node.size() / 2));
  EXPECT_NE(cut_off.find("is no XML"), std::string::npos) << cut_off;
  EXPECT_EQ(cut_off.substr(0, 6), "n.xml:");
  EXPECT_EQ(node_refusal("<graphs version=\"1\"/>"),
            "n.xml:1: the outermost element is <graphs>; a file of this kind begins with <system>");
  EXPECT_EQ(node_refusal("\n<system version=\"2\"/>"), "n.xml:2: is of version \"2\"; only version=\"1\" is known");
  EXPECT_EQ(node_refusal("<system version=\"1\"/>"), "n.xml:1: has no <cpu>; dump it with NCCL_TOPO_DUMP_FILE=node.xml");
}

std::string with_pci(const std::string& inside) { return "<system version=\"1\"><cpu>\n" + inside + "\n</cpu></system>"; }

TEST(ImportNcclTopology, RefusesUnknownSpeedsAndWhatStandsTwice) {
  EXPECT_EQ(
      node_refusal(with_pci(R"(<pci busid="1" link_speed="12 GT/s"/>)")),
      "n.xml:2: the speed \"12 GT/s\" of a PCI link is unknown; write \"2.5 GT/s\", \"5 GT/s\", \"8 GT/s\", \"16 GT/s\", \"32 GT/s\" or "
      "\"64 GT/s\"");
  EXPECT_EQ(node_refusal(with_pci("<pci busid=\"1\"/>\n<pci busid=\"1\"/>")),
            "n.xml:3: the PCI device 1 stands in line 2 already; each is written once: leave one out");
  EXPECT_EQ(node_refusal(with_pci("<pci busid=\"1\"><gpu dev=\"3\"/>\n<gpu dev=\"3\"/></pci>")),
            "n.xml:3: the GPU with dev 3 stands in line 2 already; each is written once: leave one out");
  EXPECT_EQ(node_refusal(with_pci("<nic><net dev=\"0\"/>\n<net dev=\"0\"/></nic>")),
            "n.xml:3: the net with dev 0 stands in line 2 already; each is written once: leave one out");
  EXPECT_EQ(node_refusal(with_pci("<pci/>")), "n.xml:2: <pci> has no busid; write busid=\"...\"");
  EXPECT_EQ(node_refusal(with_pci(R"(<pci busid="1" link_width="-1"/>)")),
            "n.xml:2: link_width=\"-1\" is out of range; it goes from 0 to 64");
  EXPECT_EQ(node_refusal(with_pci(R"(<nic><net dev="x"/></nic>)")),
            "n.xml:2: dev=\"x\" is no whole number, or too large; write e.g. \"12\"");
}

TEST(ImportNcclTopology, RefusesProcessorsOfTwoHosts) {
  EXPECT_EQ(node_refusal("<system version=\"1\"><cpu host_hash=\"0x1\"/>\n<cpu numaid=\"1\" host_hash=\"0x2\"/></system>"),
            "n.xml:2: is of another host than the first; give one node a file");
}

TEST(ImportNcclTopology, RefusesEndlessNesting) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<pci>";
  for (int i = 0; i < 100'000; ++i) deep += "</pci>";
  const std::string said = node_refusal(with_pci(deep));
  EXPECT_NE(said.find("nested more than 64 deep"), std::string::npos) << said;
}

}  // namespace
}  // namespace orrery::topology
