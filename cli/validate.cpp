// orrery validate [DATASET...]: puts predictions beside measured runs.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/engines.h"
#include "cli/output.h"
#include "cli/page.h"
#include "report/page/validation_page.h"
#include "report/result_json.h"
#include "report/validation.h"
#include "report/validation_markdown.h"
#include "report/write_file.h"
#include "scenarios/field_writer.h"
#include "scenarios/software.h"
#include "sim/error.h"
#include "sim/units_text.h"
#include "workloads/analytic.h"
#include "workloads/validity.h"

namespace orrery::cli {
namespace {

using nlohmann::ordered_json;
using report::Validation;
using scenarios::MeasuredRun;

struct ValidateOptions {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  EngineChoice engine;
  std::string rows = "worst";
  std::string out;
  bool json = false;
  bool markdown = false;
};

/// A set, and what names it to `orrery validate`.
struct ChosenSet {
  std::string argument;
  scenarios::DataSet set;
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

/// "/memory_bytes/total" as keys are written here.
std::string dotted(const std::string& pointer) {
  std::string text = pointer.substr(1);
  std::ranges::replace(text, '/', '.');
  return text;
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
  return fmt::format("{} {} {} {} {} {} {} {} {}", node_at(scenario.cluster, job.first_node).name, job.gpus(), model.layers, model.hidden,
                     model.heads, model.ffn, model.vocabulary, job.sequence_length, job.global_batch);
}

/// Runs the rows of one data set and compares.
class Validator {
 public:
  Validator(const ChosenSet& chosen, const ValidateOptions& options, const Context& context)
      : set_(chosen.set), options_(options), context_(context) {
    const scenarios::DataSet& set = chosen.set;
    validation_.argument = chosen.argument;
    validation_.runs = static_cast<int>(set.rows.size());
    validation_.name = set.name;
    validation_.source = set.source;
    validation_.published_errors = set.published_errors;
    if (!is_analytic(options.engine)) engine_ = make_engine(options.engine);
  }

  Validation run(const std::function<void(double)>& progress) {
    for (std::size_t i = 0; i < set_.rows.size(); ++i) {
      run_row(set_.rows[i]);
      if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(set_.rows.size()));
    }
    if (set_.rows.size() > 1 && refused_alike_ == set_.rows.size()) throw *first_refusal_;  // it is the defaults that are wrong
    return std::move(validation_);
  }

 private:
  void run_row(const MeasuredRun& row) {
    Outcome outcome;
    try {
      outcome.scenario = scenarios::scenario_of(set_, row, options_.overrides, context_.library);
      note_constants(outcome.scenario->software);
      outcome.run = play(*outcome.scenario);
    } catch (const sim::Error& error) {
      throw_if_of_the_command_line(error);
      if (!first_refusal_) first_refusal_ = error;
      if (error.kind() == sim::ErrorKind::bad_input && std::string_view(error.what()) == first_refusal_->what()) ++refused_alike_;
      outcome.why = error.what();
      outcome.infeasible = error.kind() == sim::ErrorKind::infeasible;
    }
    if (row.infeasible) return note_infeasible(row, outcome);
    if (outcome.run) {
      const report::TrainingPart training{outcome.run->memory, outcome.run->training};
      outcome.result = report::result_of(outcome.run->iteration, training, costs_of(*outcome.scenario, *outcome.run));
    }
    for (const auto& [metric, measured] : row.measured) compare(row, metric, measured, outcome);
  }

  /// What came of a row: as far as it got, and why no further.
  struct Outcome {
    std::optional<scenarios::Scenario> scenario;
    std::optional<workloads::TrainingRun> run;
    ordered_json result;  // of the run
    std::string why;
    bool infeasible = false;

    bool has_job() const { return scenario && scenario->training; }
    std::string layout() const { return has_job() ? layout_of(*scenario->training) : ""; }
  };

  /// No row's affair.
  static void throw_if_of_the_command_line(const sim::Error& error) {
    const auto is_of_it = [](const sim::Fault& fault) { return fault.place.starts_with("--set"); };
    if (error.kind() == sim::ErrorKind::bad_input && std::ranges::any_of(error.faults(), is_of_it)) throw error;
  }

  workloads::TrainingRun play(const scenarios::Scenario& scenario) {
    if (!scenario.training) throw sim::Error({"", "describes a cluster without a workload", "add a \"workload\""});
    const workloads::Stack stack = stack_of(scenario);
    const topology::Cluster cluster(scenario.cluster);
    for (const std::string& note : workloads::validity_of(*scenario.training, stack, cluster, scenario.condition).notes) note_outside(note);
    if (engine_ == nullptr) return workloads::run_analytic(*scenario.training, stack, cluster, scenario.condition);
    return workloads::run_training(*scenario.training, stack, cluster, *engine_, {}, conduct_of(options_.engine, scenario.condition));
  }

  void note_outside(const std::string& text) {
    const auto known = std::ranges::find(validation_.outside, text, &report::OutsideNote::text);
    if (known == validation_.outside.end()) {
      validation_.outside.push_back({text, 1});
    } else {
      ++known->rows;
    }
  }

  static workloads::Costs costs_of(const scenarios::Scenario& scenario, const workloads::TrainingRun& run) {
    const auto placement = workloads::packed_placement(run.program.ranks, workloads::first_gpu(*scenario.training, scenario.cluster));
    return workloads::costs_of_play(run.program, run.timeline, placement, stack_of(scenario), topology::Cluster(scenario.cluster),
                                    scenario.prices);
  }

  void note_infeasible(const MeasuredRun& row, const Outcome& outcome) {
    std::string why = outcome.why;
    if (outcome.run) {
      why = fmt::format("takes {} of {}", sim::to_text(outcome.run->memory.total()), sim::to_text(outcome.run->memory.capacity));
    }
    validation_.infeasible.push_back({row.id, outcome.layout(), outcome.infeasible, why});
  }

  void compare(const MeasuredRun& row, const std::string& metric, double measured, const Outcome& outcome) {
    workloads::Comparison comparison{.id = row.id, .layout = outcome.layout(), .metric = metric, .measured = measured, .why = outcome.why};
    if (outcome.run) comparison.predicted = predicted(row, metric, outcome.result);
    if (outcome.has_job()) {
      const scenarios::Scenario& scenario = *outcome.scenario;
      comparison.problem = problem_of(scenario);
      if (const auto peak =
              workloads::figure_at_peak(metric, *scenario.training, workloads::gpu_of(*scenario.training, scenario.cluster))) {
        comparison.at_peak = peak->value;
        comparison.is_rate = peak->is_rate;
      }
    }
    validation_.rows.push_back(std::move(comparison));
  }

  double predicted(const MeasuredRun& row, const std::string& metric, const ordered_json& result) const {
    if (const auto value = figure(result, metric)) return *value;
    std::vector<std::string> known;
    const ordered_json flat = result.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      if (value.is_number() && pointer.find("busiest_links") == std::string::npos) known.push_back(dotted(pointer));
    }
    throw sim::Error({fmt::format("{}, row \"{}\"", set_.name, row.id), fmt::format("the result has no number called \"{}\"", metric),
                      scenarios::suggestion(metric, known)});
  }

  void note_constants(const workloads::Software& software) {
    const auto has_stack = [&](const report::FittedConstant& constant) { return constant.stack == software.name; };
    if (std::ranges::any_of(validation_.constants, has_stack)) return;
    workloads::Software described = software;
    scenarios::Fields fields;
    describe(fields, described);
    const ordered_json values = scenarios::json_of(fields);
    for (const workloads::FittedConstant& constant : software.fitted) {
      const auto field = std::ranges::find(fields.list(), constant.name, &scenarios::Field::name);
      if (field == fields.list().end()) continue;
      const ordered_json& value = values[constant.name];
      validation_.constants.push_back(
          {software.name, constant.name, value.is_string() ? value.get<std::string>() : value.dump(), field->meaning, constant.to});
    }
  }

  const scenarios::DataSet& set_;
  const ValidateOptions& options_;
  const Context& context_;
  std::unique_ptr<sim::Engine> engine_;  // none: in closed form
  Validation validation_;
  std::optional<sim::Error> first_refusal_;
  std::size_t refused_alike_ = 0;  // rows that are bad input for the same reason as the first
};

/// The sets that are asked for. Where none is, all that come with Orrery, but those whose tables are not here: `missing` says which.
std::vector<ChosenSet> sets_of(const ValidateOptions& options, const Context& context, std::vector<sim::Fault>& missing) {
  std::vector<ChosenSet> sets;
  for (const std::string& file : options.files) sets.push_back({file, scenarios::read_data_set(file, context.library)});
  if (!options.files.empty()) return sets;
  for (const scenarios::PresetKind kind : {scenarios::PresetKind::published, scenarios::PresetKind::measured}) {
    for (const std::string& name : scenarios::preset_names(context.library, kind)) {
      try {
        sets.push_back({name, scenarios::read_data_set(name, context.library)});
      } catch (const sim::Error& error) {
        if (error.kind() != sim::ErrorKind::unavailable) throw;
        missing.push_back(error.faults().front());
      }
    }
  }
  return sets;
}

/// Sets that are left out are no fault where nothing says that they should be here.
void report_missing(const std::vector<sim::Fault>& missing, const Context& context) {
  if (missing.empty()) return;
  if (context.library.data) throw sim::Error(missing, sim::ErrorKind::unavailable);
  say("measured sets are left out: their tables do not come with Orrery (ORRERY_DATA names their folder)");
}

void write_outputs(const std::filesystem::path& folder, const std::vector<Validation>& validations, const Context& context) {
  report::write_file(folder / "validation.json", report::validation_json(validations));
  report::write_file(folder / "index.html", report::validation_page(validations, context.version, context.command, charts_bundle(context)));
}

void validate(const ValidateOptions& options, const Context& context) {
  for (const std::string& assignment : options.overrides) scenarios::override_from(assignment);  // throws where it is none
  if (!options.out.empty()) report::check_writable(options.out);
  std::vector<sim::Fault> missing;
  const std::vector<ChosenSet> sets = sets_of(options, context, missing);
  std::vector<Validation> validations;
  std::string shortcomings;
  for (const ChosenSet& chosen : sets) {
    const std::string& name = chosen.set.name;
    validations.push_back(Validator(chosen, options, context).run(progress_line(name)));
    const auto which = options.rows == "all" ? report::Rows::all : report::Rows::worst;
    if (!options.json && !options.markdown) print(report::validation_text(validations.back(), which, context.output_style));
    const std::string here = report::shortcomings(validations.back());
    if (!here.empty()) shortcomings += fmt::format("{}{}: {}", shortcomings.empty() ? "" : "; ", name, here);
  }
  if (options.json) {
    print(report::validation_json(validations));
  } else if (options.markdown) {
    print(report::validation_markdown(validations));
  } else {
    print(report::validation_overview(validations, context.output_style));
  }
  if (!options.out.empty()) write_outputs(options.out, validations, context);
  report_missing(missing, context);
  if (!shortcomings.empty()) throw sim::Error({"", shortcomings, ""}, sim::ErrorKind::threshold);
}

}  // namespace

void add_validate(CLI::App& app, const Context& context) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand("validate", "Put predictions beside measured runs");
  command->add_option("DATASET", options->files,
                      "files, or names (orrery list published, orrery list measured); all of them where none is given");
  add_set_option(*command, options->overrides, "path=value: changes every row's scenario");
  add_engine_options(*command, options->engine);
  CLI::Option* rows = command->add_option("--rows", options->rows, "which to print of a large set")
                          ->check(CLI::IsMember({"worst", "all"}))
                          ->capture_default_str();
  command->add_option("--out", options->out, "folder for validation.json and index.html, the page with a scatter plot a data set")
      ->type_name("DIR")
      ->check(is_not_empty());
  CLI::Option* json = command->add_flag("--json", options->json, "print one JSON document");
  command
      ->add_flag("--markdown", options->markdown,
                 "print a page of documentation: errors, fitted constants, what is outside (docs/validation.md)")
      ->excludes(json)
      ->excludes(rows);
  command->callback([options, &context] { validate(*options, context); });
}

}  // namespace orrery::cli
