// Published runs beside predictions, a function a figure: the table at the end of specs/training.md (sources stand with each row). One
// calibration, the two Megatron stacks; every machine is DGX A100 with radix-40 HDR switches.
//
// Throughput figures of SC'21 count recomputation and are remembered from its Table 1; Korthikanti's seconds are verified.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/process.h"
#include "tests/committed.h"

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

struct Row {
  Layout layout;
  std::string software;
  std::string more;      // further overrides
  std::string measured;  // key of the result
  double value;
};

// In time: positive where the prediction is too slow.
double error_of(const Row& row) {
  const double value = predicted(row.layout, row.software, row.more)[row.measured].get<double>();
  return row.measured == "iteration_seconds" ? value / row.value - 1 : row.value / value - 1;
}

const std::string lm2021 = "megatron-lm-2021";
const std::string lm2022 = "megatron-lm-2022";
const std::string tflops = "hardware_tflops_per_gpu";
const std::string seconds = "iteration_seconds";
const std::string sequence_and_selective = " --set workload.parallelism.sequence=true --set workload.recompute=selective";

// Narayanan et al., SC'21, arXiv 2104.04473, Table 1.
const Row gpt_1_7b{{"gpt-1.7b", 1, 1, 32, 16, 1, 512}, lm2021, "", tflops, 137};
const Row gpt_3_6b{{"gpt-3.6b", 2, 1, 32, 16, 1, 512}, lm2021, "", tflops, 138};
const Row gpt_18_4b{{"gpt-18.4b", 8, 1, 32, 8, 1, 1024}, lm2021, "", tflops, 135};
const Row gpt_39_1b{{"gpt-39.1b", 8, 2, 32, 4, 1, 1536}, lm2021, "", tflops, 138};
const Row gpt_145_6b{{"gpt-145.6b", 8, 8, 24, 2, 2, 2304}, lm2021, "", tflops, 148};
const Row gpt_529_6b{{"gpt-529.6b", 8, 35, 9, 1, 3, 2520}, lm2021, "", tflops, 163};
// Smith et al., arXiv 2201.11990, section 3.
const Row mt_nlg{{"mt-nlg-530b", 8, 35, 8, 1, 1, 1920}, lm2021, "", seconds, 60.1};
// Korthikanti et al., arXiv 2205.05198, Table 5.
const Row full_22b{{"gpt-22b", 8, 1, 1, 4, 1, 4}, lm2022, "", seconds, 1.42};
const Row selective_22b{{"gpt-22b", 8, 1, 1, 4, 1, 4}, lm2022, sequence_and_selective, seconds, 1.10};
const Row full_530b{{"mt-nlg-530b", 8, 35, 1, 1, 3, 280}, lm2022, "", seconds, 49.05};
const Row selective_530b{{"mt-nlg-530b", 8, 35, 1, 1, 3, 280}, lm2022, sequence_and_selective, seconds, 37.83};

constexpr double near = 0.15;
constexpr double nearer = 0.10;

TEST(Published, Gpt1_7B) { EXPECT_LT(std::abs(error_of(gpt_1_7b)), near); }
TEST(Published, Gpt3_6B) { EXPECT_LT(std::abs(error_of(gpt_3_6b)), near); }
TEST(Published, Gpt18_4B) { EXPECT_LT(std::abs(error_of(gpt_18_4b)), near); }
TEST(Published, Gpt39_1B) { EXPECT_LT(std::abs(error_of(gpt_39_1b)), near); }
TEST(Published, Gpt145_6B) { EXPECT_LT(std::abs(error_of(gpt_145_6b)), near); }
TEST(Published, Gpt529_6B) { EXPECT_LT(std::abs(error_of(gpt_529_6b)), near); }
TEST(Published, MtNlg530BOn280Nodes) { EXPECT_LT(std::abs(error_of(mt_nlg)), nearer); }
TEST(Published, Gpt22BFullRecomputation) { EXPECT_LT(std::abs(error_of(full_22b)), near); }
TEST(Published, Gpt22BSequenceAndSelective) { EXPECT_LT(std::abs(error_of(selective_22b)), near); }
TEST(Published, Gpt530BFullRecomputation) { EXPECT_LT(std::abs(error_of(full_530b)), near); }
TEST(Published, Gpt530BSequenceAndSelective) { EXPECT_LT(std::abs(error_of(selective_530b)), near); }

// What a stack says of its error (scenarios/software) is what its rows give, to the digits stated.
void expect_stated_error(const std::string& software, const std::vector<Row>& rows) {
  double sum = 0;
  for (const Row& row : rows) sum += std::abs(error_of(row));
  const auto stated = committed::software(software).validated;
  ASSERT_TRUE(stated);
  EXPECT_EQ(stated->rows, std::ssize(rows));
  EXPECT_NEAR(sum / static_cast<double>(rows.size()), stated->mape, 0.0006);
}

TEST(Published, Megatron2021StatesItsError) {
  expect_stated_error(lm2021, {gpt_1_7b, gpt_3_6b, gpt_18_4b, gpt_39_1b, gpt_145_6b, gpt_529_6b, mt_nlg});
}
TEST(Published, Megatron2022StatesItsError) { expect_stated_error(lm2022, {full_22b, selective_22b, full_530b, selective_530b}); }

}  // namespace
}  // namespace orrery::published
