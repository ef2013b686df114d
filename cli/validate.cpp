// orrery validate [DATASET...]: puts predictions beside measured runs.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/result_json.h"
#include "report/validation.h"
#include "scenarios/field_writer.h"
#include "scenarios/software.h"
#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/units_text.h"
#include "workloads/training_run.h"

namespace orrery::cli {
namespace {

using nlohmann::ordered_json;
using report::Validation;
using scenarios::MeasuredRun;

struct ValidateOptions {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  std::string rows = "worst";
  bool json = false;
};

/// "dotted.key" in the result; nothing where there is no number of that name.
std::optional<double> figure(const ordered_json& result, const std::string& key) {
  const ordered_json* node = &result;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    const auto member = node->find(key.substr(begin, end - begin));
    if (!node->is_object() || member == node->end()) return std::nullopt;
    node = &*member;
    begin = end + 1;
  }
  return node->is_number() ? std::optional(node->get<double>()) : std::nullopt;
}

std::string layout_of(const workloads::TrainingJob& job) {
  const workloads::Parallelism& degrees = job.parallelism;
  std::string text = fmt::format("{} GPUs {}x{} T{} P{} D{} batch {}/{}", job.gpus(), job.model.layers, job.model.hidden, degrees.tensor,
                                 degrees.pipeline, degrees.data, job.global_batch, job.micro_batch);
  if (degrees.interleave > 1) text += fmt::format(" v{}", degrees.interleave);
  return text;
}

/// What runs must have in common to be layouts of one problem.
std::string problem_of(const scenarios::Scenario& scenario) {
  const workloads::TrainingJob& job = *scenario.training;
  const workloads::Transformer& model = job.model;
  return fmt::format("{} {} {} {} {} {} {} {} {}", scenario.cluster.node.name, job.gpus(), model.layers, model.hidden, model.heads,
                     model.ffn, model.vocabulary, job.sequence_length, job.global_batch);
}

/// Metrics of a machine that is busy at its peak all the time.
ordered_json result_at_peak(const workloads::TrainingJob& job, const topology::GpuSpec& gpu) {
  const auto second = sim::Duration::from_seconds(1);
  const double mfu = workloads::training_result(job, gpu, second).mfu;
  workloads::IterationResult iteration;
  iteration.iteration = sim::Duration::from_seconds(mfu);
  return report::result_of(iteration, report::TrainingPart{{}, workloads::training_result(job, gpu, iteration.iteration)});
}

constexpr std::string_view time_metric = "iteration_seconds";
constexpr std::array<std::string_view, 5> rate_metrics = {"tokens_per_second", "mfu", "hfu", "model_tflops_per_gpu",
                                                          "hardware_tflops_per_gpu"};

/// Runs the rows of one data set and compares.
class Validator {
 public:
  Validator(const scenarios::DataSet& set, const ValidateOptions& options, const Context& context)
      : set_(set), options_(options), context_(context) {
    validation_.name = set.name;
    validation_.source = set.source;
    validation_.published_errors = set.published_errors;
  }

  Validation run(const std::function<void(double)>& progress) {
    for (std::size_t i = 0; i < set_.rows.size(); ++i) {
      run_row(set_.rows[i]);
      if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(set_.rows.size()));
    }
    return std::move(validation_);
  }

 private:
  void run_row(const MeasuredRun& row) {
    std::optional<scenarios::Scenario> scenario;
    std::optional<ordered_json> result;
    workloads::MemoryUse memory;
    std::string why;
    bool infeasible = false;
    try {
      scenario = scenarios::scenario_of(set_, row, options_.overrides, context_.library);
      note_constants(scenario->software);
      const workloads::TrainingRun played = play(*scenario);
      memory = played.memory;
      result = report::result_of(played.iteration, report::TrainingPart{played.memory, played.training});
    } catch (const sim::Error& error) {
      why = sim::to_text(error.faults().front());
      infeasible = error.kind() == sim::ErrorKind::infeasible;
    }
    if (row.infeasible) {
      if (result) why = fmt::format("takes {} of {}", sim::to_text(memory.total()), sim::to_text(memory.capacity));
      validation_.infeasible.push_back({row.id, scenario ? layout_of(*scenario->training) : "", infeasible, why});
      return;
    }
    for (const auto& [metric, measured] : row.measured) compare(row, metric, measured, scenario, result, why);
  }

  workloads::TrainingRun play(const scenarios::Scenario& scenario) {
    if (!scenario.training) throw sim::Error({"", "describes a cluster without a workload", "add a \"workload\""});
    const workloads::Stack stack{scenario.software, *scenario.calibration, scenario.nccl};
    return workloads::run_training(*scenario.training, stack, topology::Cluster(scenario.cluster), *engine_, {});
  }

  void compare(const MeasuredRun& row, const std::string& metric, double measured, const std::optional<scenarios::Scenario>& scenario,
               const std::optional<ordered_json>& result, const std::string& why) {
    workloads::Comparison comparison{.id = row.id, .layout = "", .metric = metric, .measured = measured, .predicted = {}, .why = why};
    if (result) {
      comparison.predicted = figure(*result, metric);
      if (!comparison.predicted) comparison.why = fmt::format("the result has no number called \"{}\"", metric);
    }
    if (scenario && scenario->training) {
      comparison.layout = layout_of(*scenario->training);
      comparison.problem = problem_of(*scenario);
      comparison.is_rate = std::ranges::find(rate_metrics, metric) != rate_metrics.end();
      if (comparison.is_rate || metric == time_metric) {
        comparison.at_peak = figure(result_at_peak(*scenario->training, scenario->cluster.node.gpu), metric);
      }
    }
    validation_.rows.push_back(std::move(comparison));
  }

  void note_constants(const workloads::Software& software) {
    const auto has_stack = [&](const report::FittedConstant& constant) { return constant.stack == software.name; };
    if (std::ranges::any_of(validation_.constants, has_stack)) return;
    workloads::Software described = software;
    scenarios::Fields fields;
    describe(fields, described);
    const ordered_json values = scenarios::json_of(fields);
    for (const scenarios::Field& field : fields.list()) {
      if (field.is_fitted) validation_.constants.push_back({software.name, field.name, values[field.name].dump(), field.meaning});
    }
  }

  const scenarios::DataSet& set_;
  const ValidateOptions& options_;
  const Context& context_;
  std::unique_ptr<sim::Engine> engine_ = sim::make_fluid_engine();
  Validation validation_;
};

/// Those that come with Orrery; of the measured ones only where their tables are here.
std::vector<std::string> default_sets(const Context& context) {
  std::vector<std::string> names = scenarios::preset_names(context.library, scenarios::PresetKind::published);
  if (!context.library.data) {
    say("measured sets are left out: their tables do not come with Orrery (ORRERY_DATA names their folder)");
    return names;
  }
  std::ranges::copy(scenarios::preset_names(context.library, scenarios::PresetKind::measured), std::back_inserter(names));
  return names;
}

void validate(const ValidateOptions& options, const Context& context) {
  const std::vector<std::string> files = options.files.empty() ? default_sets(context) : options.files;
  std::vector<scenarios::DataSet> sets;
  for (const std::string& file : files) sets.push_back(scenarios::read_data_set(file, context.library));
  std::vector<Validation> validations;
  for (const scenarios::DataSet& set : sets) {
    validations.push_back(Validator(set, options, context).run(progress_line(set.name)));
    const auto which = options.rows == "all" ? report::Rows::all : report::Rows::worst;
    if (!options.json) print(report::validation_text(validations.back(), which, context.output_style));
  }
  print(options.json ? report::validation_json(validations) : report::validation_overview(validations, context.output_style));
  if (!std::ranges::all_of(validations, report::is_complete)) {
    throw sim::Error({"", "measured runs were refused or found infeasible, or infeasible ones found to fit", "see the rows above"},
                     sim::ErrorKind::threshold);
  }
}

}  // namespace

void add_validate(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand("validate", "Put predictions beside measured runs");
  command->add_option("DATASET", options->files,
                      "files, or names (orrery list published, orrery list measured); all of them where none is given");
  command->add_option("--set", options->overrides, "path=value: changes every row's scenario")
      ->type_name("PATH=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--rows", options->rows, "which to print of a large set")
      ->check(CLI::IsMember({"worst", "all"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "print one JSON document");
  command->callback([options, &context] { validate(*options, context); });
}

}  // namespace orrery::cli
