// The commands, a file each. `add_NAME` declares a command's options to CLI11 and what it does when it is chosen: print to stdout. Mistakes
// are thrown as sim::Error.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <string>
#include <vector>

#include "cli/context.h"

namespace orrery::cli {

void add_run(CLI::App& app, const Context& context);
void add_diff(CLI::App& app, const Context& context);
void add_explain(CLI::App& app, const Context& context);
void add_check(CLI::App& app, const Context& context);
void add_program(CLI::App& app, const Context& context);
void add_list(CLI::App& app, const Context& context);
void add_validate(CLI::App& app, const Context& context);
void add_import(CLI::App& app, const Context& context);
void add_export(CLI::App& app, const Context& context);
void add_init(CLI::App& app, const Context& context);
void add_schema(CLI::App& app, const Context& context);
void add_compare(CLI::App& app, const Context& context);
void add_collective(CLI::App& app, const Context& context);
void add_topology(CLI::App& app, const Context& context);
void add_calibrate(CLI::App& app, const Context& context);
void add_realrun(CLI::App& app, const Context& context);
void add_completion(CLI::App& app, const Context& context);

/// --set PATH=VALUE, which may repeat; values may hold commas.
void add_set_option(CLI::App& command, std::vector<std::string>& overrides, const std::string& description);

/// Of options that name a folder or a list: an empty text, of a variable that is not set, is refused.
CLI::Validator is_not_empty();

/// Throws sim::Error where there is no command of that name: with the nearest one, or (unavailable) where it is planned and not built yet.
void check_command(const std::string& name);

}  // namespace orrery::cli
