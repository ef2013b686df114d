#include "cli/calibrate_realrun.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/calibrate_kernels.h"
#include "cli/output.h"
#include "report/calibration_json.h"
#include "report/write_file.h"
#include "scenarios/read_file.h"
#include "sim/samples.h"
#include "workloads/fit_lines.h"

namespace orrery::cli {
namespace {

struct SamplesOptions {
  std::string samples;
  std::string name;
  std::string out;
  bool dry_run = false;
};

void calibrate_realrun(const SamplesOptions& options) {
  constexpr std::size_t most_bytes = std::size_t{1} << 30U;
  check_calibration_name(options.name);
  const sim::Samples samples = sim::samples_from(scenarios::file_text(options.samples, most_bytes), options.samples);
  const std::string out = options.out.empty() ? "calibrations/" + options.name + ".json" : options.out;
  if (options.dry_run) {
    return print(fmt::format("{} rows of {} on {}; would write {}\n", samples.rows.size(), samples.program, samples.device, out));
  }
  const workloads::Calibration fitted = workloads::fit_lines(samples, options.name);
  report::write_file(out, report::calibration_json(fitted));
  print(report::residuals_text(fitted.lines->provenance.residuals));
  say(fmt::format("written to {}; orrery realrun predicts with it on {}", out, fitted.device));
}

}  // namespace

void add_calibrate_realrun(CLI::App& calibrate, const Context& /*context*/) {
  auto options = std::make_shared<SamplesOptions>();
  CLI::App* command = calibrate.add_subcommand("realrun", "What everything takes that orrery realrun has measured (docs/realrun.md)");
  command->add_option("--samples", options->samples, "what orrery realrun --samples has written")->required()->type_name("FILE");
  command->add_option("--name", options->name, "of the calibration that is written")->required();
  command->add_option("-o", options->out, "file, instead of calibrations/NAME.json")->type_name("OUT");
  command->add_flag("--dry-run", options->dry_run, "say what would be fitted and written");
  command->callback([options] { calibrate_realrun(*options); });
}

}  // namespace orrery::cli
