// Fits how much kernels vary from launch to launch: one relative standard deviation for all.
//
//     const NoiseCalibration noise = fit_noise(import_vidur_deviations("a100_mlp_Llama-2-70b-hf.csv.gz"));
//
// The variances of kernels in a row add up, so it is the root mean square of the rows' deviations over their means. Rows below 50 us are
// left out: there the clock's resolution shows. Leaves out: what differs from GPU to GPU, which one device cannot tell.
#pragma once

#include <vector>

#include "sim/units.h"
#include "workloads/calibration.h"

namespace orrery::workloads {

/// Of one kernel, launched over and over.
struct DeviationSample {
  sim::Duration mean{};
  sim::Duration deviation{};
};

/// At least one row of 50 us. Residuals are of the rows' own relative deviations; the source is the caller's to say.
NoiseCalibration fit_noise(const std::vector<DeviationSample>& samples);

}  // namespace orrery::workloads
