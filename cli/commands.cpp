#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "scenarios/presets.h"
#include "sim/error.h"

namespace orrery::cli {
namespace {

constexpr std::array built = {"run", "check", "program", "list"};
constexpr std::array planned = {"explain", "compare", "diff",    "plan",      "sweep", "collective", "topology",  "validate",
                                "import",  "export",  "realrun", "calibrate", "init",  "schema",     "completion"};

}  // namespace

void check_command(const std::string& name) {
  if (std::ranges::find(built, name) != built.end()) return;
  if (std::ranges::find(planned, name) != planned.end()) {
    throw sim::Error({"", "the command \"" + name + "\" is not built yet", "today: run, check, program, list"},
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
