// The commands, a file each. `add_NAME` declares a command's options to CLI11 and what it does when it is chosen: print to stdout and leave
// the exit code in `exit`. Mistakes are thrown as sim::Error.
#pragma once

#include <CLI/App.hpp>

#include "cli/context.h"

namespace orrery::cli {

void add_run(CLI::App& app, const Context& context, Exit& exit);
void add_check(CLI::App& app, const Context& context, Exit& exit);
void add_program(CLI::App& app, const Context& context, Exit& exit);
void add_list(CLI::App& app, const Context& context, Exit& exit);

}  // namespace orrery::cli
