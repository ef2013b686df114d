#include "workloads/fit_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "tests/committed.h"
#include "workloads/import_kernel_tables.h"

namespace orrery::workloads {
namespace {

using sim::operator""_us;

TEST(FitNoise, IsTheRootMeanSquareOfWhatTheClockCanTell) {
  // 3 % and 4 %: the root of (9 + 16) / 2. The kernel of 10 us does not count.
  const NoiseCalibration noise = fit_noise({{100_us, 3_us}, {200_us, 8_us}, {10_us, 9_us}});
  EXPECT_NEAR(noise.kernels, std::sqrt(12.5) / 100, 1e-12);
  EXPECT_EQ(noise.provenance.residuals.at(0).rows, 2);
  EXPECT_EQ(noise.devices, 0);
}

TEST(FitNoise, TheCommittedOneIsWhatTheProfilesSay) {
  const char* data = std::getenv("ORRERY_DATA");
  if (data == nullptr) GTEST_SKIP() << "ORRERY_DATA is not set";
  std::vector<DeviationSample> rows;
  for (const char* model : {"CodeLlama-34b-Instruct-hf", "Llama-2-70b-hf", "Llama-2-7b-hf", "Meta-Llama-3-70B", "Meta-Llama-3-8B",
                            "Qwen-72B", "internlm-20b", "phi-2"}) {
    const auto more = import_vidur_deviations(std::string(data) + "/kernels/vidur/a100_mlp_" + model + ".csv.gz");
    rows.insert(rows.end(), more.begin(), more.end());
  }
  const NoiseCalibration found = fit_noise(rows);
  const NoiseCalibration stated = committed::a100().noise.value();
  EXPECT_EQ(std::round(found.kernels * 1e5), std::round(stated.kernels * 1e5)) << found.kernels;
  ASSERT_EQ(stated.provenance.residuals.size(), 1U);
  const Residual& residual = found.provenance.residuals[0];
  EXPECT_EQ(residual.rows, stated.provenance.residuals[0].rows);
  EXPECT_EQ(std::round(residual.median * 1000), std::round(stated.provenance.residuals[0].median * 1000)) << residual.median;
  EXPECT_EQ(std::round(residual.p90 * 1000), std::round(stated.provenance.residuals[0].p90 * 1000)) << residual.p90;
  EXPECT_EQ(std::round(residual.bias * 1000), std::round(stated.provenance.residuals[0].bias * 1000)) << residual.bias;
}

}  // namespace
}  // namespace orrery::workloads
