// Published runs beside predictions, a function a figure: the table at the end of specs/training.md (sources stand with each row). One
// calibration, the two Megatron stacks; every machine is DGX A100 with radix-40 HDR switches.
//
// Throughput figures of SC'21 count recomputation and are remembered from its Table 1; Korthikanti's seconds are verified.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/process.h"

namespace orrery::published {
namespace {

struct Layout {
  std::string model;
  int tensor;
  int pipeline;
  int data;
  int micro_batch;
  int interleave;
  int batch;
};

nlohmann::json predicted(const Layout& layout, const std::string& software, const std::string& more = "") {
  const auto set = [](const std::string& path, auto value) { return " --set " + path + "=" + std::to_string(value); };
  const auto outcome = cli::test::orrery(
      "run " + cli::test::example("mt-nlg-530b") + " --json --set software=" + software + " --set workload.model=" + layout.model +
      set("cluster.nodes", layout.tensor * layout.pipeline * layout.data / 8) + set("workload.parallelism.tensor", layout.tensor) +
      set("workload.parallelism.pipeline", layout.pipeline) + set("workload.parallelism.data", layout.data) +
      set("workload.parallelism.interleave", layout.interleave) + set("workload.micro_batch", layout.micro_batch) +
      set("workload.global_batch", layout.batch) + " --set workload.schedule=" + (layout.interleave > 1 ? "interleaved" : "1f1b") + more);
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  return nlohmann::json::parse(outcome.out)["result"];
}

void expect_tflops(const Layout& layout, double measured, double tolerance) {
  const double error = measured / predicted(layout, "megatron-lm-2021")["hardware_tflops_per_gpu"].get<double>() - 1;
  testing::Test::RecordProperty("error", std::to_string(error));
  EXPECT_LT(std::abs(error), tolerance) << error;
}

void expect_seconds(const Layout& layout, const std::string& software, const std::string& more, double measured, double tolerance) {
  const double error = predicted(layout, software, more)["iteration_seconds"].get<double>() / measured - 1;
  testing::Test::RecordProperty("error", std::to_string(error));
  EXPECT_LT(std::abs(error), tolerance) << error;
}

constexpr double near = 0.15;
constexpr double nearer = 0.10;
const std::string sequence_and_selective = " --set workload.parallelism.sequence=true --set workload.recompute=selective";

// Narayanan et al., SC'21, arXiv 2104.04473, Table 1.
TEST(Published, Gpt1_7B) { expect_tflops({"gpt-1.7b", 1, 1, 32, 16, 1, 512}, 137, near); }
TEST(Published, Gpt3_6B) { expect_tflops({"gpt-3.6b", 2, 1, 32, 16, 1, 512}, 138, near); }
TEST(Published, Gpt18_4B) { expect_tflops({"gpt-18.4b", 8, 1, 32, 8, 1, 1024}, 135, near); }
TEST(Published, Gpt39_1B) { expect_tflops({"gpt-39.1b", 8, 2, 32, 4, 1, 1536}, 138, near); }
TEST(Published, Gpt145_6B) { expect_tflops({"gpt-145.6b", 8, 8, 24, 2, 2, 2304}, 148, near); }
TEST(Published, Gpt529_6B) { expect_tflops({"gpt-529.6b", 8, 35, 9, 1, 3, 2520}, 163, near); }

// Smith et al., arXiv 2201.11990, section 3.
TEST(Published, MtNlg530BOn280Nodes) { expect_seconds({"mt-nlg-530b", 8, 35, 8, 1, 1, 1920}, "megatron-lm-2021", "", 60.1, nearer); }

// Korthikanti et al., arXiv 2205.05198, Table 5.
TEST(Published, Gpt22BFullRecomputation) { expect_seconds({"gpt-22b", 8, 1, 1, 4, 1, 4}, "megatron-lm-2022", "", 1.42, near); }
TEST(Published, Gpt22BSequenceAndSelective) {
  expect_seconds({"gpt-22b", 8, 1, 1, 4, 1, 4}, "megatron-lm-2022", sequence_and_selective, 1.10, near);
}
TEST(Published, Gpt530BFullRecomputation) { expect_seconds({"mt-nlg-530b", 8, 35, 1, 1, 3, 280}, "megatron-lm-2022", "", 49.05, near); }
TEST(Published, Gpt530BSequenceAndSelective) {
  expect_seconds({"mt-nlg-530b", 8, 35, 1, 1, 3, 280}, "megatron-lm-2022", sequence_and_selective, 37.83, near);
}

}  // namespace
}  // namespace orrery::published
