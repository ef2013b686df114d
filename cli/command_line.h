// What can be typed after `orrery`, as scripts that complete it need to know: commands and options as they are declared to CLI11, and the
// paths of --set as the schema of scenarios has them (scenarios/schema.h).
//
//     const CommandLine line = command_line(app, library);
//     line.commands[0].options;       // of `orrery run`: --cluster, --set, ...
//
// What an argument wants follows from what its help shows: {a,b} are words, FILE, MACHINE and DATASET files of ours or names of those that
// come with Orrery, DIR is a folder, OUT and LOG other files, PATH=VALUE a change of a scenario. Words are made of letters, digits and ._+-
// alone, so that shells take them as they are.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "scenarios/presets.h"

namespace orrery::cli {

enum class Wants { nothing, text, words, our_file, file, folder, assignment };

struct Argument {
  std::vector<std::string> names;  // {"-h", "--help"}; of what has no dashes, what the help calls it
  std::string description;
  Wants wants;                     // nothing: a flag
  std::vector<std::string> words;  // that it may be; of our files, the names of those that come with Orrery
  bool repeats;
};

struct Command {
  std::string name;
  std::string description;
  std::vector<Argument> options;
  std::vector<Argument> positionals;
};

/// A step of a path of --set: "nodes=" where its value follows, "fabric." where more steps do.
struct PathStep {
  std::string text;
  std::string description;
};
struct PathSteps {
  std::string prefix;  // "cluster."; of the first steps ""
  std::vector<PathStep> steps;
};
struct PathValues {
  std::string path;  // "cluster.node"
  std::vector<std::string> words;
};

struct CommandLine {
  Command itself;  // what may stand before the command
  std::vector<Command> commands;
  std::vector<PathSteps> steps;    // sorted by prefix
  std::vector<PathValues> values;  // of paths whose values have names, sorted by path
};

CommandLine command_line(const CLI::App& app, const scenarios::PresetLibrary& library);

}  // namespace orrery::cli
