// orrery check FILE...: every fault of scenarios at once, without running them.

#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/units_text.h"
#include "workloads/memory.h"

namespace orrery::cli {
namespace {

// A scenario that reads may still not be buildable, or not fit.
Exit check_file(const std::string& file, const std::vector<std::string>& overrides, const Context& context) {
  const auto scenario = scenarios::read_scenario(file, overrides, context.library);
  const topology::Cluster cluster(scenario.cluster);
  if (!scenario.training) {
    fmt::print("{}: ok, a cluster of {} GPUs\n", file, cluster.gpus());
    return Exit::ok;
  }
  const auto memory = workloads::training_memory(*scenario.training, scenario.software, cluster.node().gpu);
  fmt::print("{}: {}, {} GPUs, {} of {} a GPU\n", file, memory.fits() ? "ok" : "does not fit", scenario.training->gpus(),
             sim::to_text(memory.total()), sim::to_text(memory.capacity));
  return memory.fits() ? Exit::ok : Exit::infeasible;
}

}  // namespace

void add_check(CLI::App& app, const Context& context, Exit& exit) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto overrides = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("check", "List every fault of scenarios, without running them");
  command->add_option("FILE", *files, "scenarios")->required();
  command->add_option("--set", *overrides, "path=value: changes the scenarios")->take_all()->allow_extra_args(false);
  command->callback([files, overrides, &context, &exit] {
    std::vector<sim::Fault> faults;
    for (const std::string& file : *files) {
      try {
        const Exit verdict = check_file(file, *overrides, context);
        if (exit == Exit::ok) exit = verdict;
      } catch (const sim::Error& error) {
        faults.insert(faults.end(), error.faults().begin(), error.faults().end());
      }
    }
    if (!faults.empty()) throw sim::Error(std::move(faults));
  });
}

}  // namespace orrery::cli
