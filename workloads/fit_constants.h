// The numerical half of fitting: find positive constants that minimise a loss, by Nelder-Mead on subspaces (NLopt's Sbplx) over their
// logarithms; and state how far predictions are from measurements. Knows neither kernels nor collectives.
//
//     const std::vector<double> best = fit_constants({240e12, 3e-6}, [&](const std::vector<double>& c) { return loss(c); });
//
// Deterministic; finds a local optimum near the start. Costs as many evaluations as allowed, at most.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "workloads/calibration.h"

namespace orrery::workloads {

struct FitOptions {
  int evaluations = 5000;
  double tolerance = 1e-5;  // relative, of the loss and of the constants
};

/// `start` scaled to where `loss` is least. A constant that starts at zero stays zero.
std::vector<double> fit_constants(const std::vector<double>& start, const std::function<double(const std::vector<double>&)>& loss,
                                  const FitOptions& options = {});

/// One class of rows: `ratios` are predicted / measured, at least one. Quantiles are rows, not interpolated.
Residual residual_of(std::string rows_of, const std::vector<double>& ratios);
/// Mean |log(ratio)|: symmetric between too fast and too slow, and not ruled by outliers.
double mean_log_error(const std::vector<double>& ratios);

}  // namespace orrery::workloads
