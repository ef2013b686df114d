#include "cli/calibrate_kernels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/output.h"
#include "report/calibration_json.h"
#include "report/counted.h"
#include "report/write_file.h"
#include "scenarios/calibrations.h"
#include "scenarios/field_reader.h"
#include "scenarios/hardware.h"
#include "sim/error.h"
#include "workloads/calibrate_kernels.h"

namespace orrery::cli {
namespace {

struct KernelOptions {
  workloads::KernelTables tables{};
  std::string node = "dgx-a100-80gb";
  std::string from = "a100-sxm-80gb";
  std::string name{};
  std::string out{};
  std::size_t most = 2500;
  int evaluations = 4000;
  bool dry_run = false;
};

/// A family with its rows: what is said of it before the fit and after.
struct Family {
  const char* name;
  const std::vector<workloads::KernelSample>* rows;
  std::vector<std::string> files;
  workloads::Provenance* provenance;
};

std::vector<Family> families_of(const KernelOptions& options, const workloads::KernelRows& rows, workloads::Calibration& calibration) {
  std::vector<Family> families = {{"gemm", &rows.gemm, options.tables.gemm, &calibration.gemm.provenance},
                                  {"attention", &rows.attention, options.tables.attention, &calibration.attention.provenance},
                                  {"memory", &rows.memory, options.tables.layers, &calibration.memory.provenance}};
  std::erase_if(families, [](const Family& family) { return family.rows->empty(); });
  for (Family& family : families) family.files.insert(family.files.end(), options.tables.samples.begin(), options.tables.samples.end());
  return families;
}

std::string plan_text(const KernelOptions& options, const std::vector<Family>& families, const workloads::Calibration& start,
                      const std::string& out) {
  std::string text;
  for (const Family& family : families) {
    const std::size_t rows = family.rows->size();
    text += fmt::format("{}: {} of {}, {} fitted to\n", family.name, report::counted(static_cast<std::int64_t>(rows), "row"),
                        fmt::join(family.files, ", "), std::min(rows, options.most));
  }
  return text + fmt::format("from {} ({}) for {}; would write {}\n", options.from, start.device, options.node, out);
}

void calibrate_kernels(const KernelOptions& options, const Context& context) {
  check_calibration_name(options.name);
  const auto node = scenarios::read_preset<topology::NodeSpec>(context.library, scenarios::PresetKind::hardware, options.node);
  const auto start = scenarios::read_preset<workloads::Calibration>(context.library, scenarios::PresetKind::calibrations, options.from);
  if (start.device != node.gpu.name && !start.datasheet) {
    throw sim::Error({.place = "--from",
                      .what = options.from + " is of " + start.device + ", has no datasheet, and the node has " + node.gpu.name,
                      .remedy = "start from a calibration with a datasheet"});
  }
  const workloads::KernelTables& tables = options.tables;
  if (tables.gemm.empty() && tables.attention.empty() && tables.layers.empty() && tables.samples.empty()) {
    throw sim::Error({.place = "orrery calibrate kernels",
                      .what = "there is no table to fit to",
                      .remedy = "name one with --gemm, --attention, --layers or --samples"});
  }
  const workloads::KernelRows rows = workloads::read_kernel_tables(tables, node.gpu);
  workloads::check_rows(rows, start, options.most);
  const std::filesystem::path out = options.out.empty() ? "calibrations/" + options.name + ".json" : options.out;
  workloads::Calibration fitted = start;
  if (options.dry_run) return print(plan_text(options, families_of(options, rows, fitted), start, out.string()));
  report::check_writable(out.has_parent_path() ? out.parent_path() : ".");
  fitted = workloads::calibrate_kernels(rows, start, node.gpu, {.evaluations = options.evaluations}, options.most);
  fitted.name = options.name;
  for (const Family& family : families_of(options, rows, fitted)) {
    family.provenance->source = fmt::format("{}, {} rows; from {}", fmt::join(family.files, ", "), family.rows->size(), options.from);
    print(report::residuals_text(family.provenance->residuals));
  }
  report::write_file(out, report::calibration_json(fitted));
  say(fmt::format("written to {}; take it with \"calibration\": \"{}\"", out.string(), options.name));
}

}  // namespace

void check_calibration_name(const std::string& name) {
  if (!name.empty() && !name.starts_with('.') && name.find('/') == std::string::npos) return;
  throw sim::Error({.place = "--name",
                    .what = "\"" + name + "\" is no name of a calibration",
                    .remedy = "write one without slashes that begins with no dot, such as my-gpu, and where the file goes with -o"});
}

void add_calibrate_kernels(CLI::App& calibrate, const Context& context) {
  auto options = std::make_shared<KernelOptions>();
  CLI::App* command = calibrate.add_subcommand("kernels", "What kernels take, to tables of measured ones (docs/kernels.md)");
  const auto tables = [command](const char* option, std::vector<std::string>& files, const char* what) {
    command->add_option(option, files, what)->type_name("FILE")->allow_extra_args(false);
  };
  tables("--gemm", options->tables.gemm, "CSV: gemm_dtype, m, n, k, latency (aiconfigurator's); may repeat");
  tables("--attention", options->tables.attention,
         "CSV: attn_dtype, batch_size, num_heads, num_key_value_heads, isl, head_dim, latency (aiconfigurator's); may repeat");
  tables("--layers", options->tables.layers, "CSV: profile of a transformer's parts (Vidur's); may repeat");
  tables("--samples", options->tables.samples, "CSV of one's own: kernel, type, a, b, c, d, microseconds; may repeat");
  command->add_option("--node", options->node, "whose GPU was measured (orrery list hardware)")->capture_default_str();
  command->add_option("--from", options->from, "calibration to start from; what is not fitted stays")->capture_default_str();
  command->add_option("--name", options->name, "of the calibration that is written")->required();
  command->add_option("-o", options->out, "file, instead of calibrations/NAME.json")->type_name("OUT");
  command->add_option("--most", options->most, "rows of a family to fit to, evenly taken; residuals are of all")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--evaluations", options->evaluations, "of a family's constants, at most")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_flag("--dry-run", options->dry_run, "say what would be read, fitted and written");
  command->callback([options, &context] { calibrate_kernels(*options, context); });
}

}  // namespace orrery::cli
