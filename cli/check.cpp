// orrery check FILE...: every fault of scenarios at once, without running them.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "cli/check_memory.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "report/counted.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/units_text.h"

namespace orrery::cli {
namespace {

/// A line that says that all is well. Throws sim::Error where it is not.
std::string checked(const std::string& file, const std::vector<std::string>& overrides, const Context& context) {
  const auto scenario = scenarios::read_scenario(file, overrides, context.library);
  if (!scenario.training) {
    return fmt::format("{}: ok, a cluster of {}\n", file, report::counted(all_gpus(scenario.cluster), "GPU"));
  }
  const auto memory = check_memory(scenario);
  return fmt::format("{}: ok, {}, {} of {} a GPU\n", file, report::counted(scenario.training->gpus(), "GPU"), sim::to_text(memory.total()),
                     sim::to_text(memory.capacity));
}

/// Every file is looked at; the gravest kind of fault decides how it ends.
void check(const std::vector<std::string>& files, const std::vector<std::string>& overrides, const Context& context) {
  std::vector<sim::Fault> faults;
  std::optional<sim::ErrorKind> kind;
  for (const std::string& file : files) {
    try {
      print(checked(file, overrides, context));
    } catch (const sim::Error& error) {
      faults.insert(faults.end(), error.faults().begin(), error.faults().end());
      kind = std::min(kind.value_or(error.kind()), error.kind());  // bad input before infeasible before unavailable
    }
  }
  if (kind) throw sim::Error(std::move(faults), *kind);
}

}  // namespace

void add_check(CLI::App& app, const Context& context) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto overrides = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("check", "List every fault of scenarios, without running them");
  command->add_option("FILE", *files, "scenarios")->required();
  add_set_option(*command, *overrides, "path=value: changes the scenarios");
  command->callback([files, overrides, &context] { check(*files, *overrides, context); });
}

}  // namespace orrery::cli
