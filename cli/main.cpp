// orrery: the command line. Parses arguments, runs one command, and turns what is thrown into messages and exit codes.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "cli/commands.h"
#include "sim/error.h"

namespace {

using orrery::cli::Context;
using orrery::cli::Exit;

Context make_context() {
  Context context;
  const char* home = std::getenv("ORRERY_HOME");
  context.library.root = std::filesystem::path(home != nullptr ? home : ORRERY_SOURCE_DIR) / "scenarios";
  const char* no_colour = std::getenv("NO_COLOR");
  context.output_style.colour = isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
  context.version = ORRERY_VERSION;
  return context;
}

Exit report(const orrery::sim::Error& error) {
  for (const auto& fault : error.faults()) fmt::print(stderr, "orrery: {}\n", orrery::sim::to_text(fault));
  switch (error.kind()) {
    case orrery::sim::ErrorKind::bad_input:
      return Exit::bad_input;
    case orrery::sim::ErrorKind::infeasible:
      return Exit::infeasible;
    case orrery::sim::ErrorKind::unavailable:
      return Exit::unavailable;
  }
  return Exit::bug;
}

Exit run(int argc, char** argv) {
  const Context context = make_context();
  Exit exit = Exit::ok;
  CLI::App app("A working model of a GPU supercomputer: how long, how many GPUs, and why.", "orrery");
  app.set_version_flag("--version", context.version);
  app.require_subcommand(1);
  add_run(app, context, exit);
  add_check(app, context, exit);
  add_program(app, context, exit);
  add_list(app, context, exit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Exit::ok : Exit::bad_input;
  }
  return exit;
}

}  // namespace

int main(int argc, char** argv) {
  Exit exit = Exit::bug;
  try {
    exit = run(argc, argv);
  } catch (const orrery::sim::Error& error) {
    exit = report(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "orrery: a fault of Orrery itself: {}\nPlease report it with the command and its input.\n", error.what());
  }
  if (std::fflush(stdout) != 0 && exit == Exit::ok) {
    fmt::print(stderr, "orrery: stdout could not be written\n");
    exit = Exit::bad_input;
  }
  return static_cast<int>(exit);
}
