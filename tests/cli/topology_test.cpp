// orrery topology, as a user calls it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace orrery::cli {
namespace {

using test::orrery;
using test::text_of;

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
  EXPECT_EQ(none.exit, 2);
  EXPECT_NE(none.error.find("no host has cables to half of the 8 NICs"), std::string::npos) << none.error;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "made" / "hall.json"));
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

// The real hall of the samples, 122 nodes of 4 adapters on 31 leaves and 9 spines with missing cables: an all-reduce over all of it.
TEST(Topology, TheRealHallRunsAndNamesItsWorstRail) {
  const char* data = std::getenv("ORRERY_DATA");
  if (data == nullptr) GTEST_SKIP() << "ORRERY_DATA is not set: no sample of a hall";
  const ::orrery::test::TemporaryFolder folder;
  std::filesystem::copy_file(std::filesystem::path(data) / "fabrics/ibnetdiscover/topograph-example.out", folder.path() / "hall.out");
  std::ofstream(folder.path() / "hall.json") << R"({"orrery": 1,
    "cluster": {"node": "hgx-a100-80gb-4xhdr", "nodes": 122, "fabric": {"topology": "imported", "file": "hall.out"}}})";
  std::ofstream(folder.path() / "all-reduce.program") << R"(orrery-program 1
name "all-reduce"
ranks 976
labels data
communicator all groups 0 members 976*1
role rank ranks 0+976*1 events 0
  stream main
    data: all_reduce fp16 268435456 all
)";
  const auto run = orrery("run all-reduce.program --cluster hall.json --json", folder.path());
  ASSERT_EQ(run.exit, 0) << run.error;
  const auto result = nlohmann::json::parse(run.out)["result"];
  EXPECT_GE(result["worst_rail"]["rail"], 0);
  EXPECT_LT(result["worst_rail"]["rail"], 4);
  EXPECT_GE(result["worst_rail"]["utilization"].get<double>(), result["worst_rail"]["next_utilization"].get<double>());
  EXPECT_NE(result["worst_rail"]["link"].get<std::string>().find("IBLEAF"), std::string::npos);
  const auto shown = orrery("run all-reduce.program --cluster hall.json", folder.path());
  EXPECT_NE(shown.out.find("The worst rail is "), std::string::npos) << shown.out;
}

TEST(Topology, ExportsWhatItImportsAgain) {
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "machine.json") << R"({"orrery": 1, "cluster": {"node": "dgx-a100-80gb", "nodes": 25}})";
  const std::string machine = " " + (folder.path() / "machine.json").string();
  const std::string facts =
      "26 switches (16 with hosts), 200 adapter ports of 25 hosts, 0 aggregation nodes\n  320 cables between switches";
  for (const std::string format : {"graphml", "dot", "ibnetdiscover"}) {
    const auto written = orrery("topology export " + format + machine + " -o out", folder.path());
    ASSERT_EQ(written.exit, 0) << written.error;
    const auto read = orrery("topology import out", folder.path());
    EXPECT_NE(read.out.find(facts), std::string::npos) << format << ": " << read.out << read.error;
  }
  EXPECT_NE(orrery("topology export simgrid" + machine).out.find("<platform version=\"4.1\">"), std::string::npos);
  std::ofstream(folder.path() / "node.xml") << orrery("topology export nccl" + machine).out;
  EXPECT_NE(orrery("topology import node.xml", folder.path()).out.find("8 GPUs with NVLinks of 240 GB/s"), std::string::npos);
  EXPECT_EQ(orrery("topology export visio" + machine).exit, 2);
}

TEST(Topology, MeasuresAndPricesAFabric) {
  const auto text = orrery("topology metrics mt-nlg-530b");
  EXPECT_EQ(text.exit, 0) << text.error;
  EXPECT_NE(text.out.find("at most 6 links"), std::string::npos) << text.out;
  const auto measured = nlohmann::json::parse(orrery("topology metrics mt-nlg-530b --json").out);
  EXPECT_EQ(measured["switches"][1]["switches"], 160);
  EXPECT_EQ(measured["cables"][2]["cables"], 2'240);
  EXPECT_DOUBLE_EQ(measured["bisection"]["least_bytes_per_second"], 140 * 8 * 25e9) << "half of 280 nodes";
  EXPECT_GT(measured["bill"]["usd_per_gpu"].get<double>(), 1'000);
}

// 16 GPUs on two nodes at prices of the scenario's own: the network draws what the run says that it draws, joules over seconds.
TEST(Topology, MetricsAndRunTakeTheScenariosOwnPrices) {
  const std::string own = test::small_run() + " --set prices.network.nics.0.watts=1000 --json";
  const auto bill = [](const std::string& arguments) { return nlohmann::json::parse(orrery("topology metrics " + arguments).out)["bill"]; };
  const auto result = nlohmann::json::parse(orrery("run " + own).out)["result"];
  const double watts = bill(own)["watts"].get<double>();
  EXPECT_NEAR(result["energy"]["joules"]["network"].get<double>() / result["iteration_seconds"].get<double>(), watts, 1e-9 * watts);
  const std::string named = own + " --prices estimates-2025";
  EXPECT_EQ(bill(named), bill(test::small_run() + " --json")) << "a list that is named comes first";
  EXPECT_GT(watts, bill(named)["watts"].get<double>());
}

}  // namespace
}  // namespace orrery::cli
