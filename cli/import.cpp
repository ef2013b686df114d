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
#include "workloads/gunzip.h"
#include "workloads/import_chakra.h"
#include "workloads/import_goal.h"
#include "workloads/trace_program.h"

namespace orrery::cli {
namespace {

constexpr std::size_t most_trace_bytes = std::size_t{1} << 30U;  // of a trace

struct ImportOptions {
  std::string format;
  std::vector<std::string> files;
  std::string out;
  std::string comm_size = "input";
  std::string groups;
  std::int64_t eager = sim::max_operation_bytes;
  std::int32_t ranks = 0;
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

workloads::Trace chakra_trace(const ImportOptions& options) {
  std::vector<workloads::ChakraSource> sources;
  for (const std::string& file : options.files) {
    sources.push_back({file, workloads::gunzipped(scenarios::file_text(file, most_trace_bytes), file, most_trace_bytes)});
  }
  workloads::ChakraOptions how{.groups_name = options.groups, .eager = {options.eager}, .ranks = options.ranks};
  if (options.comm_size == "shard") how.comm_size = workloads::CommSize::shard;
  if (options.comm_size == "whole") how.comm_size = workloads::CommSize::whole;
  if (!options.groups.empty()) how.groups = scenarios::file_text(options.groups, most_trace_bytes);
  return workloads::read_chakra(sources, how);
}

/// Options of one format, given with another.
void check_options(const ImportOptions& options, const CLI::App& command) {
  for (const char* name : {"--comm-size", "--groups", "--ranks", "--eager"}) {
    const bool of_goal = std::string_view(name) == "--eager";
    if (command.count(name) == 0 || options.format == "chakra" || (of_goal && options.format == "goal")) continue;
    throw sim::Error({.place = name, .what = "is not an option of " + options.format, .remedy = "leave it out"});
  }
}

void import(const ImportOptions& options, const Context& context) {
  if (options.format == "runs") {
    write(report::data_set_json(scenarios::read_data_set(only_file(options), context.library)), options);
  } else if (options.format == "chakra") {
    write_trace(chakra_trace(options), options);
  } else {
    const std::string& file = only_file(options);
    write_trace(workloads::read_goal(scenarios::file_text(file, most_trace_bytes), file, {.eager = {options.eager}}), options);
  }
}

}  // namespace

void add_import(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = app.add_subcommand("import", "Make files of ours out of others'");
  command
      ->add_option("FORMAT", options->format,
                   "runs: writes out every row of a data set whose \"table\" is a CSV file; "
                   "chakra: execution traces of MLCommons, a file PREFIX.RANK.et a rank, as a Program; "
                   "goal: a schedule of LogGOPSim or ATLAHS, text or binary, as a Program")
      ->required()
      ->check(CLI::IsMember({"runs", "chakra", "goal"}));
  command->add_option("SOURCE", options->files, "what to read: a data set, traces, a schedule")->required();
  command->add_option("-o", options->out, "file instead of stdout")->type_name("OUT");
  command
      ->add_option(
          "--comm-size", options->comm_size,
          "what chakra's comm_size is of all-gather, reduce-scatter, gather and scatter: what a rank gives, its shard, or the whole")
      ->check(CLI::IsMember({"input", "shard", "whole"}))
      ->capture_default_str();
  command->add_option("--groups", options->groups, "chakra's process groups: JSON, {\"NAME\": [RANK, ...], ...}")->type_name("FILE");
  command->add_option("--eager", options->eager, "messages of more bytes wait for their receive; without it, none does")
      ->type_name("BYTES")
      ->check(CLI::Range(std::int64_t{0}, sim::max_operation_bytes));
  command->add_option("--ranks", options->ranks, "so many ranks do what the one file of chakra says")->check(CLI::Range(1, 1 << 20));
  command->callback([options, command, &context] {
    check_options(*options, *command);
    import(*options, context);
  });
}

}  // namespace orrery::cli
