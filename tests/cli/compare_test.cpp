// orrery compare, as a user calls it.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using test::orrery;

// 16 nodes: trees of two levels with 8-port switches, where routings differ.
const std::string& machine() {
  static const std::string arguments =
      "compare mt-nlg-530b --seeds 2 --set cluster.nodes=16 --set workload.model=gpt-1.7b"
      " --set workload.parallelism.tensor=2 --set workload.parallelism.pipeline=4"
      " --set workload.parallelism.data=16 --set workload.global_batch=128";
  return arguments;
}

TEST(Compare, PutsFabricsOfOneMachineSideBySide) {
  const auto compared =
      orrery(machine() + " --json --fabric fat-tree --fabric fat-tree,routing=ecmp --fabric fat-tree,routing=adaptive --fabric switch");
  ASSERT_EQ(compared.exit, 0) << compared.error;
  const auto document = nlohmann::json::parse(compared.out);
  const auto& machines = document["machines"];
  ASSERT_EQ(machines.size(), 4U);
  EXPECT_EQ(document["baseline"], "fat-tree");
  const auto permutation = [&](std::size_t machine) { return machines[machine]["throughput"][1]["mean"].get<double>(); };
  EXPECT_EQ(machines[0]["throughput"][1]["pattern"], "permutation");
  EXPECT_GT(permutation(0), permutation(1)) << "d-mod-k before ecmp";
  EXPECT_GT(permutation(2), permutation(0)) << "adaptive before both";
  EXPECT_DOUBLE_EQ(permutation(3), 1.0) << "nothing is in the way of one switch";
  for (const auto& one : machines) {
    EXPECT_GT(one["iteration_seconds"].get<double>(), machines[3]["iteration_seconds"].get<double>() * 0.999);
    for (const auto& row : one["all_reduce"])
      EXPECT_LE(row["busbw_bytes_per_second"].get<double>(), 8 * 25e9 * 0.985) << "no faster than the NICs";
    for (const auto& point : one["resiliency"]) EXPECT_LE(point["least"].get<double>(), point["most"].get<double>());
  }
  EXPECT_EQ(machines[3]["switches"], 1);
}

TEST(Compare, PrintsATableAndCsv) {
  const auto table = orrery(machine() + " --fabric fat-tree --fabric torus");
  ASSERT_EQ(table.exit, 0) << table.error;
  EXPECT_NE(table.out.find("all-reduce, bus bandwidth"), std::string::npos);
  EXPECT_NE(table.out.find("No other is faster, cheaper and lower in power than: "), std::string::npos);
  const auto csv = orrery(machine() + " --csv --fabric fat-tree");
  ASSERT_EQ(csv.exit, 0) << csv.error;
  EXPECT_EQ(csv.out.find("machine,topology,routing,section,figure,value,unit\n\"fat-tree\",fat-tree,d-mod-k,\"parts\",\"GPUs\",128,"), 0U)
      << csv.out.substr(0, 200);
}

TEST(Compare, TakesMachinesWithAndWithoutAWorkload) {
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "bare.json") << R"({"orrery": 1, "cluster": {"node": "dgx-a100-80gb", "nodes": 2}})";
  const std::string both = test::small_run();
  for (const std::string& files : {both.substr(0, both.find(' ')) + " bare.json", "bare.json " + both.substr(0, both.find(' '))}) {
    const auto compared = orrery("compare --seeds 1 " + files + " --set cluster.nodes=280", folder.path());
    EXPECT_EQ(compared.exit, 0) << compared.error;
    EXPECT_NE(compared.out.find("no workload"), std::string::npos) << compared.out;
  }
}

TEST(Compare, RefusesWhatCannotBeCompared) {
  EXPECT_EQ(orrery("compare gpt3-175b mt-nlg-530b --fabric torus").exit, 2);
  const auto unknown = orrery("compare gpt3-175b --fabric mesh");
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_NE(unknown.error.find("mesh"), std::string::npos) << unknown.error;
  EXPECT_EQ(orrery("compare gpt3-175b --prices nothing").exit, 2);
}

}  // namespace
}  // namespace orrery::cli
