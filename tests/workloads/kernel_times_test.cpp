#include "workloads/kernel_times.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/committed.h"

namespace orrery::workloads {
namespace {

using sim::DataType;
using sim::Kernel;
using sim::KernelKind;
using namespace sim::literals;

/// Ten multiprocessors and round numbers: 100 TFLOP/s at most, 1 TB/s.
topology::GpuSpec small_gpu() {
  topology::GpuSpec gpu;
  gpu.name = "small";
  gpu.memory_bandwidth = sim::gigabytes_per_second(1000);
  gpu.peak_fp32 = sim::teraflops_per_second(10);
  gpu.peak_fp16 = sim::teraflops_per_second(100);
  gpu.multiprocessors = 10;
  return gpu;
}

/// One tile of 128 x 128 at 80 TFLOP/s (8 a multiprocessor), 1 us a tile, half the price for an empty last wave.
Calibration small_calibration() {
  Calibration c;
  c.name = "by hand";
  c.device = "small";
  c.gemm = {.tiles = {{128, 128, sim::teraflops_per_second(80)}},
            .tile_overhead = 1_us,
            .partial_wave_floor = 0.5,
            .memory_bandwidth = sim::gigabytes_per_second(500),
            .launch = 2_us,
            .split_overhead = 1_s,
            .unaligned_rate = sim::teraflops_per_second(8),
            .unaligned_batched_rate = sim::teraflops_per_second(4),
            .provenance = {}};
  c.attention = {
      .rate = sim::teraflops_per_second(80), .backward_ratio = 0.5, .strip_overhead = 3_us, .tail = 0.5, .launch = 5_us, .provenance = {}};
  c.memory = {.stream_bandwidth = sim::gigabytes_per_second(800),
              .row_bandwidth = sim::gigabytes_per_second(400),
              .launch = 2_us,
              .provenance = {}};
  return c;
}

double microseconds(const Kernel& kernel) { return KernelTimes(small_calibration(), small_gpu()).duration(kernel).seconds() * 1e6; }

TEST(KernelTimes, TellsWhatBindsAKernel) {
  const KernelTimes times(small_calibration(), small_gpu());
  const auto by_memory = [&](KernelKind kind, std::array<std::int64_t, 4> shape) {
    const Kernel kernel{kind, DataType::fp16, shape};
    EXPECT_EQ(times.estimate(kernel).duration, times.duration(kernel));
    return times.estimate(kernel).bound_by_memory;
  };
  EXPECT_FALSE(by_memory(KernelKind::gemm, {1280, 256, 4096, 1}));
  EXPECT_TRUE(by_memory(KernelKind::gemm, {1, 10240, 1280, 1}));  // solved below
  EXPECT_FALSE(by_memory(KernelKind::attention, {1, 16, 2048, 64}));
  EXPECT_TRUE(by_memory(KernelKind::layer_norm, {4096, 4096, 1, 1}));
}

TEST(KernelTimes, FullWavesOfTilesTakeATileEach) {
  // 20 tiles on 10 multiprocessors: 2 waves. A tile is 2 * 128 * 128 * 4096 = 134.2 MFLOP at 8 TFLOP/s: 16.777 us, + 1; launch 2: 37.55 us.
  EXPECT_NEAR(microseconds({KernelKind::gemm, DataType::fp16, {1280, 256, 4096, 1}}), 2 + 2 * (1 + 134.217728 / 8), 1e-5);
}

TEST(KernelTimes, AnEmptyLastWaveCostsItsFloor) {
  // 12 tiles: 1 wave and 0.2 of one, which counts 0.5 + 0.5 * 0.2 = 0.6.
  EXPECT_NEAR(microseconds({KernelKind::gemm, DataType::fp16, {1536, 128, 4096, 1}}), 2 + 1.6 * (1 + 134.217728 / 8), 1e-5);
}

TEST(KernelTimes, BatchesAreTilesSideBySide) {
  // 10 products of one tile each fill one wave as one product of ten tiles does, where bytes do not matter.
  Calibration c = small_calibration();
  topology::GpuSpec gpu = small_gpu();
  c.gemm.memory_bandwidth = gpu.memory_bandwidth = sim::gigabytes_per_second(10'000);
  const KernelTimes times(c, gpu);
  EXPECT_EQ(times.duration({KernelKind::gemm, DataType::fp16, {128, 128, 4096, 10}}),
            times.duration({KernelKind::gemm, DataType::fp16, {1280, 128, 4096, 1}}));
}

TEST(KernelTimes, ThinProductsAreBoundByMemory) {
  // 1 x 10240 x 1280: bytes 2 * (1280 + 10240 * 1280 + 10240) = 26.24 MB at 500 GB/s = 52.5 us; 80 tiles are 8 waves of 1 + 5.24 us = 50
  // us.
  EXPECT_NEAR(microseconds({KernelKind::gemm, DataType::fp16, {1, 10240, 1280, 1}}), 2 + 26.23744 / 0.5, 1e-5);
}

TEST(KernelTimes, WhatIsWrittenMayBeSlowerThanWhatIsRead) {
  // The same product writes 20,480 of its bytes, at 100 GB/s now: 0.2048 us instead of 0.04096.
  Calibration c = small_calibration();
  c.gemm.write_bandwidth = sim::gigabytes_per_second(100);
  EXPECT_NEAR(KernelTimes(c, small_gpu()).duration({KernelKind::gemm, DataType::fp16, {1, 10240, 1280, 1}}).seconds() * 1e6,
              2 + (26.23744 - 0.02048) / 0.5 + 0.2048, 1e-5);
}

TEST(KernelTimes, ATileIsStoredWhenItsSumsAreDone) {
  // Two waves of ten tiles, as above; a tile is 32,768 bytes, ten of them at 100 GB/s take 3.2768 us.
  Calibration c = small_calibration();
  c.gemm.store_bandwidth = sim::gigabytes_per_second(100);
  EXPECT_NEAR(KernelTimes(c, small_gpu()).duration({KernelKind::gemm, DataType::fp16, {1280, 256, 4096, 1}}).seconds() * 1e6,
              2 + 2 * (1 + 3.2768 + 134.217728 / 8), 1e-5);
}

TEST(KernelTimes, ComputingAndMovingHideEachOtherAsFarAsTheyOverlap) {
  // The same two waves are 35.554 us of computing; 2 (1280 * 4096 + 4096 * 256 + 1280 * 256) bytes at 500 GB/s are 26.477 us of moving.
  const double computing = 2 * (1 + 134.217728 / 8);
  const double moving = 2 * (1280.0 * 4096 + 4096 * 256 + 1280 * 256) / 0.5e6;
  for (const auto& [overlap, expected] : {std::pair{1.0, computing + moving}, {2.0, std::hypot(computing, moving)}, {1000.0, computing}}) {
    Calibration c = small_calibration();
    c.gemm.overlap = overlap;
    EXPECT_NEAR(KernelTimes(c, small_gpu()).duration({KernelKind::gemm, DataType::fp16, {1280, 256, 4096, 1}}).seconds() * 1e6,
                2 + expected, 1e-5);
  }
}

TEST(KernelTimes, CuttingKPaysWhenTilesAreFew) {
  // One tile of k = 131072 would take 0.55 waves of 1 + 536.87 us. In 4 parts: 0.5 + 0.5 * 0.4 = 0.7 waves of 1 + 134.2 us, and 3 us for
  // the sum. Bytes: the inputs and the output once, 67.1 MB, and 4 parts of fp32 written and read, 0.5 MB, at 500 GB/s: 135.3 us, which
  // rules. More parts move more bytes; fewer take longer (2 parts: 0.6 * 269.4 = 161.7 us).
  Calibration c = small_calibration();
  c.gemm.split_overhead = 3_us;
  const KernelTimes times(c, small_gpu());
  const double bytes = 2.0 * (2 * 128.0 * 131072 + 128 * 128) + 8.0 * 128 * 128 * 4;
  EXPECT_NEAR(times.duration({KernelKind::gemm, DataType::fp16, {128, 128, 131072, 1}}).seconds() * 1e6, 2 + 3 + bytes / 0.5e6, 1e-4);
}

TEST(KernelTimes, RowsThatAreNotWholeVectorsLoseTheTensorCores) {
  // Head dimension 108 is no multiple of 8 halves: 8 TFLOP/s instead of 80, whichever side it is on.
  const double aligned = microseconds({KernelKind::gemm, DataType::fp16, {2048, 2048, 112, 40}});
  EXPECT_GT(microseconds({KernelKind::gemm, DataType::fp16, {2048, 2048, 108, 40}}), 3 * aligned);
  EXPECT_GT(microseconds({KernelKind::gemm, DataType::fp16, {2048, 108, 2048, 40}}), 3 * aligned);
  // Rows of m are never contiguous: a decode step of one token is as fast as any.
  EXPECT_LE(microseconds({KernelKind::gemm, DataType::fp16, {1, 1024, 1024, 1}}),
            microseconds({KernelKind::gemm, DataType::fp16, {8, 1024, 1024, 1}}));
}

TEST(KernelTimes, AttentionIsStripsOfTheTilesThatTheMaskLeaves) {
  // 5 heads of 256 tokens: 2 strips a head, 3 tiles of 4 * 128 * 128 * 128 = 8.388608 MFLOP at 8 TFLOP/s = 1.048576 us each.
  // Spread: 5 * (2 * 3 + 3 * 1.048576) / 10; longest strip 3 + 2 * 1.048576, half of it shows; launch 5.
  const double tile = 8.388608 / 8;
  EXPECT_NEAR(microseconds({KernelKind::attention, DataType::bf16, {1, 5, 256, 128}}), 5 + 5 * (6 + 3 * tile) / 10 + 0.5 * (3 + 2 * tile),
              1e-5);
  // Backward: 2.5 times the operations at half the rate: a tile takes five times as long.
  EXPECT_NEAR(microseconds({KernelKind::attention_backward, DataType::bf16, {1, 5, 256, 128}}),
              5 + 5 * (6 + 15 * tile) / 10 + 0.5 * (3 + 10 * tile), 1e-5);
}

TEST(KernelTimes, StreamsAndRowsHaveTheirOwnBandwidth) {
  // 1e6 halves read and written: 4 MB.
  EXPECT_NEAR(microseconds({KernelKind::elementwise, DataType::fp16, {1'000'000, 1, 1, 1}}), 2 + 5, 1e-5);
  EXPECT_NEAR(microseconds({KernelKind::softmax, DataType::fp16, {1000, 1000, 1, 1}}), 2 + 10, 1e-5);
}

TEST(KernelTimes, NothingBeatsTheRoofline) {
  // Constants far better than the device: every kernel comes out at its roofline; the committed ones: never below.
  const topology::GpuSpec gpu = committed::dgx_a100().gpu;
  Calibration magic = committed::a100();
  for (GemmTile& tile : magic.gemm.tiles) tile.rate = sim::teraflops_per_second(1e6);
  magic.gemm.overlap = 1000;
  magic.gemm.write_bandwidth = magic.gemm.store_bandwidth = {};
  magic.gemm.memory_bandwidth = magic.memory.row_bandwidth = magic.memory.stream_bandwidth = sim::gigabytes_per_second(1e9);
  magic.gemm.tile_overhead = magic.gemm.launch = magic.memory.launch = magic.attention.launch = magic.attention.strip_overhead = {};
  magic.gemm.unaligned_rate = magic.gemm.unaligned_batched_rate = magic.attention.rate = sim::teraflops_per_second(1e6);
  const KernelTimes times(committed::a100(), gpu);
  const KernelTimes magic_times(magic, gpu);
  sim::Random random(1, 0);
  for (int i = 0; i < 10'000; ++i) {
    Kernel kernel{static_cast<KernelKind>(random.below(sim::kernel_kind_count)),
                  random.below(2) == 0 ? DataType::fp16 : DataType::fp32,
                  {1, 1, 1, 1}};
    const std::size_t used = sim::kernel_traits(kernel.kind).parameters.size();
    for (std::size_t p = 0; p < used; ++p)
      kernel.shape[p] = 1 + static_cast<std::int64_t>(random.below(std::uint64_t{1} << random.below(used == 4 ? 10 : 14)));
    EXPECT_GE(times.duration(kernel), times.roofline(kernel));
    EXPECT_EQ(magic_times.duration(kernel), magic_times.roofline(kernel)) << sim::kernel_traits(kernel.kind).name;
  }
}

TEST(KernelTimes, CausalAttentionMayBeatTheFloorOfTheWholeSquare) {
  // Published FLOP counts include the masked half; the bound must not.
  const KernelTimes times(committed::a100(), committed::dgx_a100().gpu);
  const Kernel kernel{KernelKind::attention, DataType::bf16, {1, 1, 65536, 128}};
  EXPECT_LT(times.roofline(kernel).seconds(), 0.51 * sim::flops(kernel).count / 312e12);
}

TEST(KernelTimes, ACalibrationOfAnotherDeviceIsRefused) {
  topology::GpuSpec other = small_gpu();
  other.name = "other";
  EXPECT_THROW(KernelTimes(small_calibration(), other), sim::Error);
}

TEST(KernelTimes, ACountedKernelTakesTheLongerOfItsOperationsAndItsBytes) {
  // Operations at the fastest tile's rate or bytes at the rate of streams, and a launch.
  const Calibration calibration = committed::a100();
  const KernelTimes times(calibration, committed::dgx_a100().gpu);
  double rate = 0;
  for (const GemmTile& tile : calibration.gemm.tiles) rate = std::max(rate, tile.rate.value);
  const double launch = calibration.memory.launch.seconds();
  const auto computing = times.estimate({KernelKind::counted, DataType::fp16, {10'000'000'000'000, 1000, 1, 1}});
  EXPECT_EQ(computing.duration, sim::Duration::ceil_seconds(launch + 1e13 / rate));
  EXPECT_FALSE(computing.bound_by_memory);
  const auto moving = times.estimate({KernelKind::counted, DataType::fp16, {1000, 1'000'000'000, 1, 1}});
  EXPECT_EQ(moving.duration, sim::Duration::ceil_seconds(launch + 1e9 / calibration.memory.stream_bandwidth.value));
  EXPECT_TRUE(moving.bound_by_memory);
}

TEST(KernelTimes, Fp8NeedsADeviceThatHasIt) {
  const KernelTimes times(small_calibration(), small_gpu());
  EXPECT_THROW(times.duration({KernelKind::gemm, DataType::fp8, {128, 128, 128, 1}}), sim::Error);
}

}  // namespace
}  // namespace orrery::workloads
