// orrery collective OP: what NCCL would do, and how long that takes, size after size and machine after machine, as nccl-tests prints it.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>

#include "cli/collective_validity.h"
#include "cli/collective_way.h"
#include "cli/commands.h"
#include "cli/engines.h"
#include "cli/output.h"
#include "cli/page.h"
#include "cli/process_figures.h"
#include "report/collective_against.h"
#include "report/collective_json.h"
#include "report/collective_text.h"
#include "report/counted.h"
#include "report/page/collective_page.h"
#include "report/write_file.h"
#include "scenarios/document.h"
#include "scenarios/read_file.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "sim/printable.h"
#include "workloads/collective_edges.h"
#include "workloads/collective_job.h"
#include "workloads/collective_suspects.h"
#include "workloads/import_nccl_tests.h"
#include "workloads/logged_run.h"

namespace orrery::cli {
namespace {

using workloads::CollectiveOperation;

struct CollectiveOptions {
  std::string operation;
  std::string cluster;
  std::string nodes;
  std::string gpus;
  std::string least = "8";
  std::string most = "8G";
  std::vector<std::string> sizes;
  std::string type = "half";
  CollectiveWayOptions way;
  std::string calibration;
  std::string software;
  std::string against;
  EngineChoice engine;
  std::string out;
  bool json = false;
  bool sizes_given = false;  // by any of the three options
  bool type_given = false;
};

sim::Error wrong(std::string place, std::string what, std::string remedy) {
  return sim::Error({.place = std::move(place), .what = std::move(what), .remedy = std::move(remedy)});
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

/// A whole number above zero, and what follows it.
struct Counted {
  std::int64_t count = 0;  // 0: none
  std::string_view rest;
};
Counted counted_from(std::string_view text) {
  Counted found;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found.count);
  if (error != std::errc{} || found.count < 0) return {0, text};
  found.rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return found;
}

/// "8", "4K", "1M", "8G": binary, as nccl-tests has them.
sim::Bytes size_from(const std::string& place, const std::string& text) {
  const Counted found = counted_from(text);
  constexpr std::string_view units = "KMGT";
  std::size_t shift = 0;
  if (found.rest.size() == 1) shift = (units.find(static_cast<char>(std::toupper(static_cast<unsigned char>(found.rest[0])))) + 1) * 10;
  const bool has_unit = found.rest.empty() || (shift > 0 && shift <= 10 * units.size());
  if (found.count == 0 || !has_unit) throw wrong(place, quoted(text) + " is no size", "write bytes, e.g. 8, 4K, 1M or 8G (of 1024 each)");
  if (found.count > sim::max_operation_bytes >> shift) throw wrong(place, quoted(text) + " is more than a petabyte", "write e.g. 8G");
  return {found.count << shift};
}

std::vector<sim::Bytes> sizes_of(const CollectiveOptions& options, CollectiveOperation operation) {
  if (operation.kind == sim::CollectiveKind::barrier) {
    if (options.sizes_given) throw wrong("--sizes", "a barrier has no size", "leave --sizes, --min and --max out");
    return {{}};
  }
  std::vector<sim::Bytes> sizes;
  for (const std::string& text : options.sizes) sizes.push_back(size_from("--sizes", text));
  if (!sizes.empty()) return sizes;
  const sim::Bytes least = size_from("--min", options.least);
  const sim::Bytes most = size_from("--max", options.most);
  if (most < least) throw wrong("--max", fmt::format("{} is less than --min {}", options.most, options.least), "write the larger one last");
  return workloads::doubled_sizes(least, most);
}

constexpr std::int64_t most_nodes = 1 << 20;

/// "4", or "2..64*2": 2, 4, 8, ... 64.
std::vector<int> nodes_from(const std::string& text) {
  const auto fault = [&] {
    return wrong("--nodes", quoted(text) + " is no number of nodes", "write e.g. 4, or 2..64*2 for 2, 4, 8, ... 64");
  };
  const Counted first = counted_from(text);
  if (first.count == 0 || first.count > most_nodes) throw fault();
  if (first.rest.empty()) return {static_cast<int>(first.count)};
  if (!first.rest.starts_with("..")) throw fault();
  const Counted last = counted_from(first.rest.substr(2));
  if (last.count < first.count || last.count > most_nodes || !last.rest.starts_with('*')) throw fault();
  const Counted factor = counted_from(last.rest.substr(1));
  if (factor.count < 2 || factor.count > most_nodes || !factor.rest.empty()) throw fault();
  std::vector<int> nodes;
  for (std::int64_t n = first.count; n <= last.count; n *= factor.count) nodes.push_back(static_cast<int>(n));
  return nodes;
}

CollectiveOperation operation_from(const std::string& name) {
  if (const auto operation = workloads::collective_operation(name)) return *operation;
  throw wrong("", quoted(name) + " is no collective", scenarios::suggestion(name, workloads::collective_operation_names()));
}

workloads::ElementType type_from(const std::string& place, const std::string& name) {
  std::vector<std::string> known;
  for (const workloads::ElementType& type : workloads::element_types()) {
    if (type.name == name) return type;
    known.emplace_back(type.name);
  }
  throw wrong(place, quoted(name) + " is no type of nccl-tests", scenarios::suggestion(name, known));
}

/// A node of the library, of which a machine is built as large as is asked for; else a scenario, whose machine is what it is.
bool is_node(const CollectiveOptions& options, const Context& context) {
  std::error_code error;
  if (std::filesystem::exists(options.cluster, error)) return false;
  const auto names = scenarios::preset_names(context.library, scenarios::PresetKind::hardware);
  return std::ranges::find(names, options.cluster) != names.end();
}

scenarios::Document document_of(const CollectiveOptions& options, const Context& context) {
  using scenarios::PresetKind;
  if (!is_node(options, context)) {
    return scenarios::open_file_or_preset(options.cluster, context.library, {PresetKind::examples, PresetKind::hardware},
                                          "a node or an example");
  }
  const nlohmann::json node = {{"orrery", 1}, {"cluster", {{"node", options.cluster}, {"nodes", 1}}}};
  scenarios::Document document = scenarios::parse_document("--cluster", node.dump());
  document.directory = ".";
  return document;
}

/// With the software and calibration that are asked for, of so many nodes where it is not a machine of its own.
scenarios::Scenario machine_of(const CollectiveOptions& options, std::optional<int> nodes, const Context& context) {
  scenarios::Document document = document_of(options, context);
  const auto change = [&](const char* option, const char* path, const nlohmann::json& value) {
    scenarios::apply(document, scenarios::override_of(option, path, value));
  };
  if (nodes && is_node(options, context)) change("--nodes", "cluster.nodes", *nodes);
  if (!options.software.empty()) change("--software", "software", options.software);
  const bool without = options.calibration == "none";
  if (!options.calibration.empty() && !without) change("--calibration", "calibration", options.calibration);
  scenarios::Scenario scenario = scenarios::read_network(std::move(document), context.library);
  if (without) scenario.calibration.reset();
  return scenario;
}

/// The machines to play on and their nodes.
std::vector<report::CollectiveBlock> blocks_of(const CollectiveOptions& options, const Context& context) {
  std::vector<std::optional<int>> counts = {std::nullopt};
  if (!options.nodes.empty()) {
    const std::vector<int> nodes = nodes_from(options.nodes);
    counts.assign(nodes.begin(), nodes.end());
  }
  std::vector<report::CollectiveBlock> blocks;
  for (const std::optional<int> nodes : counts) {
    report::CollectiveBlock block{.scenario = machine_of(options, nodes, context)};
    const topology::ClusterSpec& cluster = block.scenario.cluster;
    const auto all = static_cast<int>(all_nodes(cluster));
    block.nodes = nodes.value_or(all);
    if (block.nodes > all) {
      throw wrong("--nodes", fmt::format("{} are asked for, {} has {}", report::counted(block.nodes, "node"), options.cluster, all),
                  fmt::format("write {} at most", all));
    }
    block.gpus_a_node = cluster.node.gpus;
    if (!options.gpus.empty()) {
      const Counted gpus = counted_from(options.gpus);
      if (gpus.count == 0 || !gpus.rest.empty() || gpus.count > cluster.node.gpus) {
        throw wrong("--gpus", fmt::format("{} is no number of GPUs of a {}", quoted(options.gpus), cluster.node.name),
                    fmt::format("write 1 to {}", cluster.node.gpus));
      }
      block.gpus_a_node = static_cast<int>(gpus.count);
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

/// Places the job on a block's machine and plays it there.
template <class Play>
auto played(const report::CollectiveBlock& block, workloads::CollectiveJob job, const Play& play) {
  const topology::Cluster cluster(block.scenario.cluster);
  job.ranks = workloads::first_gpus(cluster, {.nodes = block.nodes, .gpus_a_node = block.gpus_a_node});
  workloads::CollectiveMachine machine{.cluster = cluster, .nccl = block.scenario.nccl, .condition = block.scenario.condition};
  if (block.scenario.calibration) machine.calibration = block.scenario.calibration->collectives;
  return play(job, machine);
}

/// What a log of nccl-tests says, as a job.
workloads::NcclTestsLog log_of(const CollectiveOptions& options, workloads::CollectiveJob& job) {
  if (options.sizes_given || options.type_given)
    throw wrong("--against", "the log says which sizes and which type", "leave --sizes, --min, --max and --dtype out");
  if (job.operation.kind == sim::CollectiveKind::barrier)
    throw wrong("--against", "nccl-tests measures no barrier", "name another collective");
  constexpr std::size_t most_bytes = std::size_t{1} << 26;
  workloads::NcclTestsLog log = workloads::read_nccl_tests(scenarios::file_text(options.against, most_bytes), options.against);
  job.type = type_from(options.against, log.type);
  job.sizes.clear();
  for (const workloads::NcclTestsRow& row : log.rows) {
    if (row.size.count > sim::max_operation_bytes)
      throw wrong(fmt::format("{}:{}", options.against, row.line), "the size is more than a petabyte", "leave the row out");
    job.sizes.push_back(row.size);
  }
  return log;
}

/// ... held against one machine.
report::CollectiveAgainst against_of(const workloads::NcclTestsLog& log, const CollectiveOptions& options,
                                     const report::CollectiveReport& report) {
  if (report.blocks.size() > 1) throw wrong("--nodes", "a log is of one machine", "write one number of nodes");
  const report::CollectiveBlock& block = report.blocks.front();
  workloads::refuse_other_run(log, options.against,
                              {.operation = report.operation, .ranks = block.nodes * block.gpus_a_node, .calls = options.way.calls});
  for (const std::string& doubt : workloads::doubts(log, options.against, block.scenario.software.nccl)) say(doubt);
  report::CollectiveAgainst against{.log = options.against, .measured = {}, .suspects = {}};
  for (const workloads::NcclTestsRow& row : log.rows) against.measured.push_back(row.time);
  return against;
}

void add_figures(const std::vector<workloads::CollectiveRow>& rows, report::SimulationFigures& figures) {
  for (const workloads::CollectiveRow& row : rows) {
    figures.events += row.events;
    figures.gpus = std::max<std::int64_t>(figures.gpus, row.ranks);
    figures.gpu_classes = std::max(figures.gpu_classes, row.rank_classes);
  }
}

/// What is done otherwise than the user may think.
void say_notes(const CollectiveOptions& options, const workloads::CollectiveJob& job, const report::CollectiveBlock& block) {
  if (!block.scenario.calibration && options.calibration != "none")
    say(fmt::format("no calibration of {}: the times are NCCL's own model", block.scenario.cluster.node.gpu.name));
  const bool tuned = job.operation.kind && !workloads::is_in_pairs(*job.operation.kind);
  if (!tuned && std::holds_alternative<workloads::ByNccl>(job.way) && !(options.way.algorithms.empty() && options.way.protocols.empty()))
    say(fmt::format("NCCL does {} in messages, whatever --algo and --proto say", name_of(job.operation)));
  if (tuned && std::holds_alternative<workloads::ByNccl>(job.way) && job.filter.pxn == workloads::Pxn::off)
    say(fmt::format("--pxn is of messages, and NCCL does {} without: it changes nothing", name_of(job.operation)));
  if (!tuned && options.way.cross_nic == "off")
    say(fmt::format("--cross-nic is of rings, and NCCL does {} in messages: it changes nothing", name_of(job.operation)));
}

void play_all(const workloads::CollectiveJob& job, sim::Engine& engine, report::CollectiveReport& report) {
  const auto line = progress_line("playing");
  for (std::size_t i = 0; i < report.blocks.size(); ++i) {
    const auto progress = [&](double share) {
      if (line) line((static_cast<double>(i) + share) / static_cast<double>(report.blocks.size()));
    };
    report::CollectiveBlock& block = report.blocks[i];
    block.rows = played(block, job, [&](const workloads::CollectiveJob& placed, const workloads::CollectiveMachine& machine) {
      return workloads::collective_rows(placed, machine, engine, progress);
    });
  }
}

/// The machine as it is, and as it would be with a fault.
void play_suspects(const workloads::CollectiveJob& job, sim::Engine& engine, report::CollectiveReport& report) {
  const auto progress = progress_line("looking for faults");
  report::CollectiveBlock& block = report.blocks.front();
  report.against->suspects = played(block, job, [&](const workloads::CollectiveJob& placed, const workloads::CollectiveMachine& machine) {
    return workloads::collective_suspects(placed, machine, report.against->measured, engine, progress);
  });
  block.rows = report.against->suspects.front().rows;
}

void write_outputs(const CollectiveOptions& options, const report::CollectiveReport& report, const Context& context) {
  if (options.out.empty()) return;
  const std::filesystem::path folder = options.out;
  report::write_file(folder / "result.json", report::collective_json(report));
  report::write_file(folder / "index.html", report::collective_page(report, context.command, charts_bundle(context)));
}

std::string printed(const CollectiveOptions& options, const report::CollectiveReport& report, const Context& context) {
  if (options.json) return report::collective_json(report);
  return report.against ? report::collective_against_text(report, context.output_style)
                        : report::collective_text(report, context.output_style);
}

void collective(const CollectiveOptions& options, const Context& context) {
  const ProcessFigures process;
  const auto engine = make_engine(options.engine);
  report::CollectiveReport report{.version = context.version, .engine = options.engine.engine};
  workloads::CollectiveJob job{.operation = operation_from(options.operation), .type = {}, .sizes = {}, .ranks = {}};
  std::optional<workloads::NcclTestsLog> log;
  if (options.against.empty()) {
    job.type = type_from("--dtype", options.type);
    job.sizes = sizes_of(options, job.operation);
  } else {
    log = log_of(options, job);
  }
  if (!options.way.matrix.empty() && (options.sizes_given || log))
    throw wrong("--matrix", "says itself how much is sent", "leave --sizes, --min, --max and --against out");
  choose_way(options.way, job);
  job.granularity = granularity_for(options.engine);
  report.operation = job.operation;
  report.type = job.type;
  report.blocks = blocks_of(options, context);
  if (log) report.against = against_of(*log, options, report);
  say_notes(options, job, report.blocks.front());
  if (!options.out.empty()) report::check_writable(options.out);
  report.against ? play_suspects(job, *engine, report) : play_all(job, *engine, report);
  for (const report::CollectiveBlock& block : report.blocks) add_figures(block.rows, report.simulation);
  report.validity = validity_of_collectives(report.blocks);
  process.tell(report.simulation);
  write_outputs(options, report, context);
  print(printed(options, report, context));
}

}  // namespace

void add_collective(CLI::App& app, const Context& context) {
  auto options = std::make_shared<CollectiveOptions>();
  CLI::App* command = app.add_subcommand("collective", "Time a collective as nccl-tests does: algorithm, protocol, bandwidth by size");
  std::vector<std::string> types;
  for (const workloads::ElementType& type : workloads::element_types()) types.emplace_back(type.name);
  command->add_option("OP", options->operation, "what to do")
      ->type_name(fmt::format("{{{}}}", fmt::join(workloads::collective_operation_names(), ",")))
      ->required();
  command
      ->add_option("--cluster", options->cluster, "a node (orrery list hardware), joined by a fat-tree; or a scenario, whose machine it is")
      ->type_name("MACHINE")
      ->required();
  command->add_option("--nodes", options->nodes, "how many: 4, or 2..64*2 for 2, 4, 8, ... 64; default: all of a scenario's, else 1")
      ->type_name("N|LO..HI*2");
  command->add_option("--gpus", options->gpus, "of each node; default: all")->type_name("PER_NODE");
  CLI::Option* least = command->add_option("--min", options->least, "first size")->type_name("SIZE")->capture_default_str();
  CLI::Option* most = command->add_option("--max", options->most, "last size, by factors of 2")->type_name("SIZE")->capture_default_str();
  CLI::Option* sizes = command->add_option("--sizes", options->sizes, "sizes instead, e.g. 1M,1G")->type_name("A,B")->delimiter(',');
  sizes->excludes(least)->excludes(most);
  CLI::Option* type = command->add_option("--dtype", options->type, "of the elements")
                          ->type_name(fmt::format("{{{}}}", fmt::join(types, ",")))
                          ->capture_default_str();
  add_way_options(*command, options->way);
  command
      ->add_option("--calibration", options->calibration, "of the GPU, or none: NCCL's own model; default: the GPU's, where there is one")
      ->type_name("NAME");
  command->add_option("--software", options->software, "whose NCCL version it is; default: the scenario's, else NCCL 2.28")
      ->type_name("NAME");
  add_engine_options(*command, options->engine);
  command->add_option("--against", options->against, "a log of nccl-tests: measured beside expected, and which faults would explain it")
      ->type_name("LOG");
  command->add_option("--out", options->out, "folder for index.html (a page to look at) and result.json")
      ->type_name("DIR")
      ->check(is_not_empty());
  command->add_flag("--json", options->json, "one JSON document");
  command->callback([options, least, most, sizes, type, &context] {
    options->type_given = type->count() > 0;
    options->sizes_given = least->count() + most->count() + sizes->count() > 0;
    collective(*options, context);
  });
}

}  // namespace orrery::cli
