// orrery run FILE: plays a scenario, or a Program on a cluster, and reports.

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>

#include "cli/check_memory.h"
#include "cli/commands.h"
#include "cli/engines.h"
#include "cli/output.h"
#include "cli/page.h"
#include "cli/process_figures.h"
#include "cli/traced_ranks.h"
#include "report/page/run_page.h"
#include "report/perfetto_trace.h"
#include "report/result_json.h"
#include "report/run_summary.h"
#include "report/write_file.h"
#include "scenarios/read_file.h"
#include "sim/error.h"
#include "sim/program_text.h"
#include "workloads/analytic.h"

namespace orrery::cli {
namespace {

struct RunOptions {
  std::string file;
  std::string cluster;
  std::vector<std::string> overrides;
  EngineChoice engine;
  std::uint64_t seed = 1;
  std::string out;
  bool json = false;
  bool trace = false;
  std::optional<std::string> trace_ranks;
};

constexpr std::string_view program_magic = "orrery-program";

/// By its name or by its first word. What a pipe holds can be read only once: it is what the options make of it.
bool is_program(const RunOptions& options) {
  const std::string& file = options.file;
  if (std::filesystem::path(file).extension() == ".program") return true;
  std::error_code error;
  if (std::filesystem::is_fifo(file, error)) return !options.cluster.empty();
  std::string begin(program_magic.size(), '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return stream && begin == program_magic;
}

/// CLI11 wraps negative numbers round and cuts large ones off.
std::uint64_t seed_from(const std::string& text) {
  std::int64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc{} || end != text.data() + text.size() || seed < 0) {
    throw sim::Error(
        {.place = "--seed", .what = "\"" + text + "\" is no seed", .remedy = "write an integer from 0 to " + std::to_string(INT64_MAX)});
  }
  return static_cast<std::uint64_t>(seed);
}

workloads::Watch watch_of(const RunOptions& options) {
  workloads::Watch watch{.progress = progress_line("playing")};
  if (!options.trace && options.out.empty()) return watch;
  watch.recorded = [&options](const sim::Program& program) {
    std::set<std::int32_t> ranks;
    const auto add = [&ranks](const std::vector<std::int32_t>& more) { ranks.insert(more.begin(), more.end()); };
    if (options.trace) add(traced_ranks(options.trace_ranks, program));
    if (!options.out.empty()) add(workloads::first_of_roles(program, report::most_drawn_roles));
    return std::vector<std::int32_t>(ranks.begin(), ranks.end());
  };
  return watch;
}

struct Played {
  sim::Program program;
  sim::Timeline timeline;
  workloads::IterationResult iteration;
  std::optional<report::TrainingPart> training;
  workloads::Costs costs;
  workloads::Validity validity;
};

/// What it took in joules and in dollars.
void add_costs(const workloads::Stack& stack, const scenarios::Scenario& scenario, const topology::Cluster& cluster, Played& played) {
  const topology::GpuId first = scenario.training ? workloads::first_gpu(*scenario.training, scenario.cluster) : topology::GpuId{};
  played.costs = workloads::costs_of_play(played.program, played.timeline, workloads::packed_placement(played.program.ranks, first), stack,
                                          cluster, scenario.prices);
}

/// What the play itself has to say of how far to trust it.
void add_notes_of_play(const RunOptions& options, const workloads::Stack& stack, const sim::Timeline& timeline,
                       workloads::Validity& validity) {
  if (timeline.irregular) {
    validity.notes.emplace_back(note_on_irregular);
  }
  if (!plays_noise(options.engine) && stack.calibration.noise) validity.notes.push_back("SimGrid plays without the kernels' noise");
  if (!plays_interference(options.engine) && stack.software.interference) {
    validity.notes.push_back("SimGrid plays kernels at full speed beside collectives");
  }
}

/// By the engine, or in closed form where there is none.
Played play_scenario(const RunOptions& options, const scenarios::Scenario& scenario, const topology::Cluster& cluster,
                     sim::Engine* engine) {
  const workloads::Stack stack = stack_of(scenario);
  workloads::TrainingRun run = engine == nullptr ? workloads::run_analytic(*scenario.training, stack, cluster, scenario.condition)
                                                 : workloads::run_training(*scenario.training, stack, cluster, *engine, watch_of(options),
                                                                           conduct_of(options.engine, scenario.condition));
  workloads::Validity validity = workloads::validity_of(*scenario.training, stack, cluster, scenario.condition);
  add_notes_of_play(options, stack, run.timeline, validity);
  Played played{.program = std::move(run.program),
                .timeline = std::move(run.timeline),
                .iteration = std::move(run.iteration),
                .training = report::TrainingPart{run.memory, run.training},
                .costs = {},
                .validity = std::move(validity)};
  add_costs(stack, scenario, cluster, played);
  return played;
}

Played play_program(const RunOptions& options, const scenarios::Scenario& scenario, const topology::Cluster& cluster, sim::Engine& engine) {
  constexpr std::size_t most_bytes = std::size_t{1} << 30U;
  sim::Program program = sim::program_from(scenarios::file_text(options.file, most_bytes), options.file);
  const workloads::Stack stack = stack_of(scenario);
  sim::Timeline timeline =
      workloads::play_program(program, stack, cluster, engine, watch_of(options), conduct_of(options.engine, scenario.condition));
  workloads::IterationResult iteration = workloads::iteration_result(program, cluster, timeline, scenario.condition);
  workloads::Validity validity{
      .inside_range = false, .expected_error = std::nullopt, .notes = {"a Program without a job: nothing measured to compare with"}};
  add_notes_of_play(options, stack, timeline, validity);
  Played played{.program = std::move(program),
                .timeline = std::move(timeline),
                .iteration = std::move(iteration),
                .training = std::nullopt,
                .costs = {},
                .validity = std::move(validity)};
  add_costs(stack, scenario, cluster, played);
  return played;
}

void write_trace(const RunOptions& options, const std::filesystem::path& file, const report::PlayedRun& run) {
  const workloads::Placement placement = report::placement_of(run);
  const workloads::CollectiveModel model = report::collective_model_of(run);
  const report::TracedRun traced{
      run.program, run.timeline, run.cluster, placement, traced_ranks(options.trace_ranks, run.program), [&](const sim::Collect& collect) {
        return report::way_of(collect, run.program, placement, model);
      }};
  report::write_file(file, report::perfetto_trace(traced));
  say(fmt::format("trace written to {}; open it at https://ui.perfetto.dev", file.string()));
}

std::filesystem::path output_folder(const RunOptions& options) { return options.out.empty() ? "." : options.out; }

void write_outputs(const RunOptions& options, const Played& played, const topology::Cluster& cluster, const report::RunReport& report,
                   const Context& context) {
  const std::filesystem::path directory = output_folder(options);
  const report::PlayedRun run{report, played.program, played.timeline, cluster, context.command};
  if (!options.out.empty()) {
    report::write_file(directory / "result.json", report::result_json(report));
    report::write_file(directory / "scenario.json", report.scenario.resolved + "\n");
    report::write_file(directory / "index.html", report::run_page(run, charts_bundle(context)));
  }
  if (options.trace) write_trace(options, directory / "trace.pftrace", run);
  print(options.json ? report::result_json(report) : report::run_summary(report, context.output_style));
}

/// The scenario to play, or the machine to play a Program on; all that can be found wrong with it before playing is.
scenarios::Scenario checked_scenario(const RunOptions& options, const Context& context) {
  if (is_program(options)) {
    if (!options.cluster.empty()) return scenarios::read_machine(options.cluster, options.overrides, context.library);
    throw sim::Error({.place = options.file, .what = "a program needs a machine to run on", .remedy = "give --cluster FILE, a scenario"});
  }
  if (!options.cluster.empty()) {
    throw sim::Error({.place = "--cluster",
                      .what = options.file + " is a scenario and has its own cluster",
                      .remedy = "leave --cluster out; it is for a .program"});
  }
  scenarios::Scenario scenario = scenarios::read_scenario(options.file, options.overrides, context.library);
  if (!scenario.training) {
    throw sim::Error(
        scenario.places.placed("", "describes a cluster without a workload", "add a \"workload\", or run a .program with --cluster"));
  }
  check_memory(scenario);
  return scenario;
}

/// What the closed form cannot do.
void check_analytic(const RunOptions& options) {
  const auto refuse = [](const char* what) {
    throw sim::Error({.place = "--engine analytic", .what = what, .remedy = "use --engine fluid"}, sim::ErrorKind::unavailable);
  };
  if (options.trace) refuse("has no steps to trace: it knows what an iteration takes without playing it");
  if (is_program(options)) refuse("goes from a training job to its result, and a Program has no job");
}

void run(const RunOptions& options, const Context& context) {
  const ProcessFigures process;
  if (is_analytic(options.engine)) check_analytic(options);
  const auto engine = is_analytic(options.engine) ? nullptr : make_engine(options.engine);
  const auto scenario = checked_scenario(options, context);
  if (options.trace || !options.out.empty()) report::check_writable(output_folder(options));
  const topology::Cluster cluster(scenario.cluster);
  const Played played =
      scenario.training ? play_scenario(options, scenario, cluster, engine.get()) : play_program(options, scenario, cluster, *engine);
  report::RunReport report{.version = context.version,
                           .engine = options.engine.engine,
                           .seed = options.seed,
                           .scenario = scenario,
                           .overrides = options.overrides,
                           .simulation = {},
                           .iteration = played.iteration,
                           .training = played.training,
                           .costs = played.costs,
                           .validity = played.validity};
  report::SimulationFigures& figures = report.simulation;
  figures.events = played.timeline.events;
  figures.gpus = played.program.ranks;
  figures.gpu_classes = std::ssize(played.timeline.actor_ends);
  process.tell(figures);
  write_outputs(options, played, cluster, report, context);
}

}  // namespace

void add_run(CLI::App& app, const Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Play a scenario, or a Program on a cluster, and report");
  command->add_option("FILE", options->file, "scenario, the name of an example, or a Program with --cluster")->required();
  command->add_option("--cluster", options->cluster, "scenario whose cluster, software and calibration a Program runs on")
      ->type_name("FILE");
  add_set_option(*command, options->overrides, "path=value: changes the scenario, e.g. cluster.nodes=350");
  add_engine_options(*command, options->engine);
  command
      ->add_option_function<std::string>(
          "--seed", [options](const std::string& text) { options->seed = seed_from(text); }, "of what is random: 0 to 2^63 - 1")
      ->default_str(std::to_string(options->seed));
  command->add_option("--out", options->out, "folder for index.html (a page to look at), result.json and scenario.json")
      ->type_name("DIR")
      ->check(is_not_empty());
  command->add_flag("--json", options->json, "print the result as JSON");
  command->add_flag("--trace", options->trace, "write trace.pftrace for Perfetto (into --out, else here)");
  command->add_option("--trace-ranks", options->trace_ranks, "whose steps --trace tells, e.g. 0,8..15; default: one rank of each role")
      ->check(is_not_empty())
      ->type_name("RANKS")
      ->each([options](const std::string&) { options->trace = true; });
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace orrery::cli
