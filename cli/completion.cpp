// orrery completion SHELL: a script that completes what is typed.

#include "cli/completion.h"

#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "sim/error.h"

namespace orrery::cli {
namespace {

std::string completion(const std::string& shell, const CommandLine& line) {
  if (shell == "bash") return bash_completion(line);
  if (shell == "zsh") return zsh_completion(line);
  if (shell == "fish") return fish_completion(line);
  throw sim::Error({"", "there is no completion for the shell \"" + shell + "\"", scenarios::suggestion(shell, {"bash", "zsh", "fish"})});
}

}  // namespace

std::string shell_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return result + "'";
}

void add_completion(CLI::App& app, const Context& context) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print a script that completes commands, options, presets and --set, for a shell");
  command->add_option("SHELL", *shell, "whose script is wanted")->type_name("{bash,zsh,fish}")->required();
  command->footer(
      "~/.bashrc:  source <(orrery completion bash)\n"
      "~/.zshrc:   source <(orrery completion zsh)      (after compinit)\n"
      "fish:       orrery completion fish > ~/.config/fish/completions/orrery.fish");
  command->callback([shell, &app, &context] { print(completion(*shell, command_line(app, context.library))); });
}

}  // namespace orrery::cli
