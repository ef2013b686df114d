// orrery program FILE: the Program of a scenario, as text.

#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/write_file.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/program_text.h"
#include "workloads/training_program.h"

namespace orrery::cli {
namespace {

struct ProgramOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::string output;
};

void print_program(const ProgramOptions& options, const Context& context) {
  const auto scenario = scenarios::read_scenario(options.file, options.overrides, context.library);
  if (!scenario.training) {
    throw sim::Error(scenario.places.placed("", "describes a cluster without a workload", "add a \"workload\""));
  }
  const std::string text = sim::text_of(workloads::training_program(*scenario.training, scenario.software));
  if (options.output.empty()) {
    print(text);
  } else {
    report::write_file(options.output, text);
  }
}

}  // namespace

void add_program(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ProgramOptions>();
  CLI::App* command = app.add_subcommand("program", "Print what the ranks of a scenario do, as a Program");
  command->add_option("FILE", options->file, "scenario, or the name of an example")->required();
  add_set_option(*command, options->overrides, "path=value: changes the scenario");
  command->add_option("-o", options->output, "file instead of stdout")->type_name("OUT");
  command->callback([options, &context] { print_program(*options, context); });
}

}  // namespace orrery::cli
