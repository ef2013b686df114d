#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"

namespace orrery::cli {
namespace {

constexpr std::string_view fish_functions =
    R"(# What completes `orrery` in fish: orrery completion fish > ~/.config/fish/completions/orrery.fish

# path=value of --set: the next step of the path, or the value.
function __orrery_assignment
    set -l typed (string replace -r '^--set=' '' -- (commandline -ct))
    if string match -q '*=*' -- $typed
        set -l path (string replace -r '=.*' '' -- $typed)
        for value in (__orrery_values $path)
            echo $path=$value
        end
    else
        set -l prefix (string replace -r '[^.]*$' '' -- $typed)
        for step in (__orrery_steps $prefix)
            echo $prefix$step
        end
    end
end

# Whether what is typed is the PLACE-th argument of the command without dashes. The next word belongs to an OPTION.
function __orrery_is_at -a command place # OPTION...
    set -l count -2 # orrery, and the command
    set -l is_value
    set -l words (commandline -opc)
    for word in $words
        if test -n "$is_value"
            set is_value
        else if contains -- $word $argv[3..-1]
            set is_value yes
        else if not string match -q -- '-*' $word
            set count (math $count + 1)
        end
    end
    test "$words[2]" = $command -a $count = $place
end

function __orrery_our_files
    __fish_complete_suffix .json
    __fish_complete_suffix .program
end
)";

/// Between single quotes, as fish reads it.
std::string fish_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

/// The options of `complete` for what an argument wants.
std::string fish_action(const Argument& argument) {
  switch (argument.wants) {
    case Wants::words:
      return fmt::format(" -x -a {}", fish_quoted(fmt::format("{}", fmt::join(argument.words, " "))));
    case Wants::our_file:
      return fmt::format(" -x -a {}", fish_quoted(fmt::format("{} (__orrery_our_files)", fmt::join(argument.words, " "))));
    case Wants::file:
      return " -r -F";
    case Wants::folder:
      return " -x -a '(__fish_complete_directories)'";
    case Wants::assignment:
      return " -x -a '(__orrery_assignment)'";
    case Wants::text:
      return " -x";
    case Wants::nothing:
      break;
  }
  return "";
}

std::string fish_option(const Argument& option) {
  std::string flags;
  for (const std::string& name : option.names) flags += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return flags + " -d " + fish_quoted(option.description);
}

/// The beginning of what completes an argument that has its place.
std::string fish_place(const Command& command, int place) {
  std::string options;
  for (const Argument& option : command.options) {
    if (option.wants != Wants::nothing) options += fmt::format(" {}", fmt::join(option.names, " "));
  }
  return fmt::format("complete -c orrery -n '__orrery_is_at {} {}{}'", command.name, place, options);
}

std::string fish_steps(const CommandLine& line) {
  std::string script = "\nfunction __orrery_steps -a prefix\n    switch \"$prefix\"\n";
  for (const auto& [prefix, steps] : line.steps) {
    script += fmt::format("        case {}\n            printf '%s\\t%s\\n'", fish_quoted(prefix));
    for (const PathStep& step : steps) script += fmt::format(" {} {}", step.text, fish_quoted(step.description));
    script += "\n";
  }
  script += "    end\nend\n\nfunction __orrery_values -a path\n    switch \"$path\"\n";
  for (const auto& [path, words] : line.values) {
    script += fmt::format("        case {}\n            printf '%s\\n' {}\n", fish_quoted(path), fmt::join(words, " "));
  }
  return script + "    end\nend\n";
}

}  // namespace

std::string fish_completion(const CommandLine& line) {
  std::string script(fish_functions);
  script += fish_steps(line);
  script += "\ncomplete -c orrery -f\n";
  for (const Argument& option : line.itself.options) script += "complete -c orrery -n __fish_use_subcommand" + fish_option(option) + "\n";
  for (const Command& command : line.commands) {
    script += fmt::format("complete -c orrery -n __fish_use_subcommand -a {} -d {}\n", command.name, fish_quoted(command.description));
    const std::string within = fmt::format("complete -c orrery -n '__fish_seen_subcommand_from {}'", command.name);
    for (const Argument& option : command.options) script += within + fish_option(option) + fish_action(option) + "\n";
    int place = 0;
    for (const Argument& positional : command.positionals) {
      script += (positional.repeats ? within : fish_place(command, place++)) + fish_action(positional) + "\n";
    }
  }
  return script;
}

}  // namespace orrery::cli
