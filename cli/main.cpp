// orrery: the command line. Parses arguments, runs one command, and turns what is thrown into messages and exit codes.

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <new>
#include <stdexcept>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/page.h"
#include "sim/error.h"

namespace {

using orrery::cli::Context;
using orrery::cli::Exit;
using orrery::cli::say;

constexpr const char* footer = R"(Try:
  orrery run mt-nlg-530b
  orrery run mt-nlg-530b --set cluster.nodes=350 --set workload.parallelism.data=10

Scenarios are JSON files with comments. `orrery init -o my.json` writes one to start from; `orrery list examples` names those that come
with Orrery, in its folder scenarios/examples. Options of a command: orrery run --help. Completion: source <(orrery completion bash).
Editors complete scenarios by the schema that `orrery schema` prints.

Exit: 0 ok, 1 a bug of Orrery, 2 bad input or usage, 3 measured and predicted do not fit together, 4 infeasible (memory), 6 not available here.)";

Context make_context() {
  Context context;
  const char* home = std::getenv("ORRERY_HOME");
  const std::filesystem::path folder = home != nullptr ? home : ORRERY_SOURCE_DIR;
  context.library.root = folder / "scenarios";
  context.charts = folder / "build" / "charts.js";
  if (const char* data = std::getenv("ORRERY_DATA"); data != nullptr && *data != '\0') context.library.data = data;
  std::error_code error;
  if (!std::filesystem::is_directory(context.library.root, error)) {
    throw orrery::sim::Error({.place = "ORRERY_HOME",
                              .what = "there is no folder \"" + context.library.root.string() + "\", where presets are",
                              .remedy = "set ORRERY_HOME to Orrery's own folder"});
  }
  const char* no_colour = std::getenv("NO_COLOR");
  context.output_style.colour = isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
  context.version = ORRERY_VERSION;
  return context;
}

Exit report(const orrery::sim::Error& error) {
  for (const auto& fault : error.faults()) say(orrery::sim::to_text(fault));
  switch (error.kind()) {
    case orrery::sim::ErrorKind::bad_input:
      return Exit::bad_input;
    case orrery::sim::ErrorKind::infeasible:
      return Exit::infeasible;
    case orrery::sim::ErrorKind::unavailable:
      return Exit::unavailable;
    case orrery::sim::ErrorKind::threshold:
      return Exit::threshold;
  }
  return Exit::bug;
}

Exit run(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command.empty()) throw orrery::sim::Error({"", "no command is given", "see orrery --help, or try: orrery run mt-nlg-530b"});
  if (!command.starts_with('-')) orrery::cli::check_command(command);

  Context context = make_context();
  context.command = orrery::cli::command_line_of({argv + 1, argv + argc});
  CLI::App app("A working model of a GPU supercomputer: how long, how many GPUs, and why.", "orrery");
  app.set_version_flag("--version", context.version);
  app.require_subcommand(1);
  add_run(app, context);
  add_explain(app, context);
  add_diff(app, context);
  add_check(app, context);
  add_program(app, context);
  add_list(app, context);
  add_validate(app, context);
  add_import(app, context);
  add_export(app, context);
  add_init(app, context);
  add_compare(app, context);
  add_topology(app, context);
  add_calibrate(app, context);
  add_collective(app, context);
  add_realrun(app, context);
  add_schema(app, context);
  add_completion(app, context);
  app.footer(footer);  // after the commands, which would inherit it
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error) == 0 ? Exit::ok : Exit::bad_input;  // --help, --version
    throw orrery::sim::Error({"", error.what(), command.starts_with('-') ? "see orrery --help" : "see orrery " + command + " --help"});
  }
  return Exit::ok;
}

/// What is thrown, as message and exit code.
Exit guarded(const std::function<Exit()>& action) {
  try {
    return action();
  } catch (const orrery::sim::Error& error) {
    return report(error);
  } catch (const std::overflow_error&) {  // of simulated time: nothing else is checked that way
    return report(orrery::sim::Error({.place = "",
                                      .what = "the iteration takes longer than 106 days, more than Orrery's picosecond clock holds",
                                      .remedy = "check rates and sizes"}));
  } catch (const std::bad_alloc&) {
    return report(orrery::sim::Error({.place = "", .what = "not enough memory for this machine", .remedy = "simulate fewer GPUs"}));
  } catch (const std::exception& error) {
    say(std::string("a fault of Orrery itself: ") + error.what() + "\nPlease report it with the command and its input.");
    return Exit::bug;
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // writing to a closed pipe is then an error of the write
  const Exit exit = guarded([&] { return run(argc, argv); });
  const Exit flushed = guarded([] {
    orrery::cli::flush_output();
    return Exit::ok;
  });
  return static_cast<int>(exit == Exit::ok ? flushed : exit);
}
