// orrery run FILE: plays a scenario, or a Program on a cluster, and reports.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/commands.h"
#include "report/result_json.h"
#include "report/run_summary.h"
#include "report/trace_json.h"
#include "report/write_file.h"
#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "workloads/training_program.h"

namespace orrery::cli {
namespace {

struct RunOptions {
  std::string file;
  std::string cluster;
  std::vector<std::string> overrides;
  std::string engine = "fluid";
  std::string fold = "off";
  std::uint64_t seed = 1;
  std::string out;
  bool json = false;
  bool trace = false;
};

// Processor time of the whole process, and the most memory that it held.
void measure_process(report::SimulationFigures& figures) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  figures.peak_rss_bytes = std::int64_t{usage.ru_maxrss} * 1024;
}

std::string read_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw sim::Error({.place = path, .what = "cannot be opened", .remedy = "check the path"});
  return {std::istreambuf_iterator<char>(stream), {}};
}

void check_available(const RunOptions& options) {
  const auto refuse = [](std::string what, std::string remedy) {
    throw sim::Error({.place = "", .what = std::move(what), .remedy = std::move(remedy)}, sim::ErrorKind::unavailable);
  };
  if (options.engine != "fluid") refuse("the engine \"" + options.engine + "\" is not built yet", "use --engine fluid");
  if (options.fold == "on") refuse("folding is not built yet", "use --fold off; every GPU is then simulated");
}

// One rank of each role: who plays which part in a trace, without thousands of copies.
sim::PlayOptions recorded_ranks(const sim::Program& program, const RunOptions& options) {
  sim::PlayOptions play;
  if (!options.trace) return play;
  for (const sim::Role& role : program.roles) play.recorded.push_back(sim::ActorId{static_cast<std::uint32_t>(role.ranks.at(0))});
  return play;
}

workloads::Stack stack_of(const scenarios::Scenario& scenario) {
  if (!scenario.calibration) {
    throw sim::Error({.place = scenario.name,
                      .what = "there is no calibration of " + scenario.cluster.node.gpu.name,
                      .remedy = "name one: \"calibration\": \"a100-sxm-80gb\" (orrery list calibrations)"});
  }
  return {scenario.software, *scenario.calibration, scenario.nccl};
}

struct Played {
  sim::Program program;
  sim::Timeline timeline;
  report::RunReport report;
};

Played play_scenario(const RunOptions& options, const scenarios::Scenario& scenario, const Context& context, sim::Engine& engine) {
  const topology::Cluster cluster(scenario.cluster);
  const workloads::Stack stack = stack_of(scenario);
  if (!scenario.training) {
    throw sim::Error(
        scenario.places.placed("", "describes a cluster without a workload", "add a \"workload\", or run a .program with --cluster"));
  }
  const auto program = workloads::training_program(*scenario.training, stack.software);
  workloads::TrainingRun run = workloads::run_training(*scenario.training, stack, cluster, engine, recorded_ranks(program, options));
  report::TrainingPart training{run.memory, run.training, workloads::validity_of(*scenario.training, stack, cluster)};
  report::RunReport report{.version = context.version,
                           .engine = options.engine,
                           .seed = options.seed,
                           .scenario = scenario,
                           .overrides = options.overrides,
                           .simulation = {},
                           .iteration = run.iteration,
                           .training = training};
  return {std::move(run.program), std::move(run.timeline), std::move(report)};
}

Played play_program(const RunOptions& options, const scenarios::Scenario& scenario, const Context& context, sim::Engine& engine) {
  const topology::Cluster cluster(scenario.cluster);
  sim::Program program = sim::program_from(read_text(options.file), options.file);
  sim::Timeline timeline = workloads::play_program(program, stack_of(scenario), cluster, engine, recorded_ranks(program, options));
  report::RunReport report{.version = context.version,
                           .engine = options.engine,
                           .seed = options.seed,
                           .scenario = scenario,
                           .overrides = options.overrides,
                           .simulation = {},
                           .iteration = workloads::iteration_result(program, cluster, timeline),
                           .training = std::nullopt};
  return {std::move(program), std::move(timeline), std::move(report)};
}

void write_outputs(const RunOptions& options, const Played& played, const Context& context) {
  const std::filesystem::path directory = options.out.empty() ? "." : options.out;
  if (!options.out.empty()) {
    report::write_file(directory / "result.json", report::result_json(played.report));
    report::write_file(directory / "scenario.json", played.report.scenario.resolved + "\n");
  }
  if (options.trace) {
    report::write_file(directory / "trace.json", report::trace_json(played.program, played.timeline));
    fmt::print(stderr, "orrery: trace written to {}; open it at https://ui.perfetto.dev\n", (directory / "trace.json").string());
  }
  fmt::print("{}", options.json ? report::result_json(played.report) : report::run_summary(played.report, context.output_style));
}

void run(const RunOptions& options, const Context& context) {
  const auto start = std::chrono::steady_clock::now();
  check_available(options);
  const bool is_program = std::filesystem::path(options.file).extension() == ".program";
  if (is_program && options.cluster.empty()) {
    throw sim::Error({.place = options.file, .what = "a program needs a machine to run on", .remedy = "give --cluster FILE, a scenario"});
  }
  const auto scenario = scenarios::read_scenario(is_program ? options.cluster : options.file, options.overrides, context.library);
  const auto engine = sim::make_fluid_engine();
  Played played = is_program ? play_program(options, scenario, context, *engine) : play_scenario(options, scenario, context, *engine);
  report::SimulationFigures& figures = played.report.simulation;
  figures.events = played.timeline.events;
  figures.gpus = played.program.ranks;
  figures.gpu_classes = played.program.ranks;
  measure_process(figures);
  figures.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  write_outputs(options, played, context);
}

}  // namespace

void add_run(CLI::App& app, const Context& context, Exit&) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Play a scenario, or a .program on a cluster, and report");
  command->add_option("FILE", options->file, "scenario, or .program with --cluster")->required();
  command->add_option("--cluster", options->cluster, "scenario whose cluster, software and calibration a .program runs on");
  command->add_option("--set", options->overrides, "path=value: changes the scenario, e.g. cluster.nodes=350")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--engine", options->engine, "how to play")
      ->check(CLI::IsMember({"fluid", "transfer", "simgrid", "packet", "analytic"}))
      ->capture_default_str();
  command->add_option("--fold", options->fold, "simulate equal GPUs once")->check(CLI::IsMember({"on", "off"}))->capture_default_str();
  command->add_option("--seed", options->seed, "of what is random")->capture_default_str();
  command->add_option("--out", options->out, "folder for result.json and scenario.json");
  command->add_flag("--json", options->json, "print the result as JSON");
  command->add_flag("--trace", options->trace, "write trace.json for Perfetto (into --out, else here)");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace orrery::cli
