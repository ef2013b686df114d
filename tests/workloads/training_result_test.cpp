#include "workloads/training_result.h"

#include <gtest/gtest.h>

#include "tests/committed.h"
#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

using namespace sim::literals;

topology::GpuSpec round_gpu() {
  topology::GpuSpec gpu;
  gpu.peak_fp32 = sim::teraflops_per_second(10);
  gpu.peak_fp16 = sim::teraflops_per_second(100);
  return gpu;
}

TEST(TrainingResult, RatesAreThoseOfOneGpu) {
  // Four GPUs, 8 sequences of 512 tokens in 2 s: 2048 tokens a second of the whole machine; FLOPs over 8 GPU-seconds; MFU over 100 TFLOP/s.
  const TrainingJob job = test::small_job(2, 1, 2, 4);
  const TrainingResult result = training_result(job, round_gpu(), 2_s);
  EXPECT_NEAR(result.tokens_per_second, 2048, 1e-9);
  const double b = 8;
  const double s = 512;
  const double l = 2;
  const double h = 1024;
  // 72 b s l h^2 (1 + s/6h + V/12lh), and with full recomputation 96 (1 + s/6h + V/16lh): Narayanan et al., eq. 3.
  const double model = 72 * b * s * l * h * h * (1 + s / (6 * h) + 51200 / (12 * l * h));
  const double hardware = 96 * b * s * l * h * h * (1 + s / (6 * h) + 51200 / (16 * l * h));
  EXPECT_NEAR(result.model_flops_per_gpu.value / (model / 8), 1, 1e-12);
  EXPECT_NEAR(result.hardware_flops_per_gpu.value / (hardware / 8), 1, 1e-12);
  EXPECT_NEAR(result.mfu, model / 8 / 100e12, 1e-12);
  EXPECT_NEAR(result.hfu, hardware / 8 / 100e12, 1e-12);
}

TEST(TrainingResult, PeakIsThatOfTheJobsPrecision) {
  TrainingJob job = test::small_job(1, 1, 1, 1);
  const double halves = training_result(job, round_gpu(), 1_s).mfu;
  job.precision = sim::DataType::fp32;
  EXPECT_NEAR(training_result(job, round_gpu(), 1_s).mfu / halves, 10, 1e-9);
}

TEST(TrainingResult, SelectiveRecomputationRepeatsScoresAndContext) {
  // 4 b s^2 h l more.
  TrainingJob job = test::small_job(1, 1, 1, 3);
  job.recompute = Recompute::none;
  const double model = hardware_flops(job).count;
  job.recompute = Recompute::selective;
  EXPECT_NEAR(hardware_flops(job).count - model, 4 * 3 * 512.0 * 512 * 1024 * 2, 1);
}

TEST(TrainingResult, FiguresAtThePeakAreThoseOfMfuOne) {
  const TrainingJob job = test::small_job(1, 1, 1, 1);
  const topology::GpuSpec gpu = committed::dgx_a100().gpu;
  const auto time = figure_at_peak("iteration_seconds", job, gpu);
  ASSERT_TRUE(time);
  EXPECT_FALSE(time->is_rate);
  EXPECT_NEAR(time->value * 312e12, model_flops(job.model, job.global_batch, job.sequence_length).count, 1);
  const TrainingResult there = training_result(job, gpu, sim::Duration::ceil_seconds(time->value));
  EXPECT_NEAR(there.mfu, 1, 1e-6);
  const auto value = [&](const char* metric) { return figure_at_peak(metric, job, gpu)->value; };
  EXPECT_NEAR(value("tokens_per_second") / there.tokens_per_second, 1, 1e-6);
  EXPECT_NEAR(value("model_tflops_per_gpu"), 312, 1e-6);
  EXPECT_NEAR(value("hardware_tflops_per_gpu"), 312 * there.hfu, 1e-3);
  EXPECT_EQ(value("mfu"), 1);
  EXPECT_NEAR(value("hfu"), there.hfu, 1e-6);
  EXPECT_TRUE(figure_at_peak("hfu", job, gpu)->is_rate);
  EXPECT_FALSE(figure_at_peak("memory_bytes.total", job, gpu));
}

}  // namespace
}  // namespace orrery::workloads
