// Paths and widths in nodes small enough to see through.
#include "topology/node_topology.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"
#include "topology/import_nccl_topology.h"

namespace orrery::topology {
namespace {

using sim::gigabytes_per_second;

NodeTopology node_of(const std::string& cpus) { return read_nccl_topology("<system version=\"1\">" + cpus + "</system>", "n.xml"); }

std::string device(const std::string& bus_id, const std::string& class_code, const std::string& inside = "", const std::string& more = "") {
  return "<pci busid=\"" + bus_id + "\" class=\"" + class_code + "\" link_speed=\"16 GT/s\" link_width=\"16\" " + more + ">" + inside +
         "</pci>";
}

TEST(NodeTopology, PcieWidthIsThatOfNcclsTable) {
  const auto width = [](double gigatransfers, int lanes) { return pcie_bandwidth({.gigatransfers = gigatransfers, .width = lanes}); };
  EXPECT_EQ(width(2.5, 16), gigabytes_per_second(3));  // lanes x (15, 30, 60, 120, 240, 480) / 80 GB/s
  EXPECT_EQ(width(5, 16), gigabytes_per_second(6));
  EXPECT_EQ(width(8, 16), gigabytes_per_second(12));
  EXPECT_EQ(width(16, 16), gigabytes_per_second(24));
  EXPECT_EQ(width(32, 16), gigabytes_per_second(48));
  EXPECT_EQ(width(64, 8), gigabytes_per_second(48));
  EXPECT_EQ(width(16, 0), gigabytes_per_second(12));  // unknown: gen 3, 16 lanes
  EXPECT_EQ(width(0, 4), gigabytes_per_second(12));
}

TEST(NodeTopology, NvlinksAreAsWideAsNcclTakesThem) {
  for (const auto& [sm, width] : {std::pair(60, 18.0), {70, 20.0}, {80, 20.0}, {86, 12.0}, {90, 20.6}, {100, 40.1}, {0, 20.0}}) {
    EXPECT_EQ(nvlink_bandwidth(sm), gigabytes_per_second(width)) << sm;
  }
}

TEST(NodeTopology, NvlinksToTheGpuItselfCountForNothing) {
  const std::string links = R"(<gpu dev="0" sm="80"><nvlink target="1" count="4"/><nvlink target="c4" count="3"/></gpu>)";
  const NodeTopology node = node_of("<cpu>" + device("1", "0x030200", links) + "</cpu>");
  EXPECT_EQ(nvlink_bandwidth(node, node.gpus[0]), gigabytes_per_second(60));
  EXPECT_EQ(node.remarks.size(), 1U);
}

TEST(NodeTopology, ProcessorsAreJoinedByTheirMakersLinks) {
  const auto width = [](const char* arch, const char* vendor, int model) { return processor_bandwidth({0, arch, vendor, 6, model}); };
  EXPECT_EQ(width("x86_64", "AuthenticAMD", 49), gigabytes_per_second(16));
  EXPECT_EQ(width("x86_64", "GenuineIntel", 79), gigabytes_per_second(6));    // Broadwell
  EXPECT_EQ(width("x86_64", "GenuineIntel", 85), gigabytes_per_second(10));   // Skylake
  EXPECT_EQ(width("x86_64", "GenuineIntel", 143), gigabytes_per_second(22));  // Sapphire Rapids
  EXPECT_EQ(width("x86_64", "GenuineIntel", 207), gigabytes_per_second(40));  // Emerald Rapids
  EXPECT_EQ(width("arm64", "", 0), gigabytes_per_second(6));
  EXPECT_EQ(width("ppc64", "", 0), gigabytes_per_second(32));
}

TEST(NodeTopology, NamesOfPathsLeadBack) {
  for (int i = 0; i < 12; ++i) EXPECT_EQ(path_type(path_name(static_cast<PathType>(i))), static_cast<PathType>(i));
  EXPECT_EQ(path_name(PathType::pxb), "PXB");
  EXPECT_EQ(path_type("pxb"), std::nullopt);
}

TEST(NodeTopology, APathIsNamedByWhatItPasses) {
  const std::string gpu = device("1", "0x030200"), nic = device("2", "0x020700");
  const auto path = [](const std::string& cpus) { return path_to_nic(node_of(cpus), 0, 0); };

  const NodePath pix = path("<cpu>" + device("8", "0x060400", gpu + nic) + "</cpu>");
  EXPECT_EQ(pix.type, PathType::pix);
  EXPECT_EQ(pix.hops, 2);
  EXPECT_EQ(pix.bandwidth, gigabytes_per_second(24));
  EXPECT_EQ(path("<cpu>" + device("8", "0x060400", device("9", "0x060400", gpu) + nic) + "</cpu>").type, PathType::pxb);
  EXPECT_EQ(path("<cpu>" + device("8", "0x060400", gpu) + nic + "</cpu>").type, PathType::phb);
  // Between processors: AMD's 16 GB/s are less than PCIe's 24. Links: GPU, processor to processor, NIC.
  const NodePath sys =
      path(R"(<cpu numaid="0" vendor="AuthenticAMD">)" + gpu + R"(</cpu><cpu numaid="1" vendor="AuthenticAMD">)" + nic + "</cpu>");
  EXPECT_EQ(sys.type, PathType::sys);
  EXPECT_EQ(sys.hops, 3);
  EXPECT_EQ(sys.bandwidth, gigabytes_per_second(16));
}

TEST(NodeTopology, BridgesOfOneBroadcomChipAreOneSwitch) {
  const std::string chip = R"(vendor="0x1000" device="0xc030")";
  const std::string below = device("9", "0x060400", device("1", "0x030200"), chip) + device("a", "0x060400", device("2", "0x020700"), chip);
  EXPECT_EQ(path_to_nic(node_of("<cpu>" + device("8", "0x060400", below, chip) + "</cpu>"), 0, 0).type, PathType::pix);
  EXPECT_EQ(path_to_nic(node_of("<cpu>" + device("8", "0x060400", below) + "</cpu>"), 0, 0).type, PathType::pxb);
}

TEST(NodeTopology, ANicWithoutADeviceHangsFromItsProcessor) {
  const std::string nic = R"(<nic><net dev="0" speed="100000"/></nic>)";
  EXPECT_EQ(path_to_nic(node_of("<cpu>" + device("1", "0x030200") + nic + "</cpu>"), 0, 0).type, PathType::phb);
  EXPECT_EQ(path_to_nic(node_of("<cpu>" + device("1", "0x030200") + "</cpu><cpu numaid=\"1\">" + nic + "</cpu>"), 0, 0).type,
            PathType::sys);
}

TEST(NodeTopology, GpusThatAreEquallyNearToNicsShareThemOut) {
  const auto switch_of = [](const std::string& id, int gpus, int nics) {
    std::string inside;
    for (int i = 0; i < gpus; ++i) inside += device(id + ":1" + std::to_string(i), "0x030200");
    for (int i = 0; i < nics; ++i) inside += device(id + ":2" + std::to_string(i), "0x020700");
    return device(id, "0x060400", inside);
  };
  EXPECT_EQ(nearest_nics(node_of("<cpu>" + switch_of("1", 4, 2) + switch_of("2", 2, 2) + "</cpu>")), (std::vector<int>{0, 0, 1, 1, 2, 3}));
  EXPECT_EQ(nearest_nics(node_of("<cpu>" + switch_of("1", 2, 4) + "</cpu>")), (std::vector<int>{0, 1}));
  EXPECT_EQ(nearest_nics(node_of("<cpu>" + switch_of("1", 2, 0) + "</cpu>")), (std::vector<int>{-1, -1}));
}

TEST(NodeTopology, PathsOfTheDgxAreThoseOfNcclsOwnSearch) {
  // What NCCL 2.28.9 found in these files: typeinter PXB on the A100 (GPUs behind a bridge of their own), PIX on the H100.
  const auto a100 = test::fabric_sample("synthetic/dgx-a100-8nic.xml"), h100 = test::fabric_sample("synthetic/dgx-h100-8nic.xml");
  if (!a100) GTEST_SKIP() << "ORRERY_DATA is not set: no samples of nodes";
  for (int gpu = 0; gpu < 8; ++gpu) {
    EXPECT_EQ(path_to_nic(read_nccl_topology(*a100, "a100.xml"), gpu, gpu).type, PathType::pxb);
    EXPECT_EQ(path_to_nic(read_nccl_topology(*h100, "h100.xml"), gpu, gpu).type, PathType::pix);
  }
}

}  // namespace
}  // namespace orrery::topology
