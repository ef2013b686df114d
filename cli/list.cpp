// orrery list KIND: the presets that come with Orrery.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/output.h"

namespace orrery::cli {

void add_list(CLI::App& app, const Context& context) {
  auto kind = std::make_shared<std::string>();
  const std::vector<std::string> kinds = scenarios::preset_kinds();
  CLI::App* command = app.add_subcommand("list", fmt::format("List presets: {}", fmt::join(kinds, ", ")));
  command->add_option("KIND", *kind, "what to list")->type_name(fmt::format("{{{}}}", fmt::join(kinds, ",")))->required();
  command->callback([kind, &context] {
    const auto all = scenarios::presets(context.library, scenarios::preset_kind(*kind));
    std::size_t width = 0;
    for (const auto& preset : all) width = std::max(width, preset.name.size());
    std::string lines;
    for (const auto& preset : all) lines += fmt::format("{:{}}  {}\n", preset.name, width, preset.description);
    print(lines);
  });
}

}  // namespace orrery::cli
