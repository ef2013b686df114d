#include "workloads/fit_lines.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/error.h"
#include "workloads/kernel_times.h"

namespace orrery::workloads {
namespace {

sim::Sample measured_kernel(sim::KernelKind kind, std::array<std::int64_t, 4> shape, double seconds) {
  const sim::Duration middle = sim::Duration::from_seconds(seconds);
  return {.what = sim::Kernel{kind, sim::DataType::fp32, shape},
          .durations = {middle * 9, middle, {middle.ticks / 2}}};  // the median counts
}

/// Products at 50 GFLOP/s and norms at 4 GB/s, 10 us before each; one shape of sums at 8 GB/s; all-reduces of two at 1 GB/s after 100 us.
sim::Samples line_samples() {
  sim::Samples samples{.program = "made up", .ranks = 2, .device = "host, made up", .driver = "none", .libraries = {}, .rows = {}};
  for (const std::int64_t n : {64, 128, 256, 512}) {
    const auto size = static_cast<double>(n);
    samples.rows.push_back(measured_kernel(sim::KernelKind::gemm, {n, n, n, 1}, 10e-6 + 2 * size * size * size / 50e9));
    samples.rows.push_back(measured_kernel(sim::KernelKind::layer_norm, {n, 1000, 1, 1}, 10e-6 + (8000 * size + 8000) / 4e9));
    samples.rows.push_back({.what = sim::MeasuredCollective{sim::CollectiveKind::all_reduce, sim::DataType::fp32, n * 1000, 2},
                            .durations = {sim::Duration::from_seconds(100e-6 + 4000 * size / 1e9)}});
  }
  samples.rows.push_back(measured_kernel(sim::KernelKind::elementwise, {1'000'000, 1, 1, 1}, 1e-3));
  return samples;
}

topology::GpuSpec host_gpu() {
  return {.name = "host, made up",
          .memory = {1 << 30},
          .memory_bandwidth = {1e12},
          .peak_fp32 = {1e15},
          .peak_fp16 = {1e15},
          .multiprocessors = 1,
          .compute_capability = 80};
}

TEST(FitLines, FindsTheLinesThatSamplesWereMadeOf) {
  const Calibration calibration = fit_lines(line_samples(), "mine");
  EXPECT_EQ(calibration.device, "host, made up");
  const KernelTimes times(calibration, host_gpu());
  const auto seconds = [&](sim::KernelKind kind, std::array<std::int64_t, 4> shape) {
    return times.duration({kind, sim::DataType::fp32, shape}).seconds();
  };
  EXPECT_NEAR(seconds(sim::KernelKind::gemm, {300, 300, 300, 1}), 10e-6 + 54e6 / 50e9, 1e-6 * 20);
  EXPECT_NEAR(seconds(sim::KernelKind::layer_norm, {100, 1000, 1, 1}), 10e-6 + 808000 / 4e9, 1e-6 * 5);
  EXPECT_NEAR(seconds(sim::KernelKind::elementwise, {500'000, 1, 1, 1}), 0.5e-3, 1e-6) << "one shape: through zero";
  ASSERT_EQ(calibration.collectives.lines.size(), 1U);
  EXPECT_NEAR(calibration.collectives.lines[0].fixed.seconds(), 100e-6, 5e-6);
  EXPECT_NEAR(calibration.collectives.lines[0].bandwidth.value, 1e9, 2e7);
  ASSERT_EQ(calibration.lines->provenance.residuals.size(), 4U);
  for (const Residual& residual : calibration.lines->provenance.residuals) EXPECT_LT(residual.p90, 0.02) << residual.rows_of;
}

TEST(FitLines, WhatWasNotMeasuredIsRefused) {
  const KernelTimes times(fit_lines(line_samples(), "mine"), host_gpu());
  EXPECT_THROW(times.duration({sim::KernelKind::softmax, sim::DataType::fp32, {8, 8, 1, 1}}), sim::Error);
  EXPECT_THROW(times.duration({sim::KernelKind::gemm, sim::DataType::fp16, {8, 8, 8, 1}}), sim::Error);
}

// Norms that take 20 us whatever their size: the fit goes to any rate, and no file holds more than 1 PB/s.
TEST(FitLines, WhatDoesNotGrowIsFlat) {
  sim::Samples samples = line_samples();
  samples.rows = {measured_kernel(sim::KernelKind::layer_norm, {8, 8, 1, 1}, 20e-6),
                  measured_kernel(sim::KernelKind::layer_norm, {64, 8, 1, 1}, 20e-6),
                  measured_kernel(sim::KernelKind::layer_norm, {512, 8, 1, 1}, 20e-6)};
  const Calibration calibration = fit_lines(samples, "mine");
  ASSERT_EQ(calibration.lines->kernels.size(), 1U);
  EXPECT_LE(calibration.lines->kernels[0].bandwidth.value, 1e15);
  EXPECT_NEAR(calibration.lines->kernels[0].fixed.seconds(), 20e-6, 0.2e-6);
}

// 1024 operations in 1 ms: a million a second.
TEST(FitLines, WhatIsTooSlowForAFileIsRefused) {
  sim::Samples samples = line_samples();
  samples.rows = {measured_kernel(sim::KernelKind::gemm, {8, 8, 8, 1}, 1e-3)};
  EXPECT_THROW(fit_lines(samples, "mine"), sim::Error);
}

TEST(FitLines, RowsWithoutWorkAreLeftOut) {
  sim::Samples samples = line_samples();
  samples.rows.push_back({.what = sim::MeasuredCollective{sim::CollectiveKind::all_reduce, sim::DataType::fp32, 0, 2},
                          .durations = {sim::Duration::from_seconds(1e-6)}});
  const Calibration calibration = fit_lines(samples, "mine");
  for (const Residual& residual : calibration.lines->provenance.residuals) EXPECT_LT(residual.p90, 0.02) << residual.rows_of;
  EXPECT_EQ(calibration.lines->provenance.residuals.size(), 4U);
}

TEST(FitLines, SamplesWithoutKernelsAreRefused) {
  EXPECT_THROW(fit_lines({.rows = {{.what = sim::MeasuredMessage{{8}}, .durations = {{1}}}}}, "mine"), sim::Error);
}

}  // namespace
}  // namespace orrery::workloads
