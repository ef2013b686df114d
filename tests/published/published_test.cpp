// Predictions beside measured runs: the data sets of scenarios/published, and, where ORRERY_DATA is set, those of scenarios/measured.
// Bounds are Calculon's published errors or tighter ones of ours.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/process.h"
#include "tests/committed.h"
#include "tests/temporary_folder.h"

namespace orrery::published {
namespace {

using nlohmann::json;

json validated(const std::string& name, int exit = 0) {
  const auto outcome = cli::test::orrery("validate " + name + " --json");
  EXPECT_EQ(outcome.exit, exit) << outcome.error;
  return json::parse(outcome.out);
}

/// Magnitudes of the rows' errors in time: a rate is too high where the time is too short.
std::map<std::string, double> errors_in_time(const json& document) {
  std::map<std::string, double> errors;
  for (const json& row : document["rows"]) {
    if (row["metric"] == "infeasible") continue;
    const double error = row["error"];
    errors[row["id"]] = std::abs(row["metric"] == "iteration_seconds" ? error : 1 / (1 + error) - 1);
  }
  return errors;
}

TEST(Published, Sc21) {
  const auto errors = errors_in_time(validated("sc21"));
  ASSERT_EQ(errors.size(), 6U);
  for (const auto& [row, error] : errors) EXPECT_LT(error, 0.06) << row;
}

TEST(Published, MtNlg530BOn280Nodes) { EXPECT_LT(errors_in_time(validated("mt-nlg")).at("280 nodes"), 0.03); }

TEST(Published, Korthikanti) {
  const auto errors = errors_in_time(validated("korthikanti"));
  ASSERT_EQ(errors.size(), 4U);
  for (const auto& [row, error] : errors) EXPECT_LT(error, 0.12) << row;
}

/// What a stack says of its error (scenarios/software) is what its rows give, to the digits stated.
void expect_stated_error(const std::string& software, const std::vector<json>& sets) {
  double sum = 0;
  int rows = 0;
  for (const json& set : sets) {
    for (const auto& [row, error] : errors_in_time(set)) {
      sum += error;
      ++rows;
    }
  }
  const auto stated = committed::software(software).validated;
  ASSERT_TRUE(stated);
  EXPECT_EQ(stated->rows, rows);
  EXPECT_NEAR(sum / rows, stated->mape, 0.0006);
}

TEST(Published, Megatron2022StatesItsError) { expect_stated_error("megatron-lm-2022", {validated("korthikanti")}); }

// ---- measured sets, whose tables do not come with Orrery

class Measured : public testing::Test {
 protected:
  void SetUp() override {
    if (!committed::measured_data()) GTEST_SKIP() << "ORRERY_DATA is unset: there are no tables of measured runs";
  }
};

void expect_better(const json& document, int rows, double mape) {
  EXPECT_EQ(document["summary"]["n"], rows);
  EXPECT_LT(document["summary"]["mape"].get<double>(), mape);
  for (const json& row : document["rows"]) EXPECT_FALSE(row["metric"] != "infeasible" && row["predicted"].is_null()) << row["id"];
}

TEST_F(Measured, ThePageInTheDocumentationIsTheOneThatIsPrinted) {
  const auto outcome = cli::test::orrery("validate --markdown");
  EXPECT_EQ(outcome.exit, 3) << "two of BLOOM's layouts that ran out of memory are found to fit: " << outcome.error;
  EXPECT_TRUE(outcome.out == cli::test::text_of(std::string(ORRERY_SOURCE_DIR) + "/docs/validation.md"))
      << "docs/validation.md is out of date: ./orrery validate --markdown > docs/validation.md";
}

// Calculon: 15.3 % and 38.9 %. What we have is nearer, and is not to be lost.
TEST_F(Measured, MultiNode) {
  const json document = validated("megatron-deepspeed-multi-node");
  expect_better(document, 52, 0.055);
  EXPECT_LT(document["summary"]["median"].get<double>(), 0.03);
  EXPECT_GT(document["summary"]["spearman"].get<double>(), 0.95);
}
TEST_F(Measured, SingleNode) { expect_better(validated("megatron-deepspeed-single-node"), 720, 0.06); }
TEST_F(Measured, FullyShardedDataParallel) { expect_better(validated("mosaic-fsdp-a100"), 85, 0.05); }

// No bound, for nothing of that chip was measured alone: what is to be known is that all rows run, 8 bits too, and how far they are.
TEST_F(Measured, FullyShardedDataParallelOnAChipWithoutATable) { expect_better(validated("mosaic-fsdp-h100"), 40, 0.25); }

TEST_F(Measured, BloomsLayouts) {
  // Two of the five layouts that ran out of memory there are found to fit: 100 layers of 12,288 on TP4 PP6 DP16. They have 2 % more weights
  // a GPU and less of all else than 72 layers of 14,336 on the same layout, which ran in 75 GB at micro-batch 4.
  const json document = validated("bloom-sweep", 3);
  expect_better(document, 46, 0.045);
  EXPECT_EQ(document["summary"]["infeasible"], (json{{"n", 5}, {"found", 3}}));
}

TEST_F(Measured, MemoryOfBloomsLayoutsIsWithinEightPercentButForOne) {
  const json document = validated("bloom-memory");
  expect_better(document, 28, 0.046);
  int beyond = 0;
  for (const json& row : document["rows"]) beyond += std::abs(row["error"].get<double>()) > 0.08 ? 1 : 0;
  EXPECT_EQ(beyond, 1);  // contradicts its neighbour: 65 GB with micro-batches of 2, 56 GB with 4
}

TEST_F(Measured, MegatronDeepspeedStatesItsError) {
  expect_stated_error("megatron-deepspeed-2022", {validated("bloom-sweep", 3), validated("mt-nlg")});
}
TEST_F(Measured, Megatron2021StatesItsError) {
  expect_stated_error("megatron-lm-2021", {validated("megatron-deepspeed-multi-node"), validated("sc21")});
}
TEST_F(Measured, MegatronsLayersStateTheirError) {
  expect_stated_error("megatron-layers-2023", {validated("megatron-deepspeed-single-node")});
}
TEST_F(Measured, FsdpStatesItsError) { expect_stated_error("fsdp-flash-2023", {validated("mosaic-fsdp-a100")}); }

// 58.53 s on 2,240 GPUs. By the list: GPUs draw 400, 350, 125 and 60 W, a host 1,200 W, PUE is 1.2; the network of 280 nodes on a fat-tree
// of 40-port switches has 2,240 adapters at 20 W, 328 switches at 250 W, 2,240 copper cables at 0.2 W, 4,480 optical ones at 9 W: 167,568
// W. A GPU runs kernels bound by arithmetic for 31.41 s, by memory for 4.22 s, and waits for 22.91 s (these three as played; the first is
// counted by hand below):
//     GPUs       31.41 x 400 + 4.22 x 350 + 22.91 x 125 = 16,905 J, x 2,240    = 37.87 MJ
//     hosts      280 x 1,200 W x 58.53 s                                       = 19.67 MJ
//     network    167,568 W x 58.53 s                                           =  9.81 MJ
//     building   0.2 x 67.35 MJ                                                = 13.47 MJ, in all 80.81 MJ
// Owned: 280 nodes at 150,000 USD and a network of 10.13 million (12.82 less 2.69 for adapters) over 5 years of 31,557,600 s, 5 % of their
// sum a year, 174 USD a month for each of 1,399.6 kW (2,240 x 400 + 280 x 1,200 + 167,568 W), 0.08 USD for each of 22.45 kWh:
//     58.53 s / 31,557,600 s x (42e6 / 5 + 10.13e6 / 5 + 0.05 x 52.13e6 + 12 x 174 x 1,399.6) + 1.796 = 31.39 USD
TEST(Published, EnergyAndMoneyOfMtNlgAreWhatAHandFinds) {
  const auto outcome = cli::test::orrery("run mt-nlg-530b --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const json result = json::parse(outcome.out)["result"];
  const json& seconds = result["energy"]["gpu_seconds"];
  EXPECT_NEAR(result["iteration_seconds"], 58.53, 0.01);
  EXPECT_NEAR(seconds["arithmetic"], 2240 * 31.41, 0.001 * 2240 * 31.41);
  EXPECT_NEAR(seconds["memory"], 2240 * 4.22, 0.005 * 2240 * 4.22);
  EXPECT_NEAR(seconds["waiting"], 2240 * 22.91, 0.001 * 2240 * 22.91);
  EXPECT_NEAR(result["energy_joules_per_iteration"], 80.81e6, 0.001 * 80.81e6);
  EXPECT_NEAR(result["cost_usd_per_iteration"], 31.39, 0.001 * 31.39);
  // A GPU has an eighth of each of three layers, 240 times. A product of m x n x k has m n / 32,768 tiles of 256 x 128, 108 at once, of
  // which a wave takes 2 x 32,768 x k x 108 / 249.8 TFLOP/s and 2.9 us for storing; a last wave filled to f counts 0.27 + 0.73 f; reading
  // and writing beside that adds 1 % to 2 %. In ms, forward, for the gradients of data, of weights:
  //     QKV  2,048 x 7,680 x 20,480      2.68  2.62  2.72        4h  2,048 x 10,240 x 20,480     3.47  3.49  3.62
  //     out  2,048 x 20,480 x 2,560      0.90  0.94  0.91        h   2,048 x 20,480 x 10,240     3.49  3.47  3.62
  // Forward twice: 2 x 10.54 + 10.52 + 10.87 = 42.47 ms; scores and their values, 16 heads of 160, take 0.157 and 0.160 ms, twice forward
  // and twice backward: 1.27 ms. 720 x 43.74 ms and 0.05 s of the head, which is on one rank of 35: 31.54 s.
  EXPECT_NEAR(seconds["arithmetic"].get<double>() / 2240, 31.54, 0.02 * 31.54);
  // Kernels are also what the breakdown says of the rank that ends last, but for launches: 61 us each of some 54,000 kernels, 3.3 s.
  const double kernels = (seconds["arithmetic"].get<double>() + seconds["memory"].get<double>()) / 2240;
  const double compute = result["breakdown_seconds"]["compute"].get<double>() + result["breakdown_seconds"]["optimizer"].get<double>();
  EXPECT_NEAR(compute - kernels, 3.3, 0.1);
}

// Luccioni et al. (arXiv 2211.02001): 433,196 kWh by the GPUs' limit and 256,646 kWh idle, over 1,082,990 GPU-hours: 637 W a GPU.
TEST(Published, PowerOfBloomIsWithin15PerCent) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "bloom.json") << R"({
    "orrery": 1, "cluster": { "node": "jean-zay-a100-80gb", "nodes": 48 },
    "workload": { "kind": "training", "model": "bloom-176b", "sequence_length": 2048, "global_batch": 2048, "micro_batch": 2,
      "precision": "bf16", "recompute": "full", "parallelism": { "tensor": 4, "pipeline": 12, "data": 8, "zero": 1 } },
    "software": "megatron-deepspeed-2022" })";
  const auto outcome = cli::test::orrery("run " + (folder.path() / "bloom.json").string() + " --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const json energy = json::parse(outcome.out)["result"]["energy"];
  EXPECT_NEAR(energy["watts_per_gpu_at_meter"], 637, 0.15 * 637);
}

json energy_of(const std::string& arguments) {
  const auto outcome = cli::test::orrery("run " + arguments + " --json");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  return json::parse(outcome.out)["result"]["energy"];
}

// Rows of docs/costs.md: 7.75 kW, 76 % of 10.2 kW, is what intensive jobs draw of a node (arXiv 2506.14551); docs/costs.md says 15 % more.
TEST(Published, PowerOfANodeOfH100IsAsDocumented) {
  const json energy = energy_of(
      "gpt3-175b --set cluster.node=dgx-h100 --set cluster.nodes=1 --set software=fsdp-flash-2023 --set workload.model=gpt-18.4b"
      " --set workload.precision=bf16 --set workload.parallelism.tensor=1 --set workload.parallelism.pipeline=1"
      " --set workload.parallelism.data=8 --set workload.parallelism.zero=3 --set workload.micro_batch=8 --set workload.global_batch=64");
  EXPECT_NEAR(energy["watts_per_gpu"], 667, 3);
  const double at_meter = energy["watts_per_gpu_at_meter"];
  EXPECT_NEAR(8 * at_meter / 1.2, 8900, 40) << "less the building's part";
}

// 0.413 kg a GPU-hour is 0.37 kg/kWh of 1,117 W; the model card says 11,390 t of 39.3 million GPU-hours, of GPUs alone.
TEST(Published, PowerOfLlama405BOnH100IsAsDocumented) {
  const json energy = energy_of("llama3-405b --set cluster.node=dgx-h100");
  EXPECT_NEAR(energy["watts_per_gpu"], 486, 3);
  EXPECT_NEAR(energy["watts_per_gpu_at_meter"], 1117, 5);
}

}  // namespace
}  // namespace orrery::published
