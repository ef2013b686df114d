#include "workloads/calibration.h"

#include <gtest/gtest.h>

#include "tests/committed.h"
#include "workloads/kernel_times.h"

namespace orrery::workloads {
namespace {

topology::GpuSpec forty() { return committed::node("dgx-a100-40gb").gpu; }
topology::GpuSpec eighty() { return committed::dgx_a100().gpu; }

double seconds(const Calibration& calibration, const topology::GpuSpec& gpu, const sim::Kernel& kernel) {
  return KernelTimes(calibration, gpu).duration(kernel).seconds();
}

TEST(Calibration, CoversItsDeviceAndItsSiblings) {
  EXPECT_TRUE(covers(committed::a100(), eighty()));
  EXPECT_TRUE(covers(committed::a100(), forty()));
  EXPECT_FALSE(covers(committed::a100(), committed::node("dgx-h100").gpu));
  Calibration bare = committed::a100();
  bare.datasheet.reset();
  EXPECT_TRUE(covers(bare, eighty()));
  EXPECT_FALSE(covers(bare, forty()));
}

TEST(Calibration, IsItselfOnItsOwnDevice) {
  const Calibration same = carried_to(eighty(), committed::a100());
  EXPECT_EQ(same.carried_from, "");
  EXPECT_EQ(same.memory.stream_bandwidth.value, committed::a100().memory.stream_bandwidth.value);
}

TEST(Calibration, ASlowerMemorySlowsWhatItBoundsAndNothingElse) {
  // 40 GB and 80 GB are one chip with memories of 1555 and 2039 GB/s.
  const Calibration carried = carried_to(forty(), committed::a100());
  EXPECT_EQ(carried.device, "A100-SXM4-40GB");
  EXPECT_EQ(carried.carried_from, "A100-SXM4-80GB");
  const sim::Kernel stream{sim::KernelKind::elementwise, sim::DataType::fp16, {1 << 28, 2, 1, 1}};
  const double launch = committed::a100().memory.launch.seconds();
  EXPECT_NEAR((seconds(carried, forty(), stream) - launch) / (seconds(committed::a100(), eighty(), stream) - launch), 2039.0 / 1555, 1e-6);
  const sim::Kernel product{sim::KernelKind::gemm, sim::DataType::fp16, {8192, 8192, 8192, 1}};
  EXPECT_NEAR(seconds(carried, forty(), product) / seconds(committed::a100(), eighty(), product), 1, 0.01) << "its memory is hidden";
}

TEST(Calibration, AFasterChipComputesFaster) {
  topology::GpuSpec twice = eighty();
  twice.name = "A200";
  twice.peak_fp16 = twice.peak_fp16 * 2;
  const Calibration carried = carried_to(twice, committed::a100());
  EXPECT_NEAR(carried.gemm.tiles[0].rate.value, 2 * committed::a100().gemm.tiles[0].rate.value, 1);
  EXPECT_NEAR(carried.attention.rate.value, 2 * committed::a100().attention.rate.value, 1);
}

TEST(Calibration, CarriedTwiceRemembersWhereItWasMeasured) {
  EXPECT_EQ(carried_to(eighty(), carried_to(forty(), committed::a100())).carried_from, "A100-SXM4-80GB");
}

TEST(Calibration, AnotherChipTakesTheEfficienciesAndNoCollectives) {
  // H100 over A100: products 989 / 312, memory 3350 / 2039, 132 multiprocessors instead of 108.
  const topology::GpuSpec gpu = committed::node("dgx-h100").gpu;
  const Calibration measured = committed::a100();
  const Calibration carried = carried_to(gpu, measured);
  EXPECT_TRUE(carried.other_chip);
  EXPECT_EQ(carried.carried_from, "A100-SXM4-80GB");
  EXPECT_NEAR(carried.gemm.tiles[0].rate.value / measured.gemm.tiles[0].rate.value, 989.0 / 312, 1e-9);
  EXPECT_NEAR(carried.memory.stream_bandwidth.value / measured.memory.stream_bandwidth.value, 3350.0 / 2039, 1e-9);
  EXPECT_FALSE(carried.collectives.on_node.has_value());
  EXPECT_EQ(carried.collectives.send_bandwidth.value, 0);
  EXPECT_FALSE(carried_to(forty(), measured).other_chip);
  // 132 tiles of 256 x 128 are one full wave there, and one and a quarter on the A100: k has 4096 of 2 x 256 x 128 operations.
  const sim::Kernel wave{sim::KernelKind::gemm, sim::DataType::bf16, {12 * 256, 11 * 128, 4096, 1}};
  const double of_tiles = 2.0 * 256 * 128 * 4096 * 132 / carried.gemm.tiles[0].rate.value;
  EXPECT_LT(seconds(carried, gpu, wave), of_tiles + 20e-6);
  sim::Kernel eight = wave;
  eight.type = sim::DataType::fp8;  // 1979 instead of 989
  EXPECT_NEAR(seconds(carried, gpu, wave) - seconds(carried, gpu, eight), of_tiles * (1 - 989.0 / 1979), 0.2 * of_tiles);
}

}  // namespace
}  // namespace orrery::workloads
