// orrery export chakra FILE -o PREFIX: a Program in the form of others.

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/write_file.h"
#include "scenarios/read_file.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/program_text.h"
#include "workloads/export_chakra.h"
#include "workloads/training_program.h"

namespace orrery::cli {
namespace {

struct ExportOptions {
  std::string format;
  std::string file;
  std::vector<std::string> overrides;
  std::string prefix;
};

sim::Program program_of_file(const ExportOptions& options, const Context& context) {
  if (std::filesystem::path(options.file).extension() == ".program") {
    constexpr std::size_t most_bytes = std::size_t{1} << 30U;
    return sim::program_from(scenarios::file_text(options.file, most_bytes), options.file);
  }
  const auto scenario = scenarios::read_scenario(options.file, options.overrides, context.library);
  if (!scenario.training) {
    throw sim::Error(scenario.places.placed("", "describes a cluster without a workload", "add a \"workload\", or give a .program"));
  }
  return workloads::training_program(*scenario.training, scenario.software);
}

void export_program(const ExportOptions& options, const Context& context) {
  const sim::Program program = program_of_file(options, context);
  constexpr std::int32_t most_ranks = 16'384;
  if (program.ranks > most_ranks) {
    throw sim::Error({.place = options.file,
                      .what = fmt::format("has {} ranks, each a file; {} are the most", program.ranks, most_ranks),
                      .remedy = "export a smaller job"});
  }
  const workloads::ChakraExport made(program);
  for (std::int32_t rank = 0; rank < program.ranks; ++rank) {
    report::write_file(fmt::format("{}.{}.et", options.prefix, rank), made.file_of(rank));
  }
  report::write_file(options.prefix + ".groups.json", made.groups());
  say(fmt::format("written: {0}.0.et to {0}.{1}.et, and their process groups, {0}.groups.json", options.prefix, program.ranks - 1));
}

}  // namespace

void add_export(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand("export", "Write what ranks do in the form of others");
  command->add_option("FORMAT", options->format, "chakra: execution traces of MLCommons, a file PREFIX.RANK.et a rank")
      ->required()
      ->check(CLI::IsMember({"chakra"}));
  command->add_option("FILE", options->file, "scenario, the name of an example, or a Program")->required();
  add_set_option(*command, options->overrides, "path=value: changes the scenario");
  command->add_option("-o", options->prefix, "what the names of the files begin with")->required()->type_name("PREFIX");
  command->callback([options, &context] { export_program(*options, context); });
}

}  // namespace orrery::cli
