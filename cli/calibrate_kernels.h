// orrery calibrate kernels: the kernel constants of a device from measured tables.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "cli/context.h"

namespace orrery::cli {

/// A calibration's name is a file's in calibrations/: throws sim::Error where it is empty, begins with a dot or has a slash.
void check_calibration_name(const std::string& name);

/// Adds it to `calibrate`.
void add_calibrate_kernels(CLI::App& calibrate, const Context& context);

}  // namespace orrery::cli
