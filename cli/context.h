// What every command is given: where presets are, how to write to the terminal. Made once in main.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/terminal_style.h"
#include "scenarios/presets.h"

namespace orrery::cli {

/// What the process ends with; design: exit codes.
enum class Exit : int { ok = 0, bug = 1, bad_input = 2, threshold = 3, infeasible = 4, budget = 5, unavailable = 6, interrupted = 130 };

struct Context {
  scenarios::PresetLibrary library;
  report::TerminalStyle output_style;  // of stdout
  std::string version;
  std::string command;           // the line that was given, as a shell takes it
  std::filesystem::path charts;  // of pages, where somebody has built them (report/page/charts/build)
};

}  // namespace orrery::cli
