// orrery import FORMAT FILE...: makes files of ours out of others'.

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/data_set_json.h"
#include "report/write_file.h"
#include "scenarios/read_file.h"
#include "sim/error.h"
#include "sim/program_text.h"
#include "workloads/import_goal.h"
#include "workloads/trace_program.h"

namespace orrery::cli {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30U;  // of a trace

struct ImportOptions {
  std::string format;
  std::vector<std::string> files;
  std::string out;
};

void write(const std::string& text, const ImportOptions& options) {
  if (options.out.empty()) return print(text);
  report::write_file(options.out, text);
}

const std::string& only_file(const ImportOptions& options) {
  if (options.files.size() == 1) return options.files.front();
  throw sim::Error({.place = options.files[1], .what = "is a second file; " + options.format + " is read from one", .remedy = "give one"});
}

void write_trace(workloads::Trace trace, const ImportOptions& options) {
  const workloads::ImportedProgram made = workloads::program_of_trace(std::move(trace));
  for (const std::string& line : made.tolerated) say("let pass: " + line);
  write(sim::text_of(made.program), options);
}

void import(const ImportOptions& options, const Context& context) {
  if (options.format == "runs") {
    write(report::data_set_json(scenarios::read_data_set(only_file(options), context.library)), options);
  } else {
    const std::string& file = only_file(options);
    write_trace(workloads::read_goal(scenarios::file_text(file, most_bytes), file), options);
  }
}

}  // namespace

void add_import(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = app.add_subcommand("import", "Make files of ours out of others'");
  command
      ->add_option("FORMAT", options->format,
                   "runs: writes out every row of a data set whose \"table\" is a CSV file; "
                   "goal: a schedule of LogGOPSim or ATLAHS, text or binary, as a Program")
      ->required()
      ->check(CLI::IsMember({"runs", "goal"}));
  command->add_option("FILE", options->files, "what to read: a data set, a schedule")->required();
  command->add_option("-o", options->out, "file instead of stdout")->type_name("OUT");
  command->callback([options, &context] { import(*options, context); });
}

}  // namespace orrery::cli
