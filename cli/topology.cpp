// orrery topology show|metrics|export|import: the fabric of a scenario, looked at, measured, and carried to other tools and back.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/fabric_picture.h"
#include "report/write_file.h"
#include "scenarios/scenario.h"
#include "topology/condition.h"

namespace orrery::cli {
namespace {

struct TopologyOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::string svg;
};

topology::Cluster machine_of(const TopologyOptions& options, const Context& context, std::string& name) {
  const scenarios::Scenario machine = scenarios::read_scenario(options.file, options.overrides, context.library);
  name = machine.name;
  return topology::as_at_start(topology::Cluster(machine.cluster), machine.condition);
}

void show(const TopologyOptions& options, const Context& context) {
  std::string name;
  const topology::Cluster cluster = machine_of(options, context, name);
  if (!options.svg.empty()) report::write_file(options.svg, report::fabric_svg(cluster, name));
  print(report::fabric_text(cluster, name, context.output_style));
}

CLI::App* add_view(CLI::App& parent, const char* name, const char* meaning, const std::shared_ptr<TopologyOptions>& options) {
  CLI::App* command = parent.add_subcommand(name, meaning);
  command->add_option("FILE", options->file, "a scenario, with or without a workload")->required();
  command->add_option("--set", options->overrides, "path=value: changes the scenario")
      ->type_name("PATH=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  return command;
}

}  // namespace

void add_topology(CLI::App& app, const Context& context) {
  CLI::App* command = app.add_subcommand("topology", "Look at a machine's network");
  command->require_subcommand(1);
  auto options = std::make_shared<TopologyOptions>();
  CLI::App* showing = add_view(*command, "show", "Draw it by what is alike in it", options);
  showing->add_option("--svg", options->svg, "also as a picture, into this file")->type_name("OUT");
  showing->callback([options, &context] { show(*options, context); });
}

}  // namespace orrery::cli
