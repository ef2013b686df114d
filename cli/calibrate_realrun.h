// orrery calibrate realrun: the calibration of a device from what realrun measured on it.
#pragma once

#include <CLI/App.hpp>

#include "cli/context.h"

namespace orrery::cli {

/// Adds it to `calibrate`.
void add_calibrate_realrun(CLI::App& calibrate, const Context& context);

}  // namespace orrery::cli
