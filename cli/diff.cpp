// orrery diff RUN_A RUN_B: two results side by side.

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/result_diff.h"
#include "scenarios/read_file.h"
#include "sim/error.h"

namespace orrery::cli {
namespace {

struct DiffOptions {
  std::string first, second;
  double tolerance = 0;
  bool json = false;
};

/// The result of a run's folder, or a file that holds one.
nlohmann::ordered_json result_in(const std::string& name) {
  std::error_code none;
  std::filesystem::path file = name;
  if (std::filesystem::is_directory(file, none)) file /= "result.json";
  constexpr std::size_t most_bytes = std::size_t{256} << 20U;
  const std::string text = scenarios::file_text(file, most_bytes);
  try {
    return nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw sim::Error({file.string(), fmt::format("is no JSON from byte {} on", error.byte), "name what `orrery run --out` has written"});
  }
}

void diff(const DiffOptions& options, const Context& context) {
  const nlohmann::ordered_json first = result_in(options.first), second = result_in(options.second);
  const report::ResultDiff found = report::diff_of(first, second);
  print(options.json ? report::diff_json(found, options.tolerance) : report::diff_text(found, options.tolerance, context.output_style));
  if (found.largest() > options.tolerance) {
    throw sim::Error({"", fmt::format("the results differ by more than {} %", 100 * options.tolerance), "raise --tol to let that pass"},
                     sim::ErrorKind::threshold);
  }
}

}  // namespace

void add_diff(CLI::App& app, const Context& context) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command = app.add_subcommand("diff", "Put two results side by side; exit 3 where they differ by more than --tol");
  command->add_option("RUN_A", options->first, "the folder of a run, or its result.json")->required();
  command->add_option("RUN_B", options->second, "the other")->required();
  command->add_option("--tol", options->tolerance, "how much a figure may differ, as a share of the first: 0.01 is 1 %")
      ->type_name("X")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--json", options->json, "print one JSON document");
  command->callback([options, &context] { diff(*options, context); });
}

}  // namespace orrery::cli
