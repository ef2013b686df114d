// orrery calibrate collectives TABLE: fits a device's collective constants to measured tables; its sibling is calibrate_kernels.cpp.

#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/calibrate_kernels.h"
#include "cli/calibrate_realrun.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "report/calibration_json.h"
#include "report/write_file.h"
#include "scenarios/calibrations.h"
#include "scenarios/field_reader.h"
#include "scenarios/hardware.h"
#include "scenarios/nccl.h"
#include "sim/error.h"
#include "workloads/fit_collectives.h"
#include "workloads/import_kernel_tables.h"

namespace orrery::cli {
namespace {

struct CalibrateOptions {
  std::string table;
  std::string sends;
  std::string node = "dgx-a100-80gb";
  std::string from = "a100-sxm-80gb";
  std::string nccl = "2.28";
  std::string name;
  std::string out;
  bool dry_run = false;
};

std::string source_of(const CalibrateOptions& options, std::size_t collectives, std::size_t sends) {
  std::string source = fmt::format("{}, {} rows", options.table, collectives);
  if (sends > 0) source += fmt::format("; messages: {}, {} rows", options.sends, sends);
  return source + fmt::format("; NCCL {} on {}, from {}", options.nccl, options.node, options.from);
}

void calibrate_collectives(const CalibrateOptions& options, const Context& context) {
  check_calibration_name(options.name);
  const auto node = scenarios::read_preset<topology::NodeSpec>(context.library, scenarios::PresetKind::hardware, options.node);
  const auto nccl = scenarios::read_preset<workloads::NcclConstants>(context.library, scenarios::PresetKind::nccl, options.nccl);
  auto calibration = scenarios::read_preset<workloads::Calibration>(context.library, scenarios::PresetKind::calibrations, options.from);
  if (!workloads::covers(calibration, node.gpu)) {
    throw sim::Error({.place = "--from",
                      .what = options.from + " is of " + calibration.device + ", and the node has " + node.gpu.name,
                      .remedy = "start from a calibration of the node's GPU"});
  }
  std::vector<workloads::CollectiveSample> samples = workloads::import_nccl_table(options.table);
  std::erase_if(samples, [&](const workloads::CollectiveSample& sample) { return sample.gpus > node.gpus; });
  std::vector<workloads::SendSample> sends;
  if (!options.sends.empty()) sends = workloads::import_vidur_sends(options.sends);
  const std::string out = options.out.empty() ? "calibrations/" + options.name + ".json" : options.out;
  if (options.dry_run) {
    return print(fmt::format("{} collectives and {} messages on up to {} GPUs of {}; would write {}\n", samples.size(), sends.size(),
                             node.gpus, options.node, out));
  }
  calibration.collectives = workloads::fit_collectives(samples, sends, calibration.collectives, node, nccl, {.evaluations = 20'000});
  calibration.collectives.provenance.source = source_of(options, samples.size(), sends.size());
  calibration.name = options.name;
  report::write_file(out, report::calibration_json(calibration));
  print(report::residuals_text(calibration.collectives.provenance.residuals));
  say(fmt::format("written to {}; take it with \"calibration\": \"{}\"", out, options.name));
}

}  // namespace

void add_calibrate(CLI::App& app, const Context& context) {
  auto options = std::make_shared<CalibrateOptions>();
  CLI::App* command = app.add_subcommand("calibrate", "Fit a device's constants to measurements");
  CLI::App* collectives = command->add_subcommand("collectives", "What collectives take on one node, to a table of measured ones");
  add_calibrate_kernels(*command, context);
  add_calibrate_realrun(*command, context);
  command->require_subcommand(1);
  collectives->add_option("TABLE", options->table, "CSV: op_name, nccl_dtype, num_gpus, message_size, latency (aiconfigurator's)")
      ->required()
      ->type_name("FILE");
  collectives->add_option("--sends", options->sends, "CSV of messages between two GPUs (Vidur's send_recv profile)")->type_name("FILE");
  collectives->add_option("--node", options->node, "the node that was measured (orrery list hardware)")->capture_default_str();
  collectives->add_option("--from", options->from, "calibration to start from; what is not fitted stays")->capture_default_str();
  collectives->add_option("--nccl", options->nccl, "version that ran (orrery list nccl)")->capture_default_str();
  collectives->add_option("--name", options->name, "of the calibration that is written")->required();
  collectives->add_option("-o", options->out, "file, instead of calibrations/NAME.json")->type_name("OUT");
  collectives->add_flag("--dry-run", options->dry_run, "say what would be fitted and written");
  collectives->callback([options, &context] { calibrate_collectives(*options, context); });
}

}  // namespace orrery::cli
