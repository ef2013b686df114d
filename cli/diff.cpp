// orrery diff RUN_A RUN_B: two results side by side.

#include <fmt/format.h>

#include <cmath>
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

/// What is compared is walked by recursion: results are a few levels deep.
nlohmann::ordered_json parsed(const std::string& text, const std::string& file) {
  constexpr int most_levels = 64;
  const char* remedy = "name what `orrery run --out` has written";
  using Event = nlohmann::ordered_json::parse_event_t;
  const auto keep = [&](int depth, Event event, const nlohmann::ordered_json&) {
    if (depth >= most_levels && (event == Event::object_start || event == Event::array_start))
      throw sim::Error({file, fmt::format("is nested more than {} levels deep", most_levels), remedy});
    return true;
  };
  try {
    return nlohmann::ordered_json::parse(text, keep);
  } catch (const nlohmann::ordered_json::parse_error& error) {
    throw sim::Error({file, fmt::format("is no JSON from byte {} on", error.byte), remedy});
  } catch (const nlohmann::ordered_json::exception&) {  // 1e400
    throw sim::Error({file, "has a number that a double does not hold", remedy});
  }
}

/// The result of a run's folder, or a file that holds one.
nlohmann::ordered_json result_in(const std::string& name) {
  std::error_code none;
  std::filesystem::path file = name;
  if (std::filesystem::is_directory(file, none)) file /= "result.json";
  constexpr std::size_t most_bytes = std::size_t{256} << 20U;
  const nlohmann::ordered_json document = parsed(scenarios::file_text(file, most_bytes), file.string());
  report::check_result(document, file.string());
  return document;
}

void diff(const DiffOptions& options, const Context& context) {
  if (std::isnan(options.tolerance)) throw sim::Error({"--tol", "is no number", "write a share: 0.01 is 1 %"});
  const nlohmann::ordered_json first = result_in(options.first), second = result_in(options.second);
  const report::ResultDiff found = report::diff_of(first, second);
  print(options.json ? report::diff_json(found, options.tolerance) : report::diff_text(found, options.tolerance, context.output_style));
  if (found.largest() > options.tolerance) {
    throw sim::Error({"", fmt::format("a figure differs by more than {} %", 100 * options.tolerance), "raise --tol to let that pass"},
                     sim::ErrorKind::threshold);
  }
}

}  // namespace

void add_diff(CLI::App& app, const Context& context) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command = app.add_subcommand(
      "diff", "Put two results side by side; exit 3 where a figure differs by more than --tol (texts have no distance and never count)");
  command->add_option("RUN_A", options->first, "the folder of a run, or its result.json")->required();
  command->add_option("RUN_B", options->second, "the other")->required();
  command
      ->add_option("--tol", options->tolerance,
                   "how much a figure may differ, as a share of the first, or of the first's whole where it is a part: 0.01 is 1 %")
      ->type_name("X")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--json", options->json, "print one JSON document");
  command->callback([options, &context] { diff(*options, context); });
}

}  // namespace orrery::cli
