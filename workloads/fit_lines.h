// Fits a calibration to what realrun has measured: a line for every kind of kernel and type, for every collective and number of ranks, and
// for messages. No model of the device is asked: it is the calibration of one machine, for Programs of the kinds that were measured.
//
//     const Calibration mine = fit_lines(samples, "my-host");
//     mine.lines->provenance.residuals        // one a kind
//
// A line is fixed + work / rate. Where a kind was measured in one shape alone it is work / rate; else both constants are those with the
// least sum of |log(predicted / measured)| over the medians of the samples, which outliers do not rule. Costs milliseconds; deterministic.
// Leaves out: copies, whose rates are the node's, not the calibration's; and what shapes do beyond their work (caches, odd sizes): the
// residuals say how much that is.
#pragma once

#include <string>
#include <vector>

#include "sim/samples.h"
#include "workloads/calibration.h"

namespace orrery::workloads {

/// Of device `samples.device`; rows without work are left out, and a kind that takes as long whatever its work has a flat line. Throws
/// sim::Error where there are no kernels among the samples, and for what is slower than a file of calibrations can say (1 GFLOP/s).
Calibration fit_lines(const sim::Samples& samples, const std::string& name);

/// How well the calibration's lines predict the samples, a residual a kind; samples of kinds that it has no line for are left out.
std::vector<Residual> line_residuals(const sim::Samples& samples, const Calibration& calibration);

}  // namespace orrery::workloads
