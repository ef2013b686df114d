// orrery collective, as a user calls it.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using nlohmann::json;
using test::orrery;

json collective_rows_of(const std::string& arguments) {
  const auto outcome = orrery("collective " + arguments + " --json");
  EXPECT_EQ(outcome.exit, 0) << arguments << "\n" << outcome.error;
  return outcome.exit == 0 ? json::parse(outcome.out)["result"]["rows"] : json::array();
}

TEST(Collective, PrintsWhatNcclTestsPrints) {
  const auto outcome = orrery("collective all_reduce --cluster dgx-a100-80gb --calibration none --min 512M --max 1G");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.out.find("# all_reduce on 1 node dgx-a100-80gb: 8 ranks, 8 a node\n# NCCL 2.28, calibration none, engine fluid\n"), 0U)
      << outcome.out;
  // 7,885.366 us; 1.073741824 GB / 7.885366 ms = 136.17 GB/s, times 7/4 = 238.30 GB/s.
  EXPECT_NE(outcome.out.find("  1073741824     536870912      half            ring    Simple        24      7885.37   136.17   238.30\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("\n   536870912 "), std::string::npos);
  EXPECT_EQ(outcome.out.find("\n   268435456 "), std::string::npos) << "nothing below --min";
}

TEST(Collective, GivesOneJsonDocument) {
  const auto outcome = orrery("collective all_gather --cluster dgx-h100 --nodes 2 --sizes 1000,1G --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_NE(outcome.error.find("no calibration of H100-SXM5-80GB"), std::string::npos) << outcome.error;
  const json document = json::parse(outcome.out);
  EXPECT_EQ(document["kind"], "collective");
  EXPECT_EQ(document["engine"], "fluid");
  EXPECT_EQ(document["scenario"]["cluster"]["nodes"], 2);
  EXPECT_FALSE(document["scenario"].contains("calibration"));
  EXPECT_EQ(document["simulation"]["gpus"], 16);
  EXPECT_EQ(document["result"]["nccl"], "2.28");
  EXPECT_TRUE(document["result"]["calibration"].is_null());
  const json& rows = document["result"]["rows"];
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["bytes"], 1000) << "the size asked for, whatever is whole of it";
  EXPECT_EQ(rows[0]["count"], 31);
  const json& row = rows[1];
  EXPECT_EQ(row["collective"], "all_gather");
  EXPECT_EQ(row["nodes"], 2);
  EXPECT_EQ(row["ranks"], 16);
  EXPECT_EQ(row["bytes"], 1 << 30);
  EXPECT_EQ(row["algorithm"], "ring");
  EXPECT_EQ(row["protocol"], "Simple");
  EXPECT_DOUBLE_EQ(row["algbw_bytes_per_second"], (1 << 30) / row["seconds"].get<double>());
  EXPECT_DOUBLE_EQ(row["busbw_bytes_per_second"], row["algbw_bytes_per_second"].get<double>() * 15 / 16);
}

TEST(Collective, SameInputSameBytes) {
  const std::string arguments = "collective all_to_all --cluster dgx-a100-80gb --nodes 2 --sizes 1M --json";
  json once = json::parse(orrery(arguments).out);
  json again = json::parse(orrery(arguments).out);
  for (json* document : {&once, &again}) {
    for (const char* host : {"wall_seconds", "cpu_seconds", "peak_rss_bytes"}) (*document)["simulation"].erase(host);
  }
  EXPECT_EQ(once, again);
}

TEST(Collective, NodesMayBeARange) {
  const json rows = collective_rows_of("all_reduce --cluster dgx-a100-80gb --nodes 1..10*3 --sizes 8,1G");
  ASSERT_EQ(rows.size(), 6U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["nodes"], (std::vector<int>{1, 1, 3, 3, 9, 9}[i]));
    EXPECT_EQ(rows[i]["ranks"], 8 * rows[i]["nodes"].get<int>());
  }
  EXPECT_EQ(orrery("collective barrier --cluster dgx-a100-80gb --nodes 2").exit, 0);
}

TEST(Collective, TakesAScenariosMachine) {
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "bare.json") << R"({"orrery": 1, "cluster": {"node": "dgx-h100", "nodes": 3}})";
  const auto outcome = orrery("collective all_reduce --cluster bare.json --sizes 1M", folder.path());
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_NE(outcome.out.find("# all_reduce on 3 nodes dgx-h100: 24 ranks, 8 a node\n"), std::string::npos) << outcome.out;
  const auto part = orrery("collective all_reduce --cluster bare.json --nodes 2 --gpus 4 --sizes 1M", folder.path());
  EXPECT_NE(part.out.find("# all_reduce on 2 of 3 nodes dgx-h100: 8 ranks, 4 a node\n"), std::string::npos) << part.out;
  EXPECT_EQ(collective_rows_of("all_reduce --cluster mt-nlg-530b --nodes 2 --sizes 1M")[0]["ranks"], 16) << "an example's, without its job";
}

TEST(Collective, TheCalibrationsTimesAreLongerThanNcclsOwn) {
  const double measured = collective_rows_of("all_reduce --cluster dgx-a100-80gb --sizes 1G")[0]["seconds"];
  const double by_nccl = collective_rows_of("all_reduce --cluster dgx-a100-80gb --sizes 1G --calibration none")[0]["seconds"];
  EXPECT_GT(measured, by_nccl);
  EXPECT_EQ(measured, collective_rows_of("all_reduce --cluster dgx-a100-80gb --sizes 1G --calibration a100-sxm-80gb")[0]["seconds"]);
}

TEST(Collective, WithoutPxnMessagesCrossRailsInTheFabric) {
  const std::string machine = "all_to_all --cluster dgx-a100-80gb --nodes 64 --sizes 1G";
  const json with = collective_rows_of(machine)[0];
  EXPECT_EQ(with["seconds"], collective_rows_of(machine + " --pxn on")[0]["seconds"]);
  EXPECT_LT(with["seconds"], collective_rows_of(machine + " --pxn off")[0]["seconds"]);
}

TEST(Collective, CallsMayBeGrouped) {
  const std::string machine = "all_reduce --cluster dgx-a100-80gb --sizes 64K";
  const json alone = collective_rows_of(machine)[0];
  const json grouped = collective_rows_of(machine + " --aggregate 16")[0];
  EXPECT_FALSE(alone.contains("calls"));
  EXPECT_EQ(grouped["calls"], 16);
  EXPECT_LT(grouped["seconds"], alone["seconds"].get<double>() / 4);
  const auto text = orrery("collective " + machine + " --aggregate 16");
  EXPECT_NE(text.out.find("# of 16 calls in one group, the time of one\n"), std::string::npos) << text.out;
  for (const char* other : {"all_reduce --algo bruck", "all_reduce --slices", "send_receive"}) {
    const auto refused = orrery("collective " + std::string(other) + " --cluster dgx-a100-80gb --sizes 64K --aggregate 2");
    EXPECT_EQ(refused.exit, 2) << other;
    EXPECT_NE(refused.error.find("--aggregate: groups NCCL's own collectives, not "), std::string::npos) << refused.error;
  }
}

TEST(Collective, TheUserMayNarrowNcclsChoice) {
  const std::string machine = " --cluster dgx-a100-80gb --nodes 4 --sizes 1M";
  EXPECT_EQ(collective_rows_of("all_reduce" + machine)[0]["algorithm"], "tree");
  const json row = collective_rows_of("all_reduce --algo ring --proto ^LL,LL128" + machine)[0];
  EXPECT_EQ(row["algorithm"], "ring");
  EXPECT_EQ(row["protocol"], "Simple");
  const auto messages = orrery("collective all_to_all --algo ring" + machine);
  EXPECT_EQ(messages.exit, 0);
  EXPECT_NE(messages.error.find("NCCL does all_to_all in messages"), std::string::npos) << messages.error;
}

TEST(Collective, TheSoftwareNamesNcclsVersion) {
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "old.json")
      << R"({"orrery": 1, "cluster": {"node": "dgx-a100-80gb", "nodes": 2}, "software": {"nccl": "2.8"}})";
  const auto old = orrery("collective all_reduce --cluster old.json --sizes 1M", folder.path());
  ASSERT_EQ(old.exit, 0) << old.error;
  EXPECT_NE(old.out.find("# NCCL 2.8,"), std::string::npos) << old.out;
  const auto named = orrery("collective all_reduce --cluster old.json --sizes 1M --software fsdp-flash-2023", folder.path());
  EXPECT_NE(named.out.find("# NCCL 2.18,"), std::string::npos) << named.out << named.error;
}

TEST(Collective, EnginesAgreeOnAnIdleMachine) {
  for (const std::string operation : {"all_reduce", "all_to_all", "send_receive"}) {
    const std::string arguments = operation + " --cluster dgx-a100-80gb --nodes 2 --sizes 64M";
    const double fluid = collective_rows_of(arguments)[0]["seconds"];
    EXPECT_NEAR(collective_rows_of(arguments + " --engine transfer")[0]["seconds"].get<double>() / fluid, 1, 0.01) << operation;
    EXPECT_NEAR(collective_rows_of(arguments + " --fold off")[0]["seconds"].get<double>(), fluid, 0) << operation;
  }
}

std::string log_of_one_nic() { return std::string(ORRERY_SOURCE_DIR) + "/tests/nccl_tests/all_reduce_one_nic.log"; }

TEST(Collective, ALogIsLaidBesideWhatIsExpected) {
  const std::string arguments = "collective all_reduce --cluster hgx-a100-80gb-4xhdr --nodes 2 --against " + log_of_one_nic();
  const auto text = orrery(arguments);
  ASSERT_EQ(text.exit, 0) << text.error;
  EXPECT_NE(text.out.find("# What would explain it"), std::string::npos) << text.out;
  const auto outcome = orrery(arguments + " --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const json result = json::parse(outcome.out)["result"];
  EXPECT_EQ(result["dtype"], "float") << "as the log says";
  ASSERT_EQ(result["rows"].size(), 7U);
  EXPECT_EQ(result["rows"][6]["bytes"], std::int64_t{4} << 30);
  EXPECT_EQ(result["rows"][6]["measured_seconds"], 0.3356);
  // 86 GB/s are normal there (nccl#1048); 24 are four times less.
  EXPECT_NEAR(result["rows"][6]["measured_seconds"].get<double>() / result["rows"][6]["seconds"].get<double>(), 4, 0.1);
  const json& suspects = result["against"]["suspects"];
  EXPECT_TRUE(suspects[0]["fault"].is_null());
  EXPECT_GT(suspects[0]["error"].get<double>(), 1);
  EXPECT_LT(suspects[1]["error"].get<double>(), 0.15);
  EXPECT_EQ(suspects[1]["error"], suspects[2]["error"]) << "a cable at a quarter of its rate is as slow as one NIC of four";
  EXPECT_EQ(suspects[2]["fault"], "a node sends by one NIC of its 4 alone (NCCL_IB_HCA?)");
}

TEST(Collective, AnNcclThatIsOlderThanTheGpusIsTold) {
  const std::string arguments = "collective all_reduce --sizes 1M --software megatron-lm-2021 --cluster ";
  EXPECT_NE(orrery(arguments + "dgx-h100").out.find("# Note: NCCL 2.8 knew no H100"), std::string::npos);
  EXPECT_EQ(orrery(arguments + "dgx-a100-80gb").out.find("knew no"), std::string::npos);
}

TEST(Collective, NobodySpeaksOfRingsWhereThereIsNone) {
  const auto outcome = orrery("collective all_to_all --cluster dgx-a100-80gb --nodes 4 --sizes 1G");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(outcome.out.find("ring"), std::string::npos) << outcome.out;
}

TEST(Collective, AMatrixThatSendsNothingIsRefused) {
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "kept.csv") << "1e9,0\n0,1e9\n";
  const auto outcome = orrery("collective all_to_all --cluster dgx-a100-80gb --gpus 2 --matrix kept.csv", folder.path());
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_NE(outcome.error.find("--matrix: sends nothing from one rank to another"), std::string::npos) << outcome.error;
}

/// The same log with every time a tenth of what it was, of another NCCL, with results that came out wrong and no size from 1 MiB on.
TEST(Collective, ALogThatIsFasterIsExplainedByNoFault) {
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "fast.log")
      << "NCCL version 2.18.3\n#       size         count      type   redop    root     time   algbw   busbw #wrong\n"
         "      524288        131072     float     sum      -1     9.61   54.56  102.29      7\n";
  const auto text = orrery("collective all_reduce --cluster hgx-a100-80gb-4xhdr --nodes 2 --against fast.log", folder.path());
  ASSERT_EQ(text.exit, 0) << text.error;
  EXPECT_NE(text.out.find("# Mean error of all sizes, none of which reaches 1.05 MB: "), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("# That is faster than expected, which no fault explains: "), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find("one NIC"), std::string::npos) << text.out;
  EXPECT_NE(text.error.find("fast.log:1: measured with NCCL 2.18, expected of 2.28"), std::string::npos) << text.error;
  EXPECT_NE(text.error.find("fast.log:3: 7 elements came out wrong"), std::string::npos) << text.error;
}

struct Slip {
  std::string arguments;
  int exit;
  std::vector<std::string> told;
};

TEST(Collective, AlgorithmsOfTheLiteratureTakeNcclsPlace) {
  // 128 ranks of one MiB: 14 hops of halving and doubling beat 254 of a ring.
  const std::string machine = "all_reduce --cluster dgx-a100-80gb --nodes 16 --sizes 1M --calibration none --proto simple --algo ";
  const json halving = collective_rows_of(machine + "recursive_halving_doubling");
  const json ring = collective_rows_of(machine + "ring");
  ASSERT_EQ(halving.size() + ring.size(), 2U);
  EXPECT_EQ(halving[0]["algorithm"], "recursive_halving_doubling");
  EXPECT_EQ(halving[0]["protocol"], "Simple");
  EXPECT_EQ(halving[0]["channels"], 105) << "7 blocks for each of 15 channels: 108 multiprocessors hold no more";
  EXPECT_LT(5 * halving[0]["seconds"].get<double>(), ring[0]["seconds"].get<double>());
  const auto outcome = orrery("collective all_reduce --cluster dgx-a100-80gb --sizes 1M --algo recursive_halving_doubling");
  EXPECT_NE(outcome.out.find("                  algorithm  protocol"), std::string::npos) << "the column is as wide as the name\n"
                                                                                          << outcome.out;
}

TEST(Collective, PlaysAFileOfMsccls) {
  const std::string file = std::string(ORRERY_SOURCE_DIR) + "/tests/msccl/all_pairs.xml";
  const json rows = collective_rows_of("all_reduce --cluster dgx-a100-80gb --gpus 4 --sizes 64K --algo " + file);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["algorithm"], "all_pairs");
  EXPECT_EQ(rows[0]["protocol"], "LL");
  EXPECT_EQ(rows[0]["channels"], 3);
  EXPECT_EQ(orrery("collective all_reduce --cluster dgx-a100-80gb --algo " + file).error,
            "orrery: all_pairs: is for 4 GPUs, here are 8; take as many nodes and GPUs of each as it is for\n");
  EXPECT_EQ(orrery("collective all_gather --cluster dgx-a100-80gb --gpus 4 --algo " + file).error,
            "orrery: all_pairs: does all_reduce, not all_gather; ask for all_reduce\n");
}

TEST(Collective, TakesAMatrixOfUnequalParts) {
  // Each of 4 GPUs sends 24 MB to the next: 8.4 + 3.4 us and 240 GB/s.
  const ::orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "shift.csv") << "0,24e6,0,0\n0,0,24e6,0\n0,0,0,24e6\n24e6,0,0,0\n";
  const std::string arguments = "collective all_to_all --cluster dgx-a100-80gb --gpus 4 --calibration none --matrix shift.csv";
  const auto outcome = orrery(arguments + " --json", folder.path());
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const json rows = json::parse(outcome.out)["result"]["rows"];
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["algorithm"], "matrix shift.csv");
  EXPECT_EQ(rows[0]["bytes"], 24'000'000) << "of the fullest sender";
  EXPECT_NEAR(rows[0]["seconds"], 111.8e-6, 1e-9);
  const auto text = orrery(arguments, folder.path());
  EXPECT_NE(text.out.find("matrix shift.csv"), std::string::npos) << text.out;
  EXPECT_EQ(orrery("collective all_to_all --cluster dgx-a100-80gb --matrix shift.csv", folder.path()).error,
            "orrery: matrix shift.csv: is of 4 ranks, here are 8; take as many nodes and GPUs of each as it is of\n");
  std::ofstream(folder.path() / "oblong.csv") << "1,2,3\n4,5\n";
  EXPECT_EQ(orrery("collective all_to_all --cluster dgx-a100-80gb --matrix oblong.csv", folder.path()).error,
            "orrery: oblong.csv:2: has 2 columns, the first row has 3; write a row a sender and a column a receiver, in bytes, without a "
            "heading\n");
}

TEST(Collective, AnImbalanceDelaysAnAllToAll) {
  const std::string machine = "all_to_all --cluster dgx-a100-80gb --nodes 2 --sizes 1M,1G";
  const json even = collective_rows_of(machine);
  const json skewed = collective_rows_of(machine + " --imbalance 2");
  ASSERT_EQ(even.size() + skewed.size(), 4U);
  EXPECT_EQ(skewed[1]["algorithm"], "imbalance 2");
  EXPECT_EQ(skewed[1]["bytes"], even[1]["bytes"]);
  EXPECT_NEAR(skewed[1]["seconds"].get<double>() / even[1]["seconds"].get<double>(), 2, 0.01) << "a NIC receives twice as much";
  EXPECT_NEAR(collective_rows_of(machine + " --imbalance 1")[1]["seconds"].get<double>() / even[1]["seconds"].get<double>(), 1, 0.05);
}

TEST(Collective, SlicesAreOfRings) {
  const json rows = collective_rows_of("all_reduce --cluster dgx-h100 --sizes 1G --slices --calibration none");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["algorithm"], "ring in slices") << "though NCCL would take NVLS";
  EXPECT_EQ(orrery("collective all_reduce --cluster dgx-h100 --sizes 1G --slices --calibration none --algo nvls").error,
            "orrery: slices: are of rings, and NCCL would do this by nvls; let it choose among rings alone, or leave slices out\n");
}

TEST(Collective, SlipsAreToldWithPlaceFaultAndRemedy) {
  const std::string a100 = " --cluster dgx-a100-80gb";
  const std::vector<Slip> slips = {
      {"all_reduc" + a100, 2, {"\"all_reduc\" is no collective", "did you mean \"all_reduce\"?"}},
      {"all_reduce --cluster dgx-a100-80bg", 2, {"dgx-a100-80bg", "did you mean \"dgx-a100-80gb\"?"}},
      {"all_reduce", 2, {"--cluster is required"}},
      {"all_reduce" + a100 + " --sizes 0", 2, {"--sizes: ", "\"0\" is no size", "8, 4K, 1M or 8G"}},
      {"all_reduce" + a100 + " --sizes 1M,big", 2, {"--sizes: ", "\"big\" is no size"}},
      {"all_reduce" + a100 + " --min 4KB", 2, {"--min: ", "\"4KB\" is no size"}},
      {"all_reduce" + a100 + " --max -8", 2, {"--max: ", "\"-8\" is no size"}},
      {"all_reduce" + a100 + " --sizes 1025T", 2, {"--sizes: ", "more than a petabyte"}},
      {"all_reduce" + a100 + " --sizes 99999999999999999999", 2, {"--sizes: ", "is no size"}},
      {"all_reduce" + a100 + " --min 1M --max 8", 2, {"--max: ", "8 is less than --min 1M"}},
      {"all_reduce" + a100 + " --sizes 8 --max 8", 2, {"--sizes"}},
      {"barrier" + a100 + " --sizes 8", 2, {"a barrier has no size"}},
      {"all_reduce --cluster mt-nlg-530b --nodes 281", 2, {"--nodes: ", "281 nodes are asked for", "write 280 at most"}},
      {"all_reduce" + a100 + " --nodes 0", 2, {"--nodes: ", "\"0\" is no number of nodes", "2..64*2"}},
      {"all_reduce" + a100 + " --nodes 2..64", 2, {"--nodes: ", "2..64*2"}},
      {"all_reduce" + a100 + " --nodes 2..64*1", 2, {"--nodes: ", "2..64*2"}},
      {"all_reduce" + a100 + " --nodes 1000000", 2, {"--nodes: ", "do not fit"}},
      {"all_reduce" + a100 + " --gpus 9", 2, {"--gpus: ", "write 1 to 8"}},
      {"all_reduce" + a100 + " --dtype halff", 2, {"--dtype: ", "did you mean \"half\"?"}},
      {"all_reduce" + a100 + " --aggregate 8192 --sizes 1024T", 2, {"a group of 8192 calls: ", "more than a petabyte", "take fewer calls"}},
      {"all_reduce" + a100 + " --algo rings", 2, {"--algo: ", "did you mean ring?"}},
      {"all_reduce" + a100 + " --algo brucks", 2, {"--algo: ", "did you mean bruck?"}},
      {"all_reduce" + a100 + " --algo ring,bruck",
       2,
       {"--algo: \"bruck\" is unknown", "alone may stand recursive_halving_doubling, bruck, "}},
      {"all_reduce" + a100 + " --algo bruck", 6, {"bruck has no all_reduce"}},
      {"send_receive" + a100 + " --algo direct", 6, {"direct: has no send_receive"}},
      {"all_reduce" + a100 + " --algo direct --slices", 2, {"--slices: ", "leave --algo out"}},
      {"all_reduce" + a100 + " --algo direct --proto ^ll", 2, {"--proto: ", "leaves 2 protocols", "write ll, ll128 or simple"}},
      {"all_reduce" + a100 + " --algo direct --cross-nic off", 2, {"--cross-nic: is of NCCL's rings", "leave it or --algo out"}},
      {"all_reduce" + a100 + " --dtype f8e4m3", 6, {"NCCL adds up fp8 on GPUs of compute capability 9.0"}},
      {"all_reduce" + a100 + " --algo nowhere.xml", 2, {"nowhere.xml: no such file"}},
      {"all_reduce" + a100 + " --algo a.xml --proto ll", 2, {"--proto: ", "leave --proto out"}},
      {"all_reduce" + a100 + " --proto ll127", 2, {"--proto: ", "did you mean ll128?"}},
      {"all_to_all" + a100 + " --pxn maybe", 2, {"--pxn: ", "maybe"}},
      {"all_reduce" + a100 + " --imbalance 2", 2, {"--imbalance: ", "is of all_to_all, not of all_reduce", "ask for all_to_all"}},
      {"all_reduce" + a100 + " --matrix nowhere.csv", 2, {"--matrix: ", "is of all_to_all, not of all_reduce"}},
      {"send_receive" + a100 + " --imbalance 2", 2, {"--imbalance: ", "not of send_receive"}},
      {"all_to_all" + a100 + " --matrix nowhere.csv", 2, {"nowhere.csv: no such file"}},
      {"all_to_all" + a100 + " --matrix nowhere.csv --imbalance 2", 2, {"--imbalance: ", "leave --imbalance or --matrix out"}},
      {"all_to_all" + a100 + " --matrix nowhere.csv --max 1G", 2, {"--matrix: ", "leave --sizes, --min, --max and --against out"}},
      {"all_to_all" + a100 + " --imbalance 0.5", 2, {"--imbalance: ", "\"0.5\" is no number from 1 on", "e.g. 1.5"}},
      {"all_to_all" + a100 + " --imbalance nan", 2, {"--imbalance: ", "\"nan\" is no number from 1 on"}},
      {"all_to_all" + a100 + " --imbalance 2x", 2, {"--imbalance: ", "\"2x\" is no number from 1 on"}},
      {"all_to_all" + a100 + " --imbalance 8.5", 2, {"imbalance: ", "8.5 times the mean", "write 1 to 8"}},
      {"all_to_all" + a100 + " --imbalance 2 --algo direct", 2, {"--imbalance: ", "leave --algo, --proto and --slices out"}},
      {"all_reduce" + a100 + " --algo nvls", 6, {"no algorithm is left for all_reduce"}},
      {"all_gather" + a100 + " --nodes 2 --algo tree", 6, {"no algorithm is left for all_gather"}},
      {"all_reduce" + a100 + " --calibration a100", 2, {"--calibration: ", "there is no preset \"a100\""}},
      {"all_reduce --cluster dgx-h100 --calibration a100-sxm-80gb", 2, {"--calibration: ", "H100-SXM5-80GB"}},
      {"all_reduce" + a100 + " --software megatron", 2, {"--software: ", "there is no preset \"megatron\""}},
      {"all_reduce" + a100 + " --against nowhere.log", 2, {"nowhere.log"}},
      {"all_reduce" + a100 + " --against " + ORRERY_SOURCE_DIR + "/README.md", 2, {"README.md:1: ", "no heading of nccl-tests"}},
      {"all_reduce" + a100 + " --sizes 8 --against " + log_of_one_nic(), 2, {"--against: ", "leave --sizes"}},
      {"all_reduce" + a100 + " --nodes 1..2*2 --against " + log_of_one_nic(), 2, {"--nodes: ", "a log is of one machine"}},
      {"all_to_all" + a100 + " --matrix nowhere.csv --against " + log_of_one_nic(), 2, {"--matrix: ", "and --against out"}},
      {"all_reduce" + a100 + " --nodes 1 --against " + log_of_one_nic(), 2, {".log:20: lists 16 ranks, here are 8", "make 16"}},
      {"all_reduce" + a100 + " --nodes 1 --gpus 1 --against " + log_of_one_nic(), 2, {".log:20: lists 16 ranks, here are 1"}},
      {"all_gather" + a100 + " --nodes 2 --against " + log_of_one_nic(), 2, {".log:26: busbw is 1.87 times algbw; all_gather"}},
      {"all_reduce" + a100 + " --nodes 2 --aggregate 4 --against " + log_of_one_nic(), 2, {".log:2: 1 calls are", "--aggregate 1"}},
      {"barrier" + a100 + " --against " + log_of_one_nic(), 2, {"--against: ", "nccl-tests measures no barrier"}},
      {"all_reduce" + a100 + " --engine packet", 6, {"not built yet"}}};
  for (const Slip& slip : slips) {
    const auto outcome = orrery("collective " + slip.arguments);
    EXPECT_EQ(outcome.exit, slip.exit) << slip.arguments << "\n" << outcome.error;
    EXPECT_EQ(outcome.out, "") << slip.arguments;
    for (const std::string& words : slip.told)
      EXPECT_NE(outcome.error.find(words), std::string::npos) << slip.arguments << "\n" << outcome.error;
  }
}

TEST(Collective, AnotherAlgorithmsProtocolIsThatOfItsOperation) {
  const std::string machine = " --cluster dgx-a100-80gb --sizes 1M --algo direct --proto ";
  EXPECT_EQ(collective_rows_of("all_reduce" + machine + "allreduce:ll")[0]["protocol"], "LL");
  const auto of_another = orrery("collective all_gather" + machine + "allreduce:ll");
  EXPECT_NE(of_another.exit, 0);
  EXPECT_NE(of_another.error.find("leaves 3 protocols"), std::string::npos) << of_another.error;
}

TEST(Collective, SaysWhatChangesNothingAndWhatWasNotMeasured) {
  const std::string machine = " --cluster dgx-a100-80gb --nodes 2 --sizes 1M";
  EXPECT_NE(orrery("collective all_reduce --pxn off" + machine).error.find("--pxn is of messages"), std::string::npos);
  EXPECT_EQ(orrery("collective all_to_all --pxn off" + machine).error.find("--pxn"), std::string::npos);
  EXPECT_NE(orrery("collective all_to_all --cross-nic off" + machine).error.find("--cross-nic is of rings"), std::string::npos);
  EXPECT_EQ(orrery("collective all_reduce --cross-nic off" + machine).error.find("--cross-nic"), std::string::npos);
  const auto ring = orrery("collective all_reduce" + machine);
  EXPECT_NE(ring.out.find("between nodes the times are NCCL's own estimates"), std::string::npos) << ring.out;
  const auto direct = orrery("collective all_reduce --algo direct" + machine);
  EXPECT_EQ(direct.out.find("NCCL's own estimates"), std::string::npos) << direct.out;
  EXPECT_NE(direct.out.find("nothing of this way was measured"), std::string::npos) << direct.out;
}

TEST(Collective, AFileMayEndInCapitals) {
  const auto missing = orrery("collective all_reduce --cluster dgx-a100-80gb --sizes 1M --algo nowhere.XML");
  EXPECT_NE(missing.exit, 0);
  EXPECT_EQ(missing.error.find("NCCL"), std::string::npos) << missing.error << " is not one of NCCL's algorithms";
}

}  // namespace
}  // namespace orrery::cli
