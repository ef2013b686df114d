// What is written of a NodeSpec reads back to the same node.
#include "topology/export_nccl_topology.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"
#include "topology/import_nccl_topology.h"

namespace orrery::topology {
namespace {

using sim::gigabytes_per_second;

NodeSpec dgx(int compute_capability, int links, int gpus, int nics) {
  NodeSpec node;
  node.gpu.compute_capability = compute_capability;
  node.gpus = gpus;
  node.nics = nics;
  node.nvlink.links_per_gpu = links;
  node.nic.bandwidth = gigabytes_per_second(compute_capability >= 90 ? 50 : 25);
  node.pcie_bandwidth = gigabytes_per_second(compute_capability >= 90 ? 50 : 25);  // effective, as the presets have it
  node.cpu = compute_capability >= 90 ? CpuVendor::intel : CpuVendor::amd;
  return node;
}

NodeTopology read_back(const NodeSpec& node) { return read_nccl_topology(nccl_topology(node), "written.xml"); }

TEST(ExportNcclTopology, ADgxA100HasTheFactsOfTheSample) {
  // 4 switches of two GPUs and two NICs, one in each NUMA node; 12 links x 20 GB/s to 6 NVSwitches; 25 GB/s need gen 4, 24 as NCCL counts.
  const NodeFacts expected{8, 8, 8, 4, 6, 1, 8, gigabytes_per_second(240), gigabytes_per_second(24), gigabytes_per_second(25)};
  EXPECT_EQ(facts(read_back(dgx(80, 12, 8, 8))), expected);
  if (const auto sample = test::fabric_sample("synthetic/dgx-a100-8nic.xml")) {
    EXPECT_EQ(facts(read_nccl_topology(*sample, "dgx-a100-8nic.xml")), expected);
  }
}

TEST(ExportNcclTopology, ADgxH100HasFourNvswitchesWithFiveFiveFourAndFourLinks) {
  const NodeTopology node = read_back(dgx(90, 18, 8, 8));
  const NodeFacts expected{8, 8, 8, 2, 4, 1, 8, gigabytes_per_second(20.6) * 18, gigabytes_per_second(48), gigabytes_per_second(50)};
  EXPECT_EQ(facts(node), expected);
  std::vector<int> links;
  for (const NvlinkTarget& target : node.gpus[5].nvlinks) links.push_back(target.count);
  EXPECT_EQ(links, (std::vector<int>{5, 5, 4, 4}));
}

TEST(ExportNcclTopology, OnlyBeforeHopperHaveGpusABridgeBetweenThemAndTheirNic) {
  EXPECT_EQ(path_to_nic(read_back(dgx(80, 12, 8, 8)), 3, 3).type, PathType::pxb);
  EXPECT_EQ(path_to_nic(read_back(dgx(90, 18, 8, 8)), 3, 3).type, PathType::pix);
  EXPECT_EQ(path_to_nic(read_back(dgx(90, 18, 8, 8)), 3, 2).type, PathType::phb);  // a switch each
}

TEST(ExportNcclTopology, GpuGUsesTheNicThatItsSpecSays) {
  for (const auto& [gpus, nics] : {std::pair(8, 8), {8, 4}, {8, 2}, {8, 1}, {16, 8}, {4, 4}, {1, 1}, {2, 1}, {6, 2}, {3, 3}}) {
    std::vector<int> expected;
    for (int gpu = 0; gpu < gpus; ++gpu) expected.push_back(gpu / (gpus / nics));
    const NodeTopology node = read_back(dgx(80, 12, gpus, nics));
    EXPECT_EQ(nearest_nics(node), expected) << gpus << " GPUs, " << nics << " NICs";
    EXPECT_EQ(facts(node).gpus_beside_a_nic, gpus);
  }
}

TEST(ExportNcclTopology, AGpuAloneHasNoNvlinks) { EXPECT_EQ(facts(read_back(dgx(80, 12, 1, 1))).nvlink, sim::BytesPerSecond{}); }

TEST(ExportNcclTopology, ANodeWithoutNicsHasNone) {
  const NodeFacts found = facts(read_back(dgx(80, 12, 4, 0)));
  EXPECT_EQ(found.gpus, 4);
  EXPECT_EQ(found.nics, 0);
}

TEST(ExportNcclTopology, RefusesGpusThatDoNotShareNicsEvenly) {
  EXPECT_EQ(test::refusal([] { nccl_topology(dgx(80, 12, 8, 3)); }),
            "a node of 8 GPUs and 3 NICs has no such layout; equally many GPUs share each NIC: write e.g. 8 and 8, or 8 and 4");
  EXPECT_NE(test::refusal([] { nccl_topology(dgx(80, 12, 0, 0)); }), "read");
}

}  // namespace
}  // namespace orrery::topology
