// orrery import FORMAT FILE: makes files of ours out of others'.

#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/data_set_json.h"
#include "report/write_file.h"

namespace orrery::cli {
namespace {

struct ImportOptions {
  std::string format;
  std::string file;
  std::string out;
};

void import(const ImportOptions& options, const Context& context) {
  const std::string text = report::data_set_json(scenarios::read_data_set(options.file, context.library));
  if (options.out.empty()) return print(text);
  report::write_file(options.out, text);
}

}  // namespace

void add_import(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = app.add_subcommand("import", "Make files of ours out of others'");
  command->add_option("FORMAT", options->format, "runs: writes out every row of a data set whose \"table\" is a CSV file")
      ->required()
      ->check(CLI::IsMember({"runs"}));
  command->add_option("DATASET", options->file, "the data set to read")->required();
  command->add_option("-o", options->out, "file instead of stdout")->type_name("OUT");
  command->callback([options, &context] { import(*options, context); });
}

}  // namespace orrery::cli
