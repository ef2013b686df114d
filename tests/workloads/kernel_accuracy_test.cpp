// How near the kernel model is to measured tables: that of the committed calibration, those of other libraries on the same GPU, and five
// folds over shapes, each predicted by a fit to the other four.
//
// The tables disagree. Of the 6,849 products from 0.1 GFLOP, vLLM's and TensorRT-LLM's times are 1 % apart (median), and SGLang's, of a
// later cuBLAS, 7 % from both, more than 21 % for a tenth of them: by shape, for libraries choose other tiles, and from 128 GFLOP 14 and 8
// % slower all over, for that GPU's clocks were lower. No set of constants is within 6 % of all three. The calibration is of SGLang's
// level, which products in training have (docs/kernels.md); of the others, the same constants are judged, and constants fitted to them.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/committed.h"
#include "tests/workloads/measured_kernels.h"
#include "workloads/accuracy.h"
#include "workloads/calibrate_kernels.h"
#include "workloads/kernel_times.h"

namespace orrery::workloads {
namespace {

constexpr double least_flops = 1e8;

class FitKernelAccuracy : public testing::Test {
 protected:
  void SetUp() override {
    if (!committed::measured_data()) GTEST_SKIP() << "ORRERY_DATA is not set: no measured kernels";
  }
  static std::string data() { return committed::measured_data().value_or(""); }

  topology::GpuSpec gpu_ = committed::dgx_a100().gpu;
  Calibration calibration_ = committed::a100();
};

std::vector<KernelSample> large(std::vector<KernelSample> rows) {
  std::erase_if(rows, [](const KernelSample& row) { return sim::flops(row.kernel).count < least_flops; });
  return rows;
}

struct Errors {
  std::vector<double> sizes{};

  double median() const { return quantile(sizes, 0.5); }
  double p90() const { return quantile(sizes, 0.9); }
  void add(const std::vector<KernelSample>& rows, const Calibration& calibration, const topology::GpuSpec& gpu) {
    const KernelTimes times(calibration, gpu);
    for (const KernelSample& row : rows) sizes.push_back(std::abs(times.duration(row.kernel).seconds() / row.measured.seconds() - 1));
  }
};

Errors errors_of(const std::vector<KernelSample>& rows, const Calibration& calibration, const topology::GpuSpec& gpu) {
  Errors errors;
  errors.add(rows, calibration, gpu);
  return errors;
}

/// Each row, predicted by a fit to the rows of the other folds. Every row is another shape, and a fold takes every fifth.
Errors errors_over_folds(const std::vector<KernelSample>& rows, KernelFamily family, const Calibration& start,
                         const topology::GpuSpec& gpu) {
  constexpr std::size_t folds = 5;
  constexpr std::size_t most = 1200;  // rows to fit to, so that five fits take seconds
  Errors errors;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<KernelSample> others;
    std::vector<KernelSample> kept_back;
    for (std::size_t i = 0; i < rows.size(); ++i) (i % folds == fold ? kept_back : others).push_back(rows[i]);
    errors.add(kept_back, fit_kernels(family, evenly_taken(others, most), start, gpu, {.evaluations = 1000}), gpu);
  }
  return errors;
}

/// So that a fold's fit has something to find: what another device's datasheet might have made of it.
Calibration detuned(Calibration calibration) {
  for (GemmTile& tile : calibration.gemm.tiles) tile.rate = tile.rate * 0.9;
  calibration.gemm.memory_bandwidth = calibration.gemm.memory_bandwidth * 1.1;
  calibration.gemm.launch = sim::Duration::from_seconds(calibration.gemm.launch.seconds() * 1.2);
  calibration.attention.rate = calibration.attention.rate * 0.9;
  calibration.attention.launch = sim::Duration::from_seconds(calibration.attention.launch.seconds() * 1.2);
  return calibration;
}

TEST_F(FitKernelAccuracy, OfTheTableThatTheCalibrationIsOf) {
  const std::vector<KernelSample> rows = large(measured::gemms(data()));
  ASSERT_EQ(rows.size(), 6849U);
  const Errors errors = errors_of(rows, calibration_, gpu_);
  EXPECT_LE(errors.median(), 0.06);
  EXPECT_LE(errors.p90(), 0.15);
  const Errors of_attention = errors_of(large(measured::attentions(data())), calibration_, gpu_);
  EXPECT_LE(of_attention.median(), 0.08);
}

TEST_F(FitKernelAccuracy, ShapesThatAFitHasNotSeenAreAsNear) {
  const Errors gemm = errors_over_folds(large(measured::gemms(data())), KernelFamily::gemm, detuned(calibration_), gpu_);
  EXPECT_EQ(gemm.sizes.size(), 6849U);
  EXPECT_LE(gemm.median(), 0.06);
  EXPECT_LE(gemm.p90(), 0.15);
  const Errors of_attention = errors_over_folds(large(measured::attentions(data())), KernelFamily::attention, detuned(calibration_), gpu_);
  EXPECT_LE(of_attention.median(), 0.08);
}

TEST_F(FitKernelAccuracy, OtherLibrariesTablesByThisCalibrationAndByTheirOwn) {
  for (const char* library : {"vllm/0.14.0", "trtllm/1.0.0"}) {
    SCOPED_TRACE(library);
    const std::vector<KernelSample> rows = large(measured::gemms(data(), library));
    const Errors as_it_is = errors_of(rows, calibration_, gpu_);
    EXPECT_LE(as_it_is.median(), 0.09);
    EXPECT_LE(as_it_is.p90(), 0.19);
    const Calibration own = fit_kernels(KernelFamily::gemm, evenly_taken(rows, 1200), calibration_, gpu_, {.evaluations = 1500});
    const Errors fitted = errors_of(rows, own, gpu_);
    EXPECT_LE(fitted.median(), 0.06);
    EXPECT_LE(fitted.p90(), 0.15);
  }
}

}  // namespace
}  // namespace orrery::workloads
