// orrery init [PRESET]: a scenario to start from.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/write_file.h"
#include "scenarios/document.h"
#include "scenarios/read_file.h"
#include "scenarios/starter.h"
#include "sim/error.h"

namespace orrery::cli {
namespace {

using scenarios::PresetKind;

/// The example's file as it stands, comments and all.
std::string text_of_example(const std::string& name, const scenarios::PresetLibrary& library) {
  return scenarios::file_text(scenarios::open_preset(library, PresetKind::examples, name).places.file(), scenarios::max_file_bytes);
}

void init(const std::string& preset, const std::string& output, const Context& context) {
  const std::string text = preset.empty() ? scenarios::starter_scenario(context.library) : text_of_example(preset, context.library);
  if (output.empty()) return print(text);
  if (std::error_code error; std::filesystem::exists(std::filesystem::symlink_status(output, error))) {
    throw sim::Error({.place = output, .what = "is there already", .remedy = "choose another name, or delete it first"});
  }
  report::write_file(output, text);
}

}  // namespace

void add_init(CLI::App& app, const Context& context) {
  auto preset = std::make_shared<std::string>();
  auto output = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("init", "Print a scenario to start from, every key explained, or an example");
  command->add_option("PRESET", *preset, "the example to print")->type_name_fn([&context] {
    return fmt::format("{{{}}}", fmt::join(scenarios::preset_names(context.library, PresetKind::examples), ","));
  });
  command->add_option("-o", *output, "file instead of stdout; one that is there is kept")->type_name("OUT");
  command->callback([preset, output, &context] { init(*preset, *output, context); });
}

}  // namespace orrery::cli
