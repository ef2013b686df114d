#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"

namespace orrery::cli {
namespace {

constexpr std::string_view zsh_begin = R"(#compdef orrery
# What completes `orrery` in zsh. In ~/.zshrc, after compinit: source <(orrery completion zsh)
# or: orrery completion zsh > FOLDER/_orrery, in a FOLDER of $fpath

# path=value of --set: the next step of the path, or the value.
_orrery_assignment() {
  local before
  local -a found
  if compset -P '*='; then
    before=${${IPREFIX%=}##*=}
    _orrery_values
    compadd -a found
  else
    compset -P '*.'
    before=${IPREFIX##*=}
    _orrery_steps
    _describe -t steps 'path of --set' found -S ''
  fi
}

_orrery_our_files() { # NAME...
  compadd -- "$@"
  _files -g '*.(json|program)'
}
)";

/// With `special` behind backslashes, as specifications of _arguments and _describe have them.
std::string zsh_escaped(const std::string& text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_action(const Argument& argument) {
  switch (argument.wants) {
    case Wants::words:
      return fmt::format("({})", fmt::join(argument.words, " "));
    case Wants::our_file:
      return fmt::format(" _orrery_our_files {}", fmt::join(argument.words, " "));
    case Wants::file:
      return "_files";
    case Wants::folder:
      return "_files -/";
    case Wants::assignment:
      return "_orrery_assignment";
    case Wants::nothing:
    case Wants::text:
      break;
  }
  return " ";
}

/// '(-h --help)'{-h,--help}'[what it does]'; --set= takes its value as the next word, too.
std::string zsh_option(const Argument& option) {
  std::string rest = fmt::format("[{}]", zsh_escaped(option.description, "[]:"));
  if (option.wants != Wants::nothing) rest += fmt::format(":value:{}", zsh_action(option));
  std::vector<std::string> names;
  for (const std::string& name : option.names)
    names.push_back(option.wants != Wants::nothing && name.starts_with("--") ? name + "=" : name);
  const std::string alone = option.repeats ? "'*'" : fmt::format("'({})'", fmt::join(option.names, " "));
  return names.size() == 1 ? alone + names.front() + shell_quoted(rest)
                           : fmt::format("{}{{{}}}{}", alone, fmt::join(names, ","), shell_quoted(rest));
}

std::string zsh_arguments(const Command& command) {
  std::string script;
  for (const Argument& option : command.options) script += " \\\n        " + zsh_option(option);
  int place = 1;
  for (const Argument& positional : command.positionals) {
    const std::string number = positional.repeats ? "*" : std::to_string(place++);
    const std::string what = zsh_escaped(positional.names.front(), ":");
    script += " \\\n        " + shell_quoted(fmt::format("{}:{}:{}", number, what, zsh_action(positional)));
  }
  return script;
}

std::string zsh_paths(const CommandLine& line) {
  std::string script = "\n# What may follow `before` in a path.\n_orrery_steps() {\n  case $before in\n";
  for (const auto& [prefix, steps] : line.steps) {
    script += fmt::format("    {}) found=(", shell_quoted(prefix));
    for (const PathStep& step : steps) script += "\n      " + shell_quoted(step.text + ":" + zsh_escaped(step.description, ""));
    script += ") ;;\n";
  }
  script += "  esac\n}\n\n# Of the path `before`.\n_orrery_values() {\n  case $before in\n";
  for (const auto& [path, words] : line.values) script += fmt::format("    {}) found=({}) ;;\n", shell_quoted(path), fmt::join(words, " "));
  return script + "  esac\n}\n";
}

}  // namespace

std::string zsh_completion(const CommandLine& line) {
  std::string script(zsh_begin);
  script += zsh_paths(line);
  script += "\n_orrery() {\n  local line state\n  local -a commands=(";
  for (const Command& command : line.commands) script += "\n    " + shell_quoted(command.name + ":" + zsh_escaped(command.description, ""));
  script += ")\n  _arguments -C";
  script += zsh_arguments(line.itself);
  script +=
      " \\\n        '1:command:->command' '*::argument:->argument'\n"
      "  case $state in\n    command) _describe -t commands command commands ;;\n    argument) case $line[1] in\n";
  for (const Command& command : line.commands) script += fmt::format("      {}) _arguments{} ;;\n", command.name, zsh_arguments(command));
  return script +
         "    esac ;;\n  esac\n}\n\n"
         "if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then _orrery \"$@\"; else compdef _orrery orrery; fi\n";
}

}  // namespace orrery::cli
