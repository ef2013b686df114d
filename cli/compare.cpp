// orrery compare FILE...: machines side by side by their fabrics; with --fabric one machine with several.

#include <fmt/format.h>

#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/engines.h"
#include "cli/output.h"
#include "report/comparison.h"
#include "scenarios/prices.h"
#include "scenarios/scenario.h"
#include "sim/error.h"

namespace orrery::cli {
namespace {

struct CompareOptions {
  std::vector<std::string> files;
  std::vector<std::string> fabrics;
  std::vector<std::string> overrides;
  std::string prices;  // empty: each scenario's
  int seeds = 5;
  bool json = false;
  bool csv = false;
};

/// Where the next key begins, after a comma: values may hold commas of their own.
std::size_t next_key(const std::string& fabric, std::size_t from) {
  for (std::size_t comma = fabric.find(',', from); comma != std::string::npos; comma = fabric.find(',', comma + 1)) {
    std::size_t end = comma + 1;
    while (end < fabric.size() && (std::islower(static_cast<unsigned char>(fabric[end])) != 0 || fabric[end] == '_')) ++end;
    if (end > comma + 1 && end < fabric.size() && fabric[end] == '=') return comma;
  }
  return fabric.size();
}

/// "torus,dimensions=8x4x4" as changes of a scenario.
std::vector<std::string> changes_of(const std::string& fabric) {
  std::vector<std::string> changes;
  for (std::size_t begin = 0; begin <= fabric.size();) {
    const std::size_t end = next_key(fabric, begin);
    const std::string part = fabric.substr(begin, end - begin);
    changes.push_back(changes.empty() ? "cluster.fabric={\"topology\":\"" + part + "\"}" : "cluster.fabric." + part);
    begin = end + 1;
  }
  return changes;
}

struct Candidate {
  std::string name;
  scenarios::Scenario scenario;
};

std::vector<Candidate> candidates(const CompareOptions& options, const Context& context) {
  if (!options.fabrics.empty() && options.files.size() > 1) {
    throw sim::Error(
        {.place = "--fabric", .what = "several files and several fabrics", .remedy = "give one file with --fabric, or files alone"});
  }
  std::vector<Candidate> found;
  const auto add = [&](const std::string& file, std::vector<std::string> changes, const std::string& name) {
    changes.insert(changes.end(), options.overrides.begin(), options.overrides.end());
    scenarios::Scenario scenario = scenarios::read_scenario(file, changes, context.library);
    found.push_back({name.empty() ? scenario.name : name, std::move(scenario)});
  };
  for (const std::string& file : options.files) {
    if (options.fabrics.empty()) add(file, {}, "");
  }
  for (const std::string& fabric : options.fabrics) add(options.files.front(), changes_of(fabric), fabric);
  return found;
}

void compare(const CompareOptions& options, const Context& context) {
  const std::vector<Candidate> machines = candidates(options, context);
  const auto line = progress_line("comparing");
  std::vector<report::Compared> compared;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const scenarios::Scenario& scenario = machines[i].scenario;
    if (!scenario.calibration) {
      throw sim::Error(
          scenario.places.placed("/cluster/node", "no calibration of its GPU: collectives cannot be timed", "take another node"),
          sim::ErrorKind::unavailable);
    }
    const workloads::Stack stack = stack_of(scenario);
    const topology::NetworkPrices prices = scenarios::network_prices(context.library, options.prices, scenario.prices);
    const workloads::ComparisonSpec spec{.prices = &prices,
                                         .job = scenario.training ? &*scenario.training : nullptr,
                                         .condition = scenario.condition,
                                         .seeds = options.seeds};
    const auto progress = [&](double share) {
      if (line) line((static_cast<double>(i) + share) / static_cast<double>(machines.size()));
    };
    compared.push_back({machines[i].name, workloads::fabric_figures(topology::Cluster(scenario.cluster), stack, spec, progress)});
  }
  if (line) line(1);
  if (options.json) return print(report::comparison_json(compared, context.version));
  print(options.csv ? report::comparison_csv(compared) : report::comparison_text(compared, context.output_style));
}

}  // namespace

void add_compare(CLI::App& app, const Context& context) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand("compare", "Put machines side by side by their networks; the first is the baseline");
  command->add_option("FILE", options->files, "scenarios, with or without a workload")->required();
  command
      ->add_option("--fabric", options->fabrics,
                   "a topology with its keys, e.g. torus,dimensions=8x4x4: of the one FILE, another network; may repeat")
      ->type_name("TOPOLOGY,KEY=VALUE...")
      ->delimiter('\0')
      ->take_all()
      ->allow_extra_args(false);
  add_set_option(*command, options->overrides, "path=value: changes all of the scenarios");
  command->add_option("--prices", options->prices, "what parts cost and draw (orrery list prices); default: each scenario's")
      ->type_name("NAME");
  command->add_option("--seeds", options->seeds, "draws of permutations and of dead cables")->check(CLI::Range(1, 1000));
  CLI::Option* json = command->add_flag("--json", options->json, "one JSON document");
  command->add_flag("--csv", options->csv, "a line a figure")->excludes(json);
  command->callback([options, &context] { compare(*options, context); });
}

}  // namespace orrery::cli
