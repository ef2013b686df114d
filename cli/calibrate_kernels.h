// orrery calibrate kernels: the kernel constants of a device from measured tables.
#pragma once

#include <CLI/App.hpp>

#include "cli/context.h"

namespace orrery::cli {

/// Adds it to `calibrate`.
void add_calibrate_kernels(CLI::App& calibrate, const Context& context);

}  // namespace orrery::cli
