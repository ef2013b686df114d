// orrery calibrate: what it says, what it writes, and that what it writes can be used.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/process.h"
#include "tests/temporary_folder.h"

namespace orrery::cli {
namespace {

using test::orrery;

class Calibrate : public testing::Test {
 protected:
  /// All-reduces of 2 and 8 GPUs, from 1 KiB to 256 MiB, that take 20 us and the time of their bytes at 150 GB/s.
  Calibrate() {
    std::ofstream table(folder_.path() / "table.csv");
    table << "op_name,nccl_dtype,num_gpus,message_size,latency\n";
    for (const int gpus : {2, 8}) {
      for (long elements = 512; elements <= 1L << 27; elements *= 2) {
        table << "all_reduce,half," << gpus << "," << elements << "," << 0.02 + 2.0 * static_cast<double>(elements) / 150e6 << "\n";
      }
    }
  }
  test::Outcome run(const std::string& arguments) const { return orrery("calibrate collectives " + arguments, folder_.path()); }
  std::filesystem::path written() const { return folder_.path() / "calibrations" / "mine.json"; }

  orrery::test::TemporaryFolder folder_;
};

TEST_F(Calibrate, ADryRunWritesNothing) {
  const test::Outcome outcome = run("table.csv --name mine --dry-run");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "38 collectives and 0 messages on up to 8 GPUs of dgx-a100-80gb; would write calibrations/mine.json\n");
  EXPECT_FALSE(std::filesystem::exists(written()));
}

TEST_F(Calibrate, WhatItWritesCanBeUsed) {
  const test::Outcome outcome = run("table.csv --name mine");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_NE(outcome.out.find("ring, from 128 MB"), std::string::npos) << outcome.out;
  const std::string text = test::text_of(written());
  EXPECT_NE(text.find("\"name\": \"mine\""), std::string::npos);
  EXPECT_NE(text.find("table.csv, 38 rows; NCCL 2.28 on dgx-a100-80gb, from a100-sxm-80gb"), std::string::npos) << text;
  const std::string with = test::small_run() + " --set calibration=mine --json";
  const test::Outcome used = orrery("run " + with, folder_.path());
  EXPECT_EQ(used.exit, 0) << used.error;
  EXPECT_NE(used.out, orrery("run " + test::small_run() + " --json", folder_.path()).out) << "collectives take other times";
}

TEST_F(Calibrate, MistakesAreToldWithTheirPlace) {
  std::ofstream(folder_.path() / "torn.csv") << "op_name,nccl_dtype,num_gpus,message_size\nall_reduce,half,2,512\n";
  const test::Outcome torn = run("torn.csv --name mine");
  EXPECT_EQ(torn.exit, 2);
  EXPECT_NE(torn.error.find("torn.csv"), std::string::npos) << torn.error;
  EXPECT_NE(torn.error.find("latency"), std::string::npos) << torn.error;
  EXPECT_EQ(run("nowhere.csv --name mine").exit, 2);
  EXPECT_EQ(run("table.csv --name mine --node no-such-node").exit, 2);
  EXPECT_EQ(run("table.csv --name mine --node dgx-h100").exit, 2);
  EXPECT_EQ(run("table.csv").exit, 2) << "a calibration has a name";
  EXPECT_EQ(run("table.csv --name ''").exit, 2);
  EXPECT_FALSE(std::filesystem::exists(written()));
}

// ---- kernels

class CalibrateKernelsCommand : public testing::Test {
 protected:
  /// Copies of 0.5 to 512 MiB of a device with 1,000 GB/s and 5 us a launch.
  CalibrateKernelsCommand() {
    std::ofstream table(folder_.path() / "own.csv");
    table << "kernel,type,a,b,c,d,microseconds\n";
    for (long elements = 1L << 18; elements <= 1L << 28; elements *= 2) {
      const double bytes = 2.0 * static_cast<double>(elements);
      table << "elementwise,bf16," << elements << ",1,1,," << 5 + 2 * bytes / 1e6 << "\n";
    }
  }
  test::Outcome run(const std::string& arguments) const { return orrery("calibrate kernels " + arguments, folder_.path()); }
  std::filesystem::path written(const std::string& name = "mine") const { return folder_.path() / "calibrations" / (name + ".json"); }

  orrery::test::TemporaryFolder folder_;
};

TEST_F(CalibrateKernelsCommand, ADryRunSaysWhatItWouldDoAndWritesNothing) {
  const test::Outcome outcome = run("--samples own.csv --name mine --dry-run --most 9");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_EQ(outcome.out,
            "memory: 11 rows of own.csv, 9 fitted to\n"
            "from a100-sxm-80gb (A100-SXM4-80GB) for dgx-a100-80gb; would write calibrations/mine.json\n");
  EXPECT_FALSE(std::filesystem::exists(written()));
}

TEST_F(CalibrateKernelsCommand, FindsTheBandwidthThatMadeTheSamples) {
  const test::Outcome outcome = run("--samples own.csv --name mine");
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  EXPECT_NE(outcome.out.find("elementwise, from 16 MB"), std::string::npos) << outcome.out;
  const nlohmann::json calibration = nlohmann::json::parse(test::text_of(written()));
  EXPECT_EQ(calibration["name"], "mine");
  EXPECT_EQ(calibration["memory"]["provenance"]["source"], "own.csv, 11 rows; from a100-sxm-80gb");
  EXPECT_NEAR(std::stod(calibration["memory"]["stream_bandwidth"].get<std::string>()), 1.0, 0.01) << "TB/s";
  EXPECT_EQ(calibration["memory"]["row_bandwidth"], "1.345 TB/s") << "a100-sxm-80gb's: no row tells of it";
  EXPECT_NEAR(std::stod(calibration["memory"]["launch"].get<std::string>()), 5.0, 0.1) << "us";
  EXPECT_EQ(orrery("run " + test::small_run() + " --set calibration=mine --json", folder_.path()).exit, 0);
}

TEST_F(CalibrateKernelsCommand, AnotherNodesGpuHasTheRestCarried) {
  EXPECT_EQ(run("--samples own.csv --name mine --node dgx-h100 -o h.json --evaluations 20").exit, 0);
  const nlohmann::json calibration = nlohmann::json::parse(test::text_of(folder_.path() / "h.json"));
  EXPECT_EQ(calibration["device"], "H100-SXM5-80GB");
  EXPECT_EQ(calibration["carried_from"], "A100-SXM4-80GB");
  EXPECT_EQ(calibration["other_chip"], true) << "products and attention are not measured";
}

TEST_F(CalibrateKernelsCommand, MistakesAreToldWithTheirPlace) {
  const test::Outcome none = run("--name mine");
  EXPECT_EQ(none.exit, 2);
  EXPECT_NE(none.error.find("there is no table to fit to; name one with --gemm"), std::string::npos) << none.error;
  EXPECT_EQ(run("--samples own.csv").exit, 2) << "a calibration has a name";
  const test::Outcome torn = run("--gemm own.csv --name mine");
  EXPECT_EQ(torn.exit, 2);
  EXPECT_NE(torn.error.find("own.csv:2: has no column \"gemm_dtype\""), std::string::npos) << torn.error;
  EXPECT_EQ(run("--samples nowhere.csv --name mine").exit, 2);
  EXPECT_EQ(run("--samples own.csv --name mine --node no-such-node").exit, 2);
  EXPECT_EQ(run("--samples own.csv --name mine --from no-such").exit, 2);
  EXPECT_EQ(run("--samples own.csv --name mine --most 0").exit, 2);
  for (const char* flag : {"", " --dry-run"}) {
    const test::Outcome few = run(std::string("--samples own.csv --name mine --most 8") + flag);
    EXPECT_EQ(few.exit, 2);
    EXPECT_NE(few.error.find("rows of memory: too few to fit to: 8 different, not 9"), std::string::npos) << few.error;
  }
  for (const char* name : {"''", "../mine", ".mine", "a/b"}) {
    const test::Outcome nameless = run(std::string("--samples own.csv --name ") + name);
    EXPECT_EQ(nameless.exit, 2);
    EXPECT_NE(nameless.error.find("is no name of a calibration"), std::string::npos) << nameless.error;
  }
  EXPECT_FALSE(std::filesystem::exists(written()));
}

/// "250.1 TFLOP/s" and "3 us": the number.
double number_of(const nlohmann::json& quantity) {
  return quantity.is_string() ? std::stod(quantity.get<std::string>()) : quantity.get<double>();
}

TEST_F(CalibrateKernelsCommand, TheCommittedCalibrationComesOutOfItsTables) {
  const char* data = std::getenv("ORRERY_DATA");
  if (data == nullptr) GTEST_SKIP() << "ORRERY_DATA is not set: no measured kernels";
  const std::string tables = std::string(data) + "/kernels/";
  std::string arguments = "--gemm " + tables + "a100_sxm/gemm/sglang/0.5.9/gemm_perf.csv.gz --attention " + tables +
                          "a100_sxm/attention/sglang/0.5.9/context_attention_perf.csv.gz --name mine";
  for (const char* model : {"CodeLlama-34b-Instruct-hf", "Llama-2-70b-hf", "Llama-2-7b-hf", "Meta-Llama-3-70B", "Meta-Llama-3-8B",
                            "Qwen-72B", "internlm-20b", "phi-2"}) {
    arguments += " --layers " + tables + "vidur/a100_mlp_" + model + ".csv.gz";
  }
  const test::Outcome outcome = run(arguments);
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const nlohmann::json again = nlohmann::json::parse(test::text_of(written()));
  const nlohmann::json committed = nlohmann::json::parse(
      test::text_of(std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios/calibrations/a100-sxm-80gb.json"), nullptr, true, true);
  // To 1 %, but for the tiles of 128 x 128 and 64 x 64, which hardly any product takes.
  for (std::size_t i = 0; i < again["gemm"]["tiles"].size(); ++i) {
    const double rate = number_of(committed["gemm"]["tiles"][i]["rate"]);
    EXPECT_NEAR(number_of(again["gemm"]["tiles"][i]["rate"]) / rate, 1, i == 1 || i == 4 ? 0.1 : 0.01) << i;
  }
  const std::map<std::string, std::vector<std::string>> constants = {
      {"gemm", {"partial_wave_floor", "memory_bandwidth", "write_bandwidth", "store_bandwidth", "overlap", "launch", "split_overhead"}},
      {"attention", {"rate", "strip_overhead", "tail", "launch"}},
      {"memory", {"stream_bandwidth", "row_bandwidth", "launch"}}};
  for (const auto& [family, names] : constants) {
    for (const std::string& name : names)
      EXPECT_NEAR(number_of(again[family][name]) / number_of(committed[family][name]), 1, 0.01) << family << "." << name;
  }
}

}  // namespace
}  // namespace orrery::cli
