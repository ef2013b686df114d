#include "cli/commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "scenarios/presets.h"
#include "sim/error.h"

namespace orrery::cli {
namespace {

constexpr std::array built = {"run",     "diff",     "explain",    "check",     "program", "list", "validate", "import",    "export",
                              "compare", "topology", "collective", "calibrate", "realrun", "init", "schema",   "completion"};
constexpr std::array planned = {"plan", "sweep"};

}  // namespace

void add_set_option(CLI::App& command, std::vector<std::string>& overrides, const std::string& description) {
  command.add_option("--set", overrides, description)->type_name("PATH=VALUE")->take_all()->allow_extra_args(false);
}

CLI::Validator is_not_empty() {
  return {[](const std::string& text) { return text.empty() ? std::string("is empty; leave it out, or say which") : std::string(); }, ""};
}

void check_command(const std::string& name) {
  if (std::ranges::find(built, name) != built.end()) return;
  if (std::ranges::find(planned, name) != planned.end()) {
    throw sim::Error({"", "the command \"" + name + "\" is not built yet", fmt::format("today: {}", fmt::join(built, ", "))},
                     sim::ErrorKind::unavailable);
  }
  std::vector<std::string> known(built.begin(), built.end());
  std::vector<std::string> all = known;
  all.insert(all.end(), planned.begin(), planned.end());
  const std::string nearest = sim::nearest_name(name, all);
  throw sim::Error(
      {"", "unknown command \"" + name + "\"", nearest.empty() ? scenarios::suggestion(name, known) : "did you mean \"" + nearest + "\"?"});
}

}  // namespace orrery::cli
