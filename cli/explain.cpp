// orrery explain FILE|RUN_DIR: why an iteration takes what it takes.

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/check_memory.h"
#include "cli/commands.h"
#include "cli/engines.h"
#include "cli/output.h"
#include "cli/page.h"
#include "report/explanation_report.h"
#include "report/page/explanation_page.h"
#include "report/write_file.h"
#include "sim/error.h"

namespace orrery::cli {
namespace {

struct ExplainOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::string out;
  bool json = false;
};

/// A scenario's file or name, or that of the run whose folder is named.
std::string scenario_file(const std::string& name) {
  std::error_code none;
  if (!std::filesystem::is_directory(name, none)) return name;
  const std::filesystem::path kept = std::filesystem::path(name) / "scenario.json";
  if (!std::filesystem::exists(kept, none)) {
    throw sim::Error({name, "holds no scenario.json", "name a folder that `orrery run --out` has written, or a scenario"});
  }
  return kept.string();
}

/// Throws where there is no training job: a run's folder may be that of a Program or of a collective.
void check_has_job(const scenarios::Scenario& scenario, const std::string& name) {
  if (scenario.training) return;
  std::error_code none;
  if (std::filesystem::is_directory(name, none)) {
    throw sim::Error({name, "is the run of a Program or a collective; explain needs a training job",
                      "name a scenario with a \"workload\", or the folder of its run"});
  }
  throw sim::Error(scenario.places.placed("", "describes a cluster without a workload", "add a \"workload\""));
}

/// Pages have one name in every folder: that of a run stays.
void check_replaces_no_run(const std::filesystem::path& folder) {
  std::error_code none;
  if (!std::filesystem::exists(folder / "result.json", none)) return;
  throw sim::Error({"--out", fmt::format("{} holds a run, whose index.html would be replaced", folder.string()),
                    fmt::format("name another folder, e.g. {}", (folder / "why").string())});
}

void explain(const ExplainOptions& options, const Context& context) {
  const scenarios::Scenario scenario = scenarios::read_scenario(scenario_file(options.file), options.overrides, context.library);
  check_has_job(scenario, options.file);
  check_memory(scenario);
  if (!options.out.empty()) {
    check_replaces_no_run(options.out);
    report::check_writable(options.out);
  }
  const workloads::Stack stack = stack_of(scenario);
  const auto engine = make_engine({});
  const workloads::Conduct conduct{.condition = scenario.condition};
  const report::ExplanationReport report{
      .version = context.version,
      .scenario = scenario,
      .overrides = options.overrides,
      .why = workloads::explain(*scenario.training, stack, scenario.cluster, *engine, conduct, progress_line("playing")),
      .validity = workloads::validity_of(*scenario.training, stack, topology::Cluster(scenario.cluster), scenario.condition)};
  if (!options.out.empty()) {
    const std::filesystem::path directory = options.out;
    report::write_file(directory / "explanation.json", report::explanation_json(report));
    report::write_file(directory / "index.html", report::explanation_page(report, context.command, charts_bundle(context)));
  }
  print(options.json ? report::explanation_json(report) : report::explanation_text(report, context.output_style));
}

}  // namespace

void add_explain(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand("explain", "Say what holds an iteration up, and what that rests on");
  command->add_option("FILE", options->file, "scenario, the name of an example, or the folder of a run")->required();
  add_set_option(*command, options->overrides, "path=value: changes the scenario");
  command->add_option("--out", options->out, "folder for index.html (a page to look at) and explanation.json; not that of a run")
      ->type_name("DIR")
      ->check(is_not_empty());
  command->add_flag("--json", options->json, "print one JSON document");
  command->callback([options, &context] { explain(*options, context); });
}

}  // namespace orrery::cli
