#include "workloads/fit_kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/committed.h"
#include "tests/workloads/measured_kernels.h"
#include "workloads/kernel_times.h"

namespace orrery::workloads {
namespace {

using sim::KernelKind;

void expect_as_stated(const std::vector<Residual>& found, const Provenance& stated) {
  ASSERT_EQ(found.size(), stated.residuals.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(found[i].rows_of);
    EXPECT_EQ(found[i].rows_of, stated.residuals[i].rows_of);
    EXPECT_EQ(found[i].rows, stated.residuals[i].rows);
    EXPECT_EQ(std::round(found[i].median * 1000), std::round(stated.residuals[i].median * 1000));
    EXPECT_EQ(std::round(found[i].p90 * 1000), std::round(stated.residuals[i].p90 * 1000));
    EXPECT_EQ(std::round(found[i].bias * 1000), std::round(stated.residuals[i].bias * 1000));
  }
}

TEST(FitConstants, FindsTheLeastOfAValleyInLogarithms) {
  const std::vector<double> best = fit_constants(
      {1.0, 1e-6}, [](const std::vector<double>& c) { return std::abs(std::log(c[0] / 3)) + std::abs(std::log(c[1] / 2e-6)); });
  EXPECT_NEAR(best[0], 3, 1e-3);
  EXPECT_NEAR(best[1], 2e-6, 1e-9);
}

TEST(FitConstants, ResidualsAreQuantilesOfTheRows) {
  // Errors -0.2 -0.1 0 0.1 0.4: sizes 0 0.1 0.1 0.2 0.4; median 0.1, the 90th percentile at index 3.6 is 0.2 + 0.6 * 0.2, bias
  // 0.
  const Residual residual = residual_of("five", {1.4, 0.9, 1.0, 1.1, 0.8});
  EXPECT_NEAR(residual.median, 0.1, 1e-12);
  EXPECT_NEAR(residual.p90, 0.32, 1e-12);
  EXPECT_NEAR(residual.bias, 0, 1e-12);
  EXPECT_EQ(residual.rows, 5);
}

TEST(FitKernels, RecoversTheConstantsThatMadeTheSamples) {
  // Samples by the committed constants, a start 20 % off: the fit must explain all of them again.
  const topology::GpuSpec gpu = committed::dgx_a100().gpu;
  const Calibration truth = committed::a100();
  const KernelTimes times(truth, gpu);
  sim::Random random(7, 0);
  std::vector<KernelSample> attentions;
  std::vector<KernelSample> streams;
  for (int i = 0; i < 300; ++i) {
    const sim::Kernel attention{KernelKind::attention,
                                sim::DataType::bf16,
                                {1 + static_cast<std::int64_t>(random.below(16)), 8, std::int64_t{256} << random.below(6), 128}};
    attentions.push_back({attention, times.duration(attention)});
    const auto elements = static_cast<std::int64_t>(1 + random.below(std::uint64_t{1} << (10 + random.below(16))));
    const sim::Kernel stream{i % 2 == 0 ? KernelKind::elementwise : KernelKind::layer_norm, sim::DataType::fp16, {elements, 1, 1, 1}};
    streams.push_back({stream, times.duration(stream)});
  }
  Calibration start = truth;
  start.attention.rate = start.attention.rate * 0.8;
  start.attention.tail *= 1.2;
  start.memory.stream_bandwidth = start.memory.stream_bandwidth * 0.8;
  start.memory.row_bandwidth = start.memory.row_bandwidth * 1.2;
  const Calibration attention = fit_kernels(KernelFamily::attention, attentions, start, gpu);
  EXPECT_NEAR(attention.attention.rate.value / truth.attention.rate.value, 1, 0.01);
  for (const Residual& residual : attention.attention.provenance.residuals) EXPECT_LT(residual.p90, 0.02) << residual.rows_of;
  const Calibration memory = fit_kernels(KernelFamily::memory, streams, start, gpu);
  EXPECT_NEAR(memory.memory.stream_bandwidth.value / truth.memory.stream_bandwidth.value, 1, 0.01);
  EXPECT_NEAR(memory.memory.row_bandwidth.value / truth.memory.row_bandwidth.value, 1, 0.01);
}

TEST(FitKernels, ConstantsThatNoSampleTellsOfStay) {
  // Sums tell of streams and launches; the bandwidth of what reduces rows is no part of their times.
  const topology::GpuSpec gpu = committed::dgx_a100().gpu;
  const Calibration start = committed::a100();
  std::vector<KernelSample> sums;
  for (int i = 18; i < 29; ++i) {
    const std::int64_t elements = std::int64_t{1} << i;
    const double microseconds = 5 + 4.0 * static_cast<double>(elements) / 1e6;  // 1 TB/s
    sums.push_back({{KernelKind::elementwise, sim::DataType::bf16, {elements, 1, 1, 1}}, sim::Duration::from_seconds(microseconds / 1e6)});
  }
  const Calibration fitted = fit_kernels(KernelFamily::memory, sums, start, gpu);
  EXPECT_NEAR(fitted.memory.stream_bandwidth.value, 1e12, 1e10);
  EXPECT_EQ(fitted.memory.row_bandwidth.value, start.memory.row_bandwidth.value);
}

TEST(FitKernels, WithoutSamplesThereIsNothingToFit) {
  EXPECT_THROW(fit_kernels(KernelFamily::gemm, {}, committed::a100(), committed::dgx_a100().gpu), sim::Error);
}

TEST(FitKernels, TheCommittedCalibrationHasTheResidualsThatItStates) {
  const auto data = committed::measured_data();
  if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no measured kernels";
  const Calibration calibration = committed::a100();
  const topology::GpuSpec gpu = committed::dgx_a100().gpu;
  expect_as_stated(kernel_residuals(measured::gemms(*data), calibration, gpu), calibration.gemm.provenance);
  expect_as_stated(kernel_residuals(measured::attentions(*data), calibration, gpu), calibration.attention.provenance);
  expect_as_stated(kernel_residuals(measured::memory_kernels(*data), calibration, gpu), calibration.memory.provenance);
}

TEST(FitKernels, OtherEnginesGemmsAreNearWithoutBeingFittedTo) {
  const auto data = committed::measured_data();
  if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no measured kernels";
  // vLLM's and TensorRT-LLM's largest products ran 12 and 8 % faster than SGLang's (clocks); all else within what was fitted.
  for (const char* engine : {"vllm/0.14.0", "trtllm/1.0.0"}) {
    for (const Residual& residual : kernel_residuals(measured::gemms(*data, engine), committed::a100(), committed::dgx_a100().gpu)) {
      if (residual.rows_of == "gemm, below 0.1 GFLOP") continue;  // launches, to which nothing is fitted
      EXPECT_LT(residual.median, 0.145) << engine << ": " << residual.rows_of;
      EXPECT_LT(residual.p90, 0.27) << engine << ": " << residual.rows_of;
    }
  }
}

TEST(FitKernels, FittingAgainFindsNothingMuchBetter) {
  const auto data = committed::measured_data();
  if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no measured kernels";
  const Calibration committed_one = committed::a100();
  const Calibration again = calibrate_kernels({.attention = measured::attentions(*data)}, committed_one, committed::dgx_a100().gpu);
  for (std::size_t i = 0; i < again.attention.provenance.residuals.size(); ++i) {
    EXPECT_NEAR(again.attention.provenance.residuals[i].median, committed_one.attention.provenance.residuals[i].median, 0.02);
  }
}

}  // namespace
}  // namespace orrery::workloads
