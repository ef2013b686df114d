#include "workloads/calibrate_kernels.h"

#include <gtest/gtest.h>

#include <fstream>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/committed.h"
#include "tests/temporary_folder.h"
#include "workloads/kernel_times.h"

namespace orrery::workloads {
namespace {

using sim::KernelKind;

topology::GpuSpec a100_gpu() { return committed::dgx_a100().gpu; }

KernelSample sample_of(const sim::Kernel& kernel, const KernelTimes& times) { return {kernel, times.duration(kernel)}; }

/// What a device with these constants would have been measured to take.
KernelRows rows_made_by(const Calibration& truth, const topology::GpuSpec& gpu) {
  const KernelTimes times(truth, gpu);
  sim::Random random(11, 0);
  const auto size = [&random](int least, int choices) { return std::int64_t{1} << (least + static_cast<int>(random.below(choices))); };
  KernelRows rows;
  for (int i = 0; i < 200; ++i) {
    rows.gemm.push_back(sample_of({KernelKind::gemm, sim::DataType::bf16, {size(6, 8), size(8, 7), size(6, 8), 1}}, times));
    rows.attention.push_back(sample_of({KernelKind::attention, sim::DataType::bf16, {size(0, 4), 8, size(8, 6), 128}}, times));
    const KernelKind kind = i % 2 == 0 ? KernelKind::elementwise : KernelKind::layer_norm;
    rows.memory.push_back(sample_of({kind, sim::DataType::bf16, {size(10, 16), 1, 1, 1}}, times));
  }
  return rows;
}

Calibration detuned_by_a_tenth(Calibration calibration) {
  for (GemmTile& tile : calibration.gemm.tiles) tile.rate = tile.rate * 0.9;
  calibration.gemm.memory_bandwidth = calibration.gemm.memory_bandwidth * 1.1;
  calibration.attention.rate = calibration.attention.rate * 0.9;
  calibration.memory.stream_bandwidth = calibration.memory.stream_bandwidth * 1.1;
  return calibration;
}

TEST(CalibrateKernels, FindsTheConstantsThatMadeTheRows) {
  const Calibration truth = committed::a100();
  const KernelRows rows = rows_made_by(truth, a100_gpu());
  const Calibration fitted = calibrate_kernels(rows, detuned_by_a_tenth(truth), a100_gpu(), {.evaluations = 2000});
  EXPECT_NEAR(fitted.gemm.tiles[0].rate.value / truth.gemm.tiles[0].rate.value, 1, 0.01);
  EXPECT_NEAR(fitted.gemm.memory_bandwidth.value / truth.gemm.memory_bandwidth.value, 1, 0.02);
  EXPECT_NEAR(fitted.attention.rate.value / truth.attention.rate.value, 1, 0.01);
  EXPECT_NEAR(fitted.memory.stream_bandwidth.value / truth.memory.stream_bandwidth.value, 1, 0.01);
  for (const Residual& residual : fitted.gemm.provenance.residuals) EXPECT_LT(residual.median, 0.01) << residual.rows_of;
}

TEST(CalibrateKernels, WhatIsNotFittedStays) {
  const Calibration truth = committed::a100();
  KernelRows rows;
  rows.memory = rows_made_by(truth, a100_gpu()).memory;
  const Calibration fitted = calibrate_kernels(rows, detuned_by_a_tenth(truth), a100_gpu(), {.evaluations = 200});
  EXPECT_EQ(fitted.gemm.tiles[0].rate.value, detuned_by_a_tenth(truth).gemm.tiles[0].rate.value);
  EXPECT_EQ(fitted.attention.provenance.residuals.size(), truth.attention.provenance.residuals.size());
  EXPECT_NE(fitted.memory.stream_bandwidth.value, detuned_by_a_tenth(truth).memory.stream_bandwidth.value);
}

TEST(CalibrateKernels, ADeviceWithAllFamiliesMeasuredIsCarriedNoMore) {
  const topology::GpuSpec h100 = committed::node("dgx-h100").gpu;
  const Calibration carried = carried_to(h100, committed::a100());
  KernelRows rows = rows_made_by(carried, h100);
  const Calibration whole = calibrate_kernels(rows, committed::a100(), h100, {.evaluations = 50});
  EXPECT_EQ(whole.device, "H100-SXM5-80GB");
  EXPECT_EQ(whole.carried_from, "");
  EXPECT_FALSE(whole.other_chip);
  rows.attention.clear();
  const Calibration part = calibrate_kernels(rows, committed::a100(), h100, {.evaluations = 50});
  EXPECT_EQ(part.carried_from, "A100-SXM4-80GB");
  EXPECT_TRUE(part.other_chip);
}

TEST(CalibrateKernels, AFamilyHasThreeDifferentKernelsAConstant) {
  // Of what memory bounds: stream_bandwidth, row_bandwidth, launch, so nine; of attention four constants, of products seven tiles' rates
  // and seven more, for the eighth, tile_overhead, is zero.
  const Calibration start = committed::a100();
  EXPECT_EQ(least_kernels(KernelFamily::memory, start), 9U);
  EXPECT_EQ(least_kernels(KernelFamily::attention, start), 12U);
  EXPECT_EQ(least_kernels(KernelFamily::gemm, start), 42U);
  Calibration fewer = start;
  fewer.attention.tail = 0;  // a constant that is not there is not fitted
  EXPECT_EQ(least_kernels(KernelFamily::attention, fewer), 9U);
  const KernelTimes times(start, a100_gpu());
  const auto sums = [&](int count) {
    KernelRows rows;
    for (int i = 1; i <= count; ++i)
      rows.memory.push_back(sample_of({KernelKind::elementwise, sim::DataType::bf16, {i << 20, 1, 1, 1}}, times));
    return rows;
  };
  EXPECT_NO_THROW(check_rows(sums(9), start));
  EXPECT_NO_THROW(check_rows({}, start)) << "a family without rows is not fitted";
  EXPECT_THROW(check_rows(sums(8), start), sim::Error);
  EXPECT_THROW(check_rows(sums(9), start, 8), sim::Error) << "the fit would look at eight";
  KernelRows repeated = sums(8);
  repeated.memory.insert(repeated.memory.end(), 10, repeated.memory.front());
  EXPECT_THROW(check_rows(repeated, start), sim::Error) << "the same kernel again is nothing new";
  KernelRows both = sums(2);
  both.attention.push_back(sample_of({KernelKind::attention, sim::DataType::bf16, {1, 8, 1024, 128}}, times));
  try {
    calibrate_kernels(both, start, a100_gpu());
    ADD_FAILURE() << "is refused";
  } catch (const sim::Error& error) {
    ASSERT_EQ(error.faults().size(), 2U);
    EXPECT_EQ(error.faults()[0].place, "rows of attention");
    EXPECT_EQ(error.faults()[1].what, "too few to fit to: 2 different, not 9, three a constant");
  }
}

TEST(CalibrateKernels, RowsAreTakenEvenly) {
  std::vector<KernelSample> rows(10);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].measured.ticks = static_cast<std::int64_t>(i);
  std::vector<std::int64_t> taken;
  for (const KernelSample& row : evenly_taken(rows, 4)) taken.push_back(row.measured.ticks);
  EXPECT_EQ(taken, (std::vector<std::int64_t>{0, 2, 5, 7}));
  EXPECT_EQ(evenly_taken(rows, 10).size(), 10U);
  EXPECT_EQ(evenly_taken(rows, 11).size(), 10U);
}

class KernelTableFiles : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
    return (folder_.path() / name).string();
  }
  static std::string refusal_of(const KernelTables& tables) {
    try {
      read_kernel_tables(tables, a100_gpu());
    } catch (const sim::Error& error) {
      return error.what();
    }
    return "";
  }
  orrery::test::TemporaryFolder folder_;
};

TEST_F(KernelTableFiles, ShortAttentionAndHalfCachedSumsAreLeftOut) {
  const std::string attention = file("attention.csv",
                                     "batch_size,isl,num_heads,num_key_value_heads,head_dim,attn_dtype,latency\n"
                                     "1,128,8,8,128,bfloat16,0.02\n1,256,8,8,128,bfloat16,0.03\n");
  // Sums of two tensors of 16-bit numbers into a third: 6 bytes an element of 1,000 columns. 100 tokens are 0.6 MB (launch), 5,000 are 30
  // MB (partly cached), 20,000 are 120 MB, more than twice 40 MiB.
  const std::string layers =
      file("layers.csv",
           "time_stats.input_layernorm.median,time_stats.mlp_act.median,time_stats.add.median,n_embd,n_expanded_embd,"
           "use_gated_mlp,num_tokens,num_tensor_parallel_workers\n"
           "0.01,,0.004,1000,4000,True,100,1\n0.01,,0.03,1000,4000,True,5000,1\n0.01,,0.08,1000,4000,True,20000,1\n");
  const KernelRows rows = read_kernel_tables({.attention = {attention}, .layers = {layers}}, a100_gpu());
  ASSERT_EQ(rows.attention.size(), 1U);
  EXPECT_EQ(rows.attention[0].kernel.shape[2], 256);
  ASSERT_EQ(rows.memory.size(), 2U);
  EXPECT_EQ(rows.memory[1].kernel.shape[0], 20'000'000);
}

TEST_F(KernelTableFiles, OnesOwnSamplesAreAnyKernels) {
  const std::string own = file("own.csv",
                               "kernel,type,a,b,c,d,microseconds\ngemm,bf16,4096,1024,512,1,31.5\nattention,fp16,2,8,128,64,20\n"
                               "layer_norm,bf16,4096,1024,,,12\n");
  const KernelRows rows = read_kernel_tables({.samples = {own}}, a100_gpu());
  ASSERT_EQ(rows.gemm.size(), 1U);
  EXPECT_EQ(rows.gemm[0].kernel, (sim::Kernel{KernelKind::gemm, sim::DataType::bf16, {4096, 1024, 512, 1}}));
  EXPECT_EQ(rows.gemm[0].measured.ticks, 31'500'000);
  ASSERT_EQ(rows.attention.size(), 1U) << "short ones too: they are one's own";
  ASSERT_EQ(rows.memory.size(), 1U);
  EXPECT_EQ(rows.memory[0].kernel.shape, (std::array<std::int64_t, 4>{4096, 1024, 1, 1}));
}

TEST_F(KernelTableFiles, FaultsOfSamplesNameFileLineAndRemedy) {
  const auto of = [&](const std::string& row) {
    return refusal_of({.samples = {file("own.csv", "kernel,type,a,b,c,d,microseconds\n" + row + "\n")}});
  };
  EXPECT_NE(of("gem,bf16,1,1,1,1,5").find("own.csv:2: \"gem\" is no kernel that is fitted; known: gemm, attention, "), std::string::npos)
      << of("gem,bf16,1,1,1,1,5");
  EXPECT_NE(of("attention_backward,bf16,1,8,512,64,5").find("is no kernel that is fitted"), std::string::npos);
  EXPECT_NE(of("gemm,bf17,1,1,1,1,5").find("\"bf17\" is no type; write fp32, fp16"), std::string::npos);
  EXPECT_NE(of("layer_norm,bf16,1,1,1,,5").find("a layer_norm has no parameter c; leave it empty"), std::string::npos);
  EXPECT_NE(of("gemm,bf16,1,1,1,1,0").find("a kernel takes time"), std::string::npos);
  EXPECT_NE(of("gemm,bf16,1,1,0,1,5").find("no whole number"), std::string::npos);
  EXPECT_NE(of("gemm,bf16,1024,1024,1024,1,1e-7").find("own.csv:2: the time is less than a picosecond; "), std::string::npos);
  for (const char* type : {"fp8", "int8", "fp32"}) {
    const std::string said = of(std::string("gemm,") + type + ",1024,1024,1024,1,20");
    EXPECT_NE(said.find("own.csv:2: gemm of " + std::string(type) + ", and the rates that are fitted are those of 16 bits; leave"),
              std::string::npos)
        << said;
    EXPECT_NE(of(std::string("attention,") + type + ",1,8,512,64,20").find("own.csv:2: attention of"), std::string::npos);
    EXPECT_EQ(of(std::string("elementwise,") + type + ",1024,1,1,,5"), "") << "memory knows bytes, not types";
  }
  EXPECT_NE(of("gemm,bf16,9000000000,9000000000,1,1,5").find("own.csv:2"), std::string::npos);
  EXPECT_NE(refusal_of({.gemm = {file("int8.csv", "gemm_dtype,m,n,k,latency\nint8_wo,1,2,3,4\n")}}).find("has no row that a fit could use"),
            std::string::npos);
}

}  // namespace
}  // namespace orrery::workloads
