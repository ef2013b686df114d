#include "workloads/fit_noise.h"

#include <cmath>

#include "sim/error.h"
#include "workloads/fit_constants.h"

namespace orrery::workloads {

NoiseCalibration fit_noise(const std::vector<DeviationSample>& samples) {
  constexpr sim::Duration least{50'000'000};
  std::vector<double> deviations;
  double squares = 0;
  for (const DeviationSample& sample : samples) {
    if (sample.mean < least) continue;
    deviations.push_back(sample.deviation.seconds() / sample.mean.seconds());
    squares += deviations.back() * deviations.back();
  }
  sim::check(!deviations.empty(), "noise is fitted to a kernel of 50 us at least");
  NoiseCalibration noise;
  noise.kernels = std::sqrt(squares / static_cast<double>(deviations.size()));
  std::vector<double> ratios;
  for (const double deviation : deviations) {
    if (deviation > 0) ratios.push_back(noise.kernels / deviation);
  }
  if (!ratios.empty()) noise.provenance.residuals = {residual_of("matrix products from 50 us", ratios)};
  return noise;
}

}  // namespace orrery::workloads
