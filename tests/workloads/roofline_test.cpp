#include "workloads/roofline.h"

#include <gtest/gtest.h>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using sim::DataType;
using sim::KernelKind;

topology::GpuSpec gpu_with_fp8(double teraflops) {
  topology::GpuSpec gpu;
  gpu.name = "small";
  gpu.memory_bandwidth = sim::gigabytes_per_second(1000);
  gpu.peak_fp32 = sim::teraflops_per_second(10);
  gpu.peak_fp16 = sim::teraflops_per_second(100);
  gpu.peak_fp8 = sim::teraflops_per_second(teraflops);
  return gpu;
}

TEST(Roofline, EveryTypeHasItsPeak) {
  EXPECT_EQ(peak_rate(gpu_with_fp8(180), DataType::fp32).value, 10e12);
  EXPECT_EQ(peak_rate(gpu_with_fp8(180), DataType::fp16).value, 100e12);
  EXPECT_EQ(peak_rate(gpu_with_fp8(180), DataType::bf16).value, 100e12);
  EXPECT_EQ(peak_rate(gpu_with_fp8(180), DataType::fp8).value, 180e12);
  EXPECT_EQ(peak_rate(gpu_with_fp8(180), DataType::int8).value, 180e12);
}

TEST(Roofline, WithoutFp8IntegersRunAtTwiceTheHalvesAndFp8NotAtAll) {
  EXPECT_EQ(peak_rate(gpu_with_fp8(0), DataType::int8).value, 200e12);
  EXPECT_THROW(peak_rate(gpu_with_fp8(0), DataType::fp8), sim::Error);
}

TEST(Roofline, AProductTakesItsFlopsAtPeakAndItsBytesAtFullBandwidth) {
  // 2 * 1000 * 2000 * 3000 = 12 GFLOP: 120 us; 2 (3 + 6 + 2) M = 22 MB: 22 us.
  const sim::Kernel product{KernelKind::gemm, DataType::fp16, {1000, 2000, 3000, 1}};
  EXPECT_NEAR(least_compute_seconds(product, gpu_with_fp8(0)), 120e-6, 1e-15);
  EXPECT_NEAR(least_memory_seconds(product, gpu_with_fp8(0)), 22e-6, 1e-15);
  // In fp32 a tenth of the rate and twice the bytes.
  const sim::Kernel wide{KernelKind::gemm, DataType::fp32, {1000, 2000, 3000, 1}};
  EXPECT_NEAR(least_compute_seconds(wide, gpu_with_fp8(0)), 1200e-6, 1e-15);
  EXPECT_NEAR(least_memory_seconds(wide, gpu_with_fp8(0)), 44e-6, 1e-15);
}

TEST(Roofline, CausalAttentionNeedsTheScoresThatItsMaskLeaves) {
  // A head of 3 tokens of 100: 6 of 9 scores at 4 * 100 FLOPs are 2,400: 24 ps; of one token the one score.
  EXPECT_NEAR(least_compute_seconds({KernelKind::attention, DataType::fp16, {1, 1, 3, 100}}, gpu_with_fp8(0)), 24e-12, 1e-20);
  EXPECT_NEAR(least_compute_seconds({KernelKind::attention, DataType::fp16, {1, 1, 1, 100}}, gpu_with_fp8(0)), 4e-12, 1e-20);
  // Backward: five products instead of two.
  EXPECT_NEAR(least_compute_seconds({KernelKind::attention_backward, DataType::fp16, {1, 1, 3, 100}}, gpu_with_fp8(0)), 60e-12, 1e-20);
}

TEST(Roofline, KernelsBoundByMemoryNeedNoFlops) {
  const sim::Kernel sum{KernelKind::elementwise, DataType::fp16, {1'000'000, 2, 1, 1}};
  EXPECT_EQ(least_compute_seconds(sum, gpu_with_fp8(0)), 0);
  EXPECT_NEAR(least_memory_seconds(sum, gpu_with_fp8(0)), 6e-6, 1e-15);
}

}  // namespace
}  // namespace orrery::workloads
