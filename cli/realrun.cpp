// orrery realrun FILE: plays a scenario or a Program for real, and says what was measured beside what the simulator predicts of the same.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <filesystem>
#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/run_player.h"
#include "realrun/host_program.h"
#include "realrun/timeline_csv.h"
#include "report/write_file.h"
#include "scenarios/calibrations.h"
#include "scenarios/field_reader.h"
#include "scenarios/nccl.h"
#include "scenarios/read_file.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "sim/units_text.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"
#include "workloads/validate_job.h"

namespace orrery::cli {
namespace {

struct RealrunOptions {
  std::string file;
  std::string device = "host";
  std::vector<std::string> overrides;
  std::string scale;
  std::string calibration;
  std::string samples;
  std::string timeline;
  PlayerOptions player;
};

/// What --scale may change, and where it stands in a job.
std::vector<std::pair<std::string, std::int64_t*>> scaled_sizes(workloads::TrainingJob& job) {
  return {{"layers", &job.model.layers},
          {"vocabulary", &job.model.vocabulary},
          {"sequence_length", &job.sequence_length},
          {"global_batch", &job.global_batch},
          {"micro_batch", &job.micro_batch}};
}
std::vector<std::pair<std::string, int*>> scaled_degrees(workloads::TrainingJob& job) {
  workloads::Parallelism& degrees = job.parallelism;
  return {{"tensor", &degrees.tensor},         {"pipeline", &degrees.pipeline}, {"data", &degrees.data},
          {"interleave", &degrees.interleave}, {"context", &degrees.context},   {"expert", &degrees.expert}};
}

void scale_one(const std::string& word, workloads::TrainingJob& job) {
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string text = equals == std::string::npos ? "" : word.substr(equals + 1);
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1) {
    throw sim::Error({.place = "--scale", .what = "\"" + word + "\" has no size", .remedy = "write e.g. layers=2,data=2"});
  }
  std::vector<std::string> known;
  for (const auto& [size, target] : scaled_sizes(job)) {
    if (size == name) {
      *target = value;
      return;
    }
    known.push_back(size);
  }
  for (const auto& [degree, target] : scaled_degrees(job)) {
    if (degree == name) {
      *target = value;
      return;
    }
    known.push_back(degree);
  }
  throw sim::Error(
      {.place = "--scale", .what = "\"" + name + "\" is not scaled", .remedy = fmt::format("known: {}", fmt::join(known, ", "))});
}

/// The job made smaller; everything else of it stays, so that the simulator plays the same when it is told the same.
void scale_job(const std::string& scale, workloads::TrainingJob& job) {
  std::size_t from = 0;
  while (from < scale.size()) {
    const std::size_t comma = std::min(scale.find(',', from), scale.size());
    scale_one(scale.substr(from, comma - from), job);
    from = comma + 1;
  }
}

sim::Program program_of(const RealrunOptions& options, const Context& context) {
  constexpr std::size_t most_bytes = std::size_t{1} << 30U;
  if (std::filesystem::path(options.file).extension() == ".program") {
    if (!options.scale.empty() || !options.overrides.empty()) {
      throw sim::Error({.place = options.file, .what = "is a Program, which has no job to change", .remedy = "give the scenario"});
    }
    return sim::program_from(scenarios::file_text(options.file, most_bytes), options.file);
  }
  auto scenario = scenarios::read_scenario(options.file, options.overrides, context.library);
  if (!scenario.training) {
    throw sim::Error(scenario.places.placed("", "describes a cluster without a workload", "add a \"workload\", or give a .program"));
  }
  scale_job(options.scale, *scenario.training);
  std::vector<sim::Fault> faults = workloads::validate_job(*scenario.training, scenario.software, scenario.cluster);
  if (!faults.empty()) throw sim::Error(std::move(faults));
  return workloads::training_program(*scenario.training, scenario.software);
}

/// A machine that holds nothing up but by what the calibration has: one node, a "GPU" a rank, rates past any host's.
topology::NodeSpec host_node(const std::string& device, int ranks) {
  topology::NodeSpec node;
  node.name = "host";
  node.source = "no datasheet: what it takes is measured";
  node.gpu = {.name = device,
              .memory = {std::int64_t{1} << 40U},
              .memory_bandwidth = {1e15},
              .peak_fp32 = {1e18},
              .peak_fp16 = {1e18},
              .peak_fp8 = {},
              .multiprocessors = 1,
              .compute_capability = 80,
              .l2_cache = {}};
  node.gpus = ranks;
  node.nvlink = {.links_per_gpu = 12, .link_bandwidth = {1e12}};
  node.pcie_bandwidth = {1e12};
  node.nic = {.name = "none", .bandwidth = {1e12}, .efficiency = 1, .latency = {1}};
  node.nics = 1;
  node.fabric_switch = {.name = "none", .ports = 40, .latency = {1}};
  return node;
}

/// By the calibration that was asked for, or one of this very device; nothing where there is none.
std::optional<workloads::Calibration> calibration_for(const RealrunOptions& options, const topology::GpuSpec& gpu, const Context& context) {
  if (options.calibration == "none") return std::nullopt;
  std::optional<std::string> name = scenarios::calibration_of(context.library, gpu);
  if (!options.calibration.empty()) name = options.calibration;
  if (!name) return std::nullopt;
  auto calibration = scenarios::read_preset<workloads::Calibration>(context.library, scenarios::PresetKind::calibrations, *name);
  if (calibration.device == gpu.name) return calibration;
  throw sim::Error({.place = "--calibration",
                    .what = *name + " is of " + calibration.device + ", and this is " + gpu.name,
                    .remedy = "calibrate this device: orrery calibrate realrun --samples FILE --name NAME"});
}

/// Throws sim::Error for an operation that has no line: its time would come of the made-up rates of host_node.
void check_measured(const std::vector<sim::Operation>& operations, const sim::Program& program, const workloads::Calibration& calibration) {
  const auto lacks = [&](const std::string& what) {
    return sim::Error(
        {.place = "calibration \"" + calibration.name + "\"", .what = "has no measured " + what, .remedy = "calibrate with samples of it"});
  };
  for (const sim::Operation& operation : operations) {
    if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
      const sim::Lattice members{0, program.communicators[static_cast<std::size_t>(collect->communicator)].members};
      const auto is_of_it = [&](const workloads::CollectiveLine& line) {
        return line.collective == collect->kind && line.ranks == members.size();
      };
      if (members.size() > 1 && std::ranges::none_of(calibration.collectives.lines, is_of_it)) {
        throw lacks(fmt::format("{} of {} ranks", sim::name_of(collect->kind), members.size()));
      }
    }
    if (std::holds_alternative<sim::Send>(operation.action) && calibration.collectives.send_bandwidth.value <= 0) throw lacks("messages");
    if (std::holds_alternative<sim::Copy>(operation.action)) throw lacks("copies");
  }
}

void check_measured(const sim::Program& program, const workloads::Calibration& calibration) {
  for (const sim::Block& block : program.blocks) check_measured(block.operations, program, calibration);
  for (const sim::Role& role : program.roles) {
    for (const sim::Stream& stream : role.streams) check_measured(stream.operations, program, calibration);
  }
}

sim::Timeline predicted_timeline(const sim::Program& program, const topology::NodeSpec& node, workloads::Calibration calibration,
                                 const Context& context) {
  check_measured(program, calibration);
  const topology::Cluster cluster({.node = node, .nodes = 1, .fabric = {}, .others = {}});
  workloads::Stack stack{.software = {}, .calibration = std::move(calibration), .nccl = {}};
  stack.software.interference = false;  // the samples were taken beside whatever ran
  stack.nccl = scenarios::read_preset<workloads::NcclConstants>(context.library, scenarios::PresetKind::nccl, stack.software.nccl);
  return workloads::play_program(program, stack, cluster, *sim::make_fluid_engine(), {});
}

/// The rank that ended last, the first of those.
sim::ActorId last_rank(const sim::Program& program, const sim::Timeline& timeline) {
  std::uint32_t last = 0;
  for (std::uint32_t rank = 1; rank < static_cast<std::uint32_t>(program.ranks); ++rank) {
    if (timeline.actor_end(sim::ActorId{rank}) > timeline.actor_end(sim::ActorId{last})) last = rank;
  }
  return sim::ActorId{last};
}

/// How the time of a rank's first stream went, by label.
std::vector<sim::Duration> breakdown_of(sim::ActorId rank, const sim::Timeline& timeline) {
  std::vector<sim::Duration> parts;
  for (std::uint8_t label = 0; label < timeline.labels; ++label) {
    const sim::Account& account = timeline.account(rank, label);
    parts.push_back(account.running + account.waiting);
  }
  return parts;
}

std::string beside(const std::string& name, sim::Duration measured, const sim::Duration* predicted) {
  std::string line = fmt::format("  {:<20}{:>12}", name, sim::to_text(measured));
  if (predicted != nullptr) {
    line += fmt::format("{:>12}", sim::to_text(*predicted));
    if (measured.ticks > 0) line += fmt::format("{:>+9.1f} %", 100 * (predicted->seconds() / measured.seconds() - 1));
  }
  return line + "\n";
}

std::string comparison_text(const sim::Program& program, const sim::Timeline& measured, const sim::Timeline* predicted) {
  std::string text = fmt::format("  {:<20}{:>12}", "", "measured");
  text += predicted != nullptr ? fmt::format("{:>12}{:>11}\n", "predicted", "error") : "\n";
  const sim::Duration end = measured.end - sim::Time{};
  const sim::Duration predicted_end = predicted != nullptr ? predicted->end - sim::Time{} : sim::Duration{};
  text += beside("iteration", end, predicted != nullptr ? &predicted_end : nullptr);
  const sim::ActorId rank = last_rank(program, measured);  // of both, though another may be predicted to end last
  const std::vector<sim::Duration> parts = breakdown_of(rank, measured);
  const std::vector<sim::Duration> predicted_parts = predicted != nullptr ? breakdown_of(rank, *predicted) : std::vector<sim::Duration>{};
  for (std::size_t label = 0; label < parts.size(); ++label) {
    const bool is_empty = parts[label].ticks == 0 && (predicted == nullptr || predicted_parts[label].ticks == 0);
    if (!is_empty) text += beside("  " + program.labels[label], parts[label], predicted != nullptr ? &predicted_parts[label] : nullptr);
  }
  return text;
}

// Every rank says what is wrong with it, all with an exit code: only that makes mpirun end the ranks that wait for this one. What the
// players find alike only the first player says, and the others' end well.
void play_here(const RealrunOptions& options, const Context& context) {
  if (options.device != "host") {
    throw sim::Error({.place = "--device", .what = "\"" + options.device + "\" is not built yet", .remedy = "use --device host"},
                     sim::ErrorKind::unavailable);
  }
  const sim::Program program = realrun::in_fp32(program_of(options, context));
  const PlayedForReal played = run_player(program, options.player);
  if (played.rank != 0) return;
  if (!options.samples.empty()) report::write_file(options.samples, sim::text_of(played.samples));
  if (!options.timeline.empty()) report::write_file(options.timeline, realrun::timeline_csv(program, played.timeline));
  const topology::NodeSpec node = host_node(played.samples.device, program.ranks);
  std::optional<sim::Timeline> predicted;
  std::string why = "no calibration of this device: make one with orrery calibrate realrun --samples FILE --name NAME";
  try {
    const auto calibration = calibration_for(options, node.gpu, context);
    if (calibration) predicted = predicted_timeline(program, node, *calibration, context);
  } catch (const sim::Error& error) {  // what was measured is told all the same
    why = fmt::format("no prediction: {}", error.what());
  }
  print(fmt::format("{} on {}, in fp32; the median of {} plays\n", program.name, played.samples.device, options.player.repeats));
  print(comparison_text(program, played.timeline, predicted ? &*predicted : nullptr));
  if (!predicted) say(why);
}

}  // namespace

void add_realrun(CLI::App& app, const Context& context) {
  auto options = std::make_shared<RealrunOptions>();
  CLI::App* command = app.add_subcommand("realrun", "Play a scenario or a Program for real, under mpirun -n RANKS, and measure it");
  command->add_option("FILE", options->file, "scenario, the name of an example, or a .program")->required();
  command->add_option("--device", options->device, "host: CPUs with OpenMPI and OpenBLAS")
      ->check(CLI::IsMember({"host", "cuda"}))
      ->capture_default_str();
  command->add_option("--scale", options->scale, "a smaller job, e.g. layers=2,data=2; a simulation of the same has the same changes")
      ->type_name("NAME=SIZE,...");
  add_set_option(*command, options->overrides, "path=value: changes the scenario");
  command->add_option("--calibration", options->calibration, "to predict with, or none; default: one of this device, where there is one")
      ->type_name("NAME");
  command->add_option("--samples", options->samples, "file for what was measured, to calibrate with")->type_name("OUT");
  command->add_option("--timeline", options->timeline, "file for the median play, a line a step")->type_name("OUT");
  command->add_option("--warm-ups", options->player.warm_ups, "plays that count for nothing")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  command->add_option("--repeats", options->player.repeats, "plays that are measured")->check(CLI::Range(1, 1'000))->capture_default_str();
  command
      ->add_option("--patience", options->player.patience,
                   "after so long without a sign of life of a rank, or without a step done by any, all are ended; from 1s")
      ->capture_default_str();
  command->callback([options, &context] { play_here(*options, context); });
}

}  // namespace orrery::cli
