// orrery topology, as a user calls it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace orrery::cli {
namespace {

using test::orrery;

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Topology, ShowsLevelsAndCables) {
  const auto shown = orrery("topology show mt-nlg-530b");
  EXPECT_EQ(shown.exit, 0) << shown.error;
  EXPECT_NE(shown.out.find("280 nodes dgx-a100-80gb, fat-tree, routing d-mod-k"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("level 3   56 switches, such as core0"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("spine to core        2,240 cables of 200 Gbit/s"), std::string::npos) << shown.out;
}

TEST(Topology, DrawsAThousandNodesInAHandfulOfBoxes) {
  const ::orrery::test::TemporaryFolder folder;
  const auto shown = orrery("topology show mt-nlg-530b --set cluster.nodes=2000 --svg picture.svg", folder.path());
  EXPECT_EQ(shown.exit, 0) << shown.error;
  const std::string picture = text_of(folder.path() / "picture.svg");
  EXPECT_EQ(picture.find("<svg "), 0U);
  EXPECT_NE(picture.find("</svg>"), std::string::npos);
  EXPECT_NE(picture.find("16,000 cables of 200 Gbit/s"), std::string::npos);
  EXPECT_LT(picture.size(), 10'000U);
}

TEST(Topology, ShowsEveryTopologyAndWhatIsDead) {
  for (const std::string topology : {"rail-only", "dragonfly", "dragonfly-plus", "hyperx", "torus", "dual-plane", "switch"}) {
    const auto shown = orrery("topology show mt-nlg-530b --set 'cluster.fabric={\"topology\":\"" + topology + "\"}'");
    const bool too_large = shown.error.find("spine") != std::string::npos;  // 280 nodes on two planes of 40-port switches
    EXPECT_EQ(shown.exit, too_large ? 2 : 0) << topology << ": " << shown.error;
  }
}

// Two hosts of two adapters, a leaf each rail, one spine.
constexpr const char* hall = R"(graph hall {
  leaf0 [type=switch]; leaf1 [type=switch]; spine [type=switch];
  "a mlx5_0" [type=hca]; "a mlx5_1" [type=hca]; "b mlx5_0" [type=hca]; "b mlx5_1" [type=hca];
  "a mlx5_0" -- leaf0 [bw="50GBps"]; "a mlx5_1" -- leaf1 [bw="50GBps"]; "b mlx5_0" -- leaf0 [bw="50GBps"]; "b mlx5_1" -- leaf1 [bw="50GBps"];
  leaf0 -- spine [bw="50GBps"]; leaf1 -- spine [bw="25GBps"];
})";

TEST(Topology, ImportsAHallAndMakesAClusterOfIt) {
  const ::orrery::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "made");
  std::ofstream(folder.path() / "hall.dot") << hall;
  const auto read = orrery("topology import hall.dot", folder.path());
  EXPECT_EQ(read.exit, 0) << read.error;
  EXPECT_NE(read.out.find("3 switches (2 with hosts), 4 adapter ports of 2 hosts"), std::string::npos) << read.out;
  EXPECT_EQ(orrery("topology import hall.dot --node dgx-a100-80gb", folder.path()).exit, 2) << "where to?";
  const auto none = orrery("topology import hall.dot --node dgx-a100-80gb -o made/hall.json", folder.path());
  EXPECT_EQ(none.exit, 0) << none.error;
  EXPECT_EQ(orrery("check made/hall.json", folder.path()).exit, 2) << "no host has eight adapters";
  std::ofstream(folder.path() / "node.json") << R"({"gpus": 2})";
  const auto missing = orrery("topology import nothing.out", folder.path());
  EXPECT_EQ(missing.exit, 2);
  EXPECT_NE(missing.error.find("nothing.out"), std::string::npos) << missing.error;
}

TEST(Topology, AnImportedClusterRuns) {
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "hall.dot") << hall;
  std::ofstream(folder.path() / "hall.json")
      << R"({"orrery": 1, "cluster": {"node": "dgx-a100-80gb", "nodes": 2, "fabric": {"topology": "imported", "file": "hall.dot"}}})";
  const auto shown = orrery("topology show hall.json --set cluster.node.gpus=2 --set cluster.node.nics=2", folder.path());
  EXPECT_EQ(shown.exit, 0) << shown.error;
  EXPECT_NE(shown.out.find("1 cable of 200 Gbit/s"), std::string::npos) << shown.out;
}

}  // namespace
}  // namespace orrery::cli
