#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"

namespace orrery::cli {
namespace {

constexpr std::string_view bash_functions = R"(# What completes `orrery` in bash. In ~/.bashrc: source <(orrery completion bash)

# Adds those of WORDS that begin with what is typed.
_orrery_words() { # WORDS
  local found
  while read -r found; do COMPREPLY+=("$found"); done < <(compgen -W "$1" -- "$cur")
}

# Adds files of one of these kinds, or of any, and folders to go on in.
_orrery_files() { # [EXTENSION]...
  local found
  compopt -o filenames
  while read -r found; do
    if [[ -d $found ]] || (($# == 0)) || [[ " $* " == *" ${found##*.} "* ]]; then COMPREPLY+=("$found"); fi
  done < <(compgen -f -- "$cur")
}

_orrery_folders() {
  local found
  compopt -o filenames
  while read -r found; do COMPREPLY+=("$found"); done < <(compgen -d -- "$cur")
}

# path=value of --set: the next step of the path, or the value.
_orrery_assignment() {
  local prefix cur=$cur found
  if [[ $cur == *=* ]]; then # where COMP_WORDBREAKS has no "="
    prefix=${cur%%=*}=
    found=$(_orrery_values "${cur%%=*}")
  else
    prefix=${cur%"${cur##*.}"}
    found=$(_orrery_steps "$prefix")
    compopt -o nospace
  fi
  cur=${cur#"$prefix"}
  _orrery_words "$found"
  COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
}
)";

std::string words_of(const Argument& argument) { return shell_quoted(fmt::format("{}", fmt::join(argument.words, " "))); }

/// The command that completes what `argument` wants.
std::string bash_action(const Argument& argument) {
  switch (argument.wants) {
    case Wants::words:
      return "_orrery_words " + words_of(argument);
    case Wants::our_file:
      return fmt::format("_orrery_words {}; _orrery_files json program", words_of(argument));
    case Wants::file:
      return "_orrery_files";
    case Wants::folder:
      return "_orrery_folders";
    case Wants::assignment:
      return "_orrery_assignment";
    case Wants::nothing:
    case Wants::text:
      break;
  }
  return ":";
}

std::string option_names(const Command& command) {
  std::vector<std::string> names;
  for (const Argument& option : command.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

/// Patterns of the options that the next word belongs to: "'run --set'|'run --out'".
std::string options_with_value(const CommandLine& line) {
  std::vector<std::string> patterns;
  for (const Command& command : line.commands) {
    for (const Argument& option : command.options) {
      if (option.wants == Wants::nothing) continue;
      for (const std::string& name : option.names) patterns.push_back(fmt::format("'{} {}'", command.name, name));
    }
  }
  return fmt::format("{}", fmt::join(patterns, "|"));
}

std::string bash_steps(const CommandLine& line) {
  std::string script = "\n_orrery_steps() { # PREFIX: what may follow it in a path\n  case $1 in\n";
  for (const auto& [prefix, steps] : line.steps) {
    std::vector<std::string> texts;
    for (const PathStep& step : steps) texts.push_back(step.text);
    script += fmt::format("    {}) echo {} ;;\n", shell_quoted(prefix), shell_quoted(fmt::format("{}", fmt::join(texts, " "))));
  }
  script += "  esac\n}\n\n_orrery_values() { # PATH\n  case $1 in\n";
  for (const auto& [path, words] : line.values) {
    script += fmt::format("    {}) echo {} ;;\n", shell_quoted(path), shell_quoted(fmt::format("{}", fmt::join(words, " "))));
  }
  return script + "  esac\n}\n";
}

constexpr std::string_view bash_begin = R"(
_orrery() {
  local cur=${COMP_WORDS[COMP_CWORD]} i after_equals=
  local -a before=()
  COMPREPLY=()
  # bash breaks words at "=": `--set a.b=c` comes as --set, a.b, =, c.
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == = ]] || before+=("${COMP_WORDS[i]}")
  done
  if [[ $cur == = ]]; then
    cur='' after_equals=1
  elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
    after_equals=1
  fi
  local n=${#before[@]}
)";

/// Which of a command's arguments without dashes is being typed.
constexpr std::string_view bash_place = R"(  local place=0
  for ((i = 2; i < COMP_CWORD; i++)); do
    case "${{before[0]}} ${{COMP_WORDS[i]}}" in
      *' =') ((i++)) ;;
      {}) [[ ${{COMP_WORDS[i + 1]}} == = ]] || ((i++)) ;;
      *' -'*) ;;
      *) ((place++)) ;;
    esac
  done
)";

}  // namespace

std::string bash_completion(const CommandLine& line) {
  std::vector<std::string> names;
  for (const Command& command : line.commands) names.push_back(command.name);

  std::string script(bash_functions);
  script += bash_steps(line);
  script += bash_begin;
  script +=
      fmt::format("  if ((n == 0)); then\n    _orrery_words '{} {}'\n    return\n  fi\n", fmt::join(names, " "), option_names(line.itself));
  script +=
      "  if [[ $after_equals ]] && ((n > 1)) && [[ ${before[n - 2]} == --set ]]; then\n"
      "    _orrery_words \"$(_orrery_values \"${before[n - 1]}\")\"\n    return\n  fi\n"
      "  case \"${before[0]} ${before[n - 1]}\" in\n";
  for (const Command& command : line.commands) {
    for (const Argument& option : command.options) {
      if (option.wants == Wants::nothing) continue;
      for (const std::string& name : option.names)
        script += fmt::format("    '{} {}') {}; return ;;\n", command.name, name, bash_action(option));
    }
  }
  script += "  esac\n  case \"${before[0]} $cur\" in\n";
  for (const Command& command : line.commands)
    script += fmt::format("    '{} -'*) _orrery_words '{}'; return ;;\n", command.name, option_names(command));
  script += "  esac\n" + fmt::format(bash_place, options_with_value(line)) + "  case \"${before[0]} $place\" in\n";
  for (const Command& command : line.commands) {
    int place = 0;
    for (const Argument& positional : command.positionals) {
      const std::string where = positional.repeats ? fmt::format("'{} '*", command.name) : fmt::format("'{} {}'", command.name, place++);
      script += fmt::format("    {}) {} ;;\n", where, bash_action(positional));
    }
  }
  return script + "  esac\n}\ncomplete -F _orrery orrery\n";
}

}  // namespace orrery::cli
