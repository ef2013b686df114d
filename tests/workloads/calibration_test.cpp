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
  EXPECT_NEAR(seconds(carried, forty(), product), seconds(committed::a100(), eighty(), product), 1e-9);
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

}  // namespace
}  // namespace orrery::workloads
