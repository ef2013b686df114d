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

}  // namespace
}  // namespace orrery::cli
