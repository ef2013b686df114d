// Platforms for SimGrid: what is written, and what SimGrid makes of it where it is installed.
#include "topology/export_simgrid.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

#include "tests/temporary_folder.h"
#include "tests/topology/fabric_sample.h"
#include "topology/import_dot.h"

namespace orrery::topology {
namespace {

// Two leaves of two adapters, a spine with two cables to each leaf. Cables: 0..3 adapters, 4, 5 leaf0, 6, 7 leaf1.
constexpr std::string_view small_drawing = R"(graph {
  node [type=hca]; n0; n1; n2; n3;
  node [type=switch]; edge [bw=25 lat="100ns"]
  n0 -- leaf0; n1 -- leaf0; leaf1 -- n2; n3 -- leaf1;
  leaf0 -- spine [multiplicity=2]; leaf1 -- spine [multiplicity=2]
  sharp [type=aggregator]; sharp -- spine
})";

/// What the loader prints; nothing where SimGrid is not installed.
std::optional<std::string> loaded(const std::string& platform, const std::string& pairs) {
  const std::string loader = ORRERY_SIMGRID_LOADER;
  if (loader.empty()) return std::nullopt;
  const orrery::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "platform.xml").string();
  std::ofstream(path) << platform;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen((loader + " " + path + " " + pairs + " 2>&1").c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> part{};
  while (fgets(part.data(), part.size(), output.get()) != nullptr) text += part.data();
  return text;
}

TEST(ExportSimgrid, ASmallFabricHasARouteForEachPair) {
  const std::string platform = simgrid_platform(read_dot(small_drawing, "s.dot"));
  EXPECT_NE(platform.find("<zone id=\"fabric\" routing=\"Full\">"), std::string::npos);
  EXPECT_NE(platform.find("<link id=\"cable7\" bandwidth=\"25GBps\" latency=\"100ns\" sharing_policy=\"SPLITDUPLEX\"/>"),
            std::string::npos);
  // n3 is the fourth receiver, 3 % 2 = 1: up by the second cable of leaf0, down by the second of leaf1, which is written from n3 and leaf1.
  EXPECT_NE(platform.find("<route src=\"n0\" dst=\"n3\" symmetrical=\"NO\"><link_ctn id=\"cable0\" direction=\"UP\"/>"
                          "<link_ctn id=\"cable5\" direction=\"UP\"/><link_ctn id=\"cable7\" direction=\"DOWN\"/>"
                          "<link_ctn id=\"cable3\" direction=\"DOWN\"/></route>"),
            std::string::npos)
      << platform;
  EXPECT_EQ(platform.find("sharp"), std::string::npos);
}

TEST(ExportSimgrid, SimgridLoadsASmallFabric) {
  const auto printed = loaded(simgrid_platform(read_dot(small_drawing, "s.dot")), "n0 n3 n3 n0 n0 n1 n2 n1");
  if (!printed) GTEST_SKIP() << "SimGrid's headers are not installed";
  // 8 cables are 16 links, and SimGrid adds a loopback to the zone or not: its own count is not ours to test beyond these.
  EXPECT_NE(printed->find("4 hosts, "), std::string::npos) << *printed;
  EXPECT_NE(printed->find("cable0_UP cable5_UP cable7_DOWN cable3_DOWN 4e-07\n"), std::string::npos) << *printed;
  EXPECT_NE(printed->find("cable3_UP cable6_UP cable4_DOWN cable0_DOWN 4e-07\n"), std::string::npos) << *printed;
  EXPECT_NE(printed->find("cable0_UP cable1_DOWN 2e-07\n"), std::string::npos) << *printed;
  EXPECT_NE(printed->find("cable2_DOWN cable7_UP cable5_DOWN cable1_DOWN 4e-07\n"), std::string::npos) << *printed;
}

/// 65 adapters on a leaf and one behind a spine, two cables up and two down.
std::string large() {
  std::string text =
      "graph { node [type=hca]; edge [bw=25 lat=\"100ns\"]; leaf0 [type=switch]; leaf1 [type=switch]; spine [type=switch];\n";
  for (int i = 0; i < 65; ++i) text += fmt::format("n{} -- leaf0;\n", i);
  return text + "leaf1 -- far; leaf0 -- spine [multiplicity=2]; leaf1 -- spine [multiplicity=2] }";
}

TEST(ExportSimgrid, ALargerFabricHasARouteForEachPairOfNeighbours) {
  const std::string platform = simgrid_platform(read_dot(large(), "l.dot"));
  EXPECT_NE(platform.find("routing=\"DijkstraCache\""), std::string::npos);
  // Cables 66 and 67 are one link of 50 GB/s.
  EXPECT_NE(platform.find("<link id=\"cable66\" bandwidth=\"50GBps\""), std::string::npos);
  EXPECT_EQ(platform.find("\"cable67\""), std::string::npos);
  EXPECT_NE(platform.find("<route src=\"leaf0\" dst=\"spine\"><link_ctn id=\"cable66\" direction=\"UP\"/></route>"), std::string::npos);
}

TEST(ExportSimgrid, SimgridFindsItsWayInALargerFabric) {
  const auto printed = loaded(simgrid_platform(read_dot(large(), "l.dot")), "n64 far far n0");
  if (!printed) GTEST_SKIP() << "SimGrid's headers are not installed";
  EXPECT_NE(printed->find("66 hosts, "), std::string::npos) << *printed;
  EXPECT_NE(printed->find("cable64_UP cable66_UP cable68_DOWN cable65_UP 4e-07\n"), std::string::npos) << *printed;
  EXPECT_NE(printed->find("cable65_DOWN cable68_UP cable66_DOWN cable0_DOWN 4e-07\n"), std::string::npos) << *printed;
}

TEST(ExportSimgrid, SimgridLoadsTheScalableUnit) {
  const auto text = test::fabric_sample("synthetic/su1/su1.dot");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no sample of a fabric";
  const auto printed = loaded(simgrid_platform(read_dot(*text, "su1.dot")), "n001.0 n020.7");
  if (!printed) GTEST_SKIP() << "SimGrid's headers are not installed";
  EXPECT_NE(printed->find("160 hosts, "), std::string::npos) << *printed;
  EXPECT_NE(printed->find(" 1.46e-06\n"), std::string::npos) << *printed;  // 600 + 130 + 130 + 600 ns
}

TEST(ExportSimgrid, RefusesACableOfUnknownBandwidth) {
  EXPECT_EQ(test::refusal([] { simgrid_platform(read_dot("graph {\na -- b }", "s.dot")); }),
            "s.dot:2: the bandwidth of this cable is unknown; SimGrid needs it: give it in the file that the survey is read from");
}

}  // namespace
}  // namespace orrery::topology
