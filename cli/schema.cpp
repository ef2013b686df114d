// orrery schema [KIND]: a JSON Schema of our files, for editors; with --markdown the same for people, of all kinds where none is named.

#include "scenarios/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "scenarios/file_kinds.h"
#include "scenarios/reference.h"

namespace orrery::cli {

void add_schema(CLI::App& app, const Context& context) {
  auto kind = std::make_shared<std::string>("scenario");
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of scenarios or of another kind of file, for editors");
  auto markdown = std::make_shared<bool>(false);
  CLI::Option* named = command->add_option("KIND", *kind, "what the file is")
                           ->type_name(fmt::format("{{{}}}", fmt::join(scenarios::file_kinds(), ",")))
                           ->capture_default_str();
  command->add_flag("--markdown", *markdown, "tables of the keys instead, for people; of all kinds of files where none is named");
  command->footer(
      "In the settings of VS Code, for scenarios in a folder of their own:\n"
      "  \"json.schemas\": [{ \"fileMatch\": [\"/my-scenarios/*.json\"], \"url\": \"./orrery.schema.json\" }]");
  command->callback([kind, markdown, named, &context] {
    if (!*markdown) return print(scenarios::schema(*kind, context.library).dump(2) + "\n");
    print(scenarios::reference(named->count() == 0 ? scenarios::file_kinds() : std::vector{*kind}));
  });
}

}  // namespace orrery::cli
