// orrery schema [KIND]: a JSON Schema of our files, for editors.

#include "scenarios/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "cli/commands.h"
#include "cli/output.h"

namespace orrery::cli {

void add_schema(CLI::App& app, const Context& context) {
  auto kind = std::make_shared<std::string>("scenario");
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of scenarios or of another kind of file, for editors");
  command->add_option("KIND", *kind, "what the file is")
      ->type_name(fmt::format("{{{}}}", fmt::join(scenarios::schema_kinds(), ",")))
      ->capture_default_str();
  command->footer(
      "In the settings of VS Code, for scenarios in a folder of their own:\n"
      "  \"json.schemas\": [{ \"fileMatch\": [\"/my-scenarios/*.json\"], \"url\": \"./orrery.schema.json\" }]");
  command->callback([kind, &context] { print(scenarios::schema(*kind, context.library).dump(2) + "\n"); });
}

}  // namespace orrery::cli
