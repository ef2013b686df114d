// A device's calibration as the file that scenarios read (scenarios/calibrations.h), and what a fit has changed, for the terminal.
//
//     write_file("calibrations/mine.json", calibration_json(fitted));
#pragma once

#include <string>
#include <vector>

#include "workloads/calibration.h"

namespace orrery::report {

std::string calibration_json(const workloads::Calibration& calibration);

/// A line a class of rows: how many, and how far the prediction is from them.
std::string residuals_text(const std::vector<workloads::Residual>& residuals);

}  // namespace orrery::report
