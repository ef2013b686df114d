// orrery topology show|metrics|export|import: the fabric of a scenario, looked at, measured, and carried to other tools and back.

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"
#include "report/fabric_metrics.h"
#include "report/fabric_picture.h"
#include "report/survey_text.h"
#include "report/write_file.h"
#include "scenarios/prices.h"
#include "scenarios/read_file.h"
#include "scenarios/scenario.h"
#include "sim/error.h"
#include "topology/cluster_parts.h"
#include "topology/condition.h"
#include "topology/export_dot.h"
#include "topology/export_graphml.h"
#include "topology/export_ibnetdiscover.h"
#include "topology/export_nccl_topology.h"
#include "topology/export_simgrid.h"
#include "topology/import_forwarding.h"
#include "topology/import_nccl_graph.h"
#include "topology/import_nccl_topology.h"
#include "topology/imported.h"
#include "topology/read_survey.h"
#include "topology/survey_of_fabric.h"

namespace orrery::cli {
namespace {

struct TopologyOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::string svg;
  std::string prices;  // empty: the scenario's
  bool json = false;
};

topology::Cluster fabric_at_start(const scenarios::Scenario& machine) {
  return topology::as_at_start(topology::Cluster(machine.cluster), machine.condition);
}

topology::Cluster machine_of(const TopologyOptions& options, const Context& context, std::string& name) {
  const scenarios::Scenario machine = scenarios::read_scenario(options.file, options.overrides, context.library);
  name = machine.name;
  return fabric_at_start(machine);
}

void show(const TopologyOptions& options, const Context& context) {
  std::string name;
  const topology::Cluster cluster = machine_of(options, context, name);
  if (!options.svg.empty()) report::write_file(options.svg, report::fabric_svg(cluster, name));
  print(report::fabric_text(cluster, name, context.output_style));
}

/// The figures of a fabric, and what it costs by a list of prices.
report::MeasuredFabric measured(const topology::Cluster& cluster, const std::string& name, const topology::NetworkPrices& prices) {
  report::MeasuredFabric made{name, topology::metrics(cluster.fabric(), {.parts = topology::parts_in_use(cluster)})};
  try {
    made.bill = topology::bill_of_materials(made.metrics.inventory, topology::bill_spec(cluster), prices);
  } catch (const sim::Error& error) {
    made.no_bill = error.faults().front().what;
  }
  return made;
}

void measure(const TopologyOptions& options, const Context& context) {
  const scenarios::Scenario machine = scenarios::read_scenario(options.file, options.overrides, context.library);
  const topology::Cluster cluster = fabric_at_start(machine);
  const auto prices = scenarios::network_prices(context.library, options.prices, machine.prices);
  const report::MeasuredFabric figures = measured(cluster, machine.name, prices);
  print(options.json ? report::metrics_json(figures, cluster, context.version)
                     : report::metrics_text(figures, cluster, context.output_style));
}

CLI::App* add_view(CLI::App& parent, const char* name, const char* meaning, const std::shared_ptr<TopologyOptions>& options) {
  CLI::App* command = parent.add_subcommand(name, meaning);
  command->add_option("FILE", options->file, "a scenario, with or without a workload")->required();
  add_set_option(*command, options->overrides, "path=value: changes the scenario");
  return command;
}

struct ExportTopologyOptions {
  std::string format;
  TopologyOptions of;
  std::string out;
};

std::string exported(const std::string& format, const topology::Cluster& cluster) {
  if (format == "nccl") return topology::nccl_topology(cluster.node());
  const topology::Survey survey = topology::survey_of_fabric(cluster.fabric(), fabric_link(cluster.spec()));
  if (format == "graphml") return topology::graphml(survey);
  if (format == "dot") return topology::dot(survey);
  if (format == "simgrid") return topology::simgrid_platform(survey);
  return topology::ibnetdiscover_text(survey);
}

void export_topology(const ExportTopologyOptions& options, const Context& context) {
  std::string name;
  const std::string text = exported(options.format, machine_of(options.of, context, name));
  if (options.out.empty()) return print(text);
  report::write_file(options.out, text);
}

void add_export_of_topology(CLI::App& parent, const Context& context) {
  auto options = std::make_shared<ExportTopologyOptions>();
  CLI::App* command = parent.add_subcommand("export", "Write the network for other tools, dead links left out");
  command
      ->add_option("FORMAT", options->format,
                   "graphml, dot, simgrid (platform XML), ibnetdiscover (for ibsim), nccl (the first node's topology XML)")
      ->required()
      ->check(CLI::IsMember({"graphml", "dot", "simgrid", "ibnetdiscover", "nccl"}));
  command->add_option("FILE", options->of.file, "a scenario, with or without a workload")->required();
  add_set_option(*command, options->of.overrides, "path=value: changes the scenario");
  command->add_option("-o", options->out, "file instead of stdout")->type_name("OUT");
  command->callback([options, &context] { export_topology(*options, context); });
}

struct ImportTopologyOptions {
  std::string file;
  std::string tables;
  std::string node;
  std::string out;
};

constexpr std::size_t most_dump_bytes = std::size_t{1} << 30;

bool is_nccl(std::string_view text, std::string_view element) { return text.find(element) != std::string_view::npos; }

/// A fabric with what it takes to run on it, where a node is named.
void write_cluster(const ImportTopologyOptions& options, const topology::Survey& survey, const Context& context) {
  const scenarios::Scenario machine = scenarios::parse_scenario(
      "node", fmt::format(R"({{ "orrery": 1, "cluster": {{ "node": "{}", "nodes": 1 }} }})", options.node), {}, context.library);
  const int nodes = topology::nodes_in(survey, machine.cluster.node.nics);
  if (nodes == 0) {
    throw sim::Error({.place = options.file,
                      .what = fmt::format("no host has cables to half of the {} NICs of a {}", machine.cluster.node.nics, options.node),
                      .remedy = "take a node with as many NICs as the hosts have (orrery list hardware)"});
  }
  const std::filesystem::path folder = std::filesystem::path(options.out).parent_path();
  const auto beside = [&](const std::string& file) { return std::filesystem::proximate(file, folder.empty() ? "." : folder).string(); };
  nlohmann::ordered_json fabric = {{"topology", "imported"}, {"file", beside(options.file)}};
  if (!options.tables.empty()) fabric["tables"] = beside(options.tables);
  const nlohmann::ordered_json scenario = {{"orrery", 1}, {"cluster", {{"node", options.node}, {"nodes", nodes}, {"fabric", fabric}}}};
  report::write_file(options.out, scenario.dump(2) + "\n");
  say(fmt::format("wrote {}, a cluster of {} nodes {}", options.out, nodes, options.node));
}

void import_topology(const ImportTopologyOptions& options, const Context& context) {
  if (options.out.empty() != options.node.empty()) {
    throw sim::Error({.place = options.out.empty() ? "--node" : "-o",
                      .what = "a cluster is written to a file, of nodes of some kind",
                      .remedy = "give both, e.g. --node dgx-a100-80gb -o hall.json"});
  }
  const std::string text = scenarios::file_text(options.file, most_dump_bytes);
  if (is_nccl(text, "<system")) return print(report::node_text(topology::read_nccl_topology(text, options.file), context.output_style));
  if (is_nccl(text, "<graphs")) {
    return print(report::graphs_text(topology::read_nccl_graphs(text, options.file), options.file, context.output_style));
  }
  topology::Survey survey = topology::read_survey(text, options.file);
  if (!options.tables.empty()) {
    survey.tables = topology::read_forwarding(scenarios::file_text(options.tables, most_dump_bytes), options.tables).tables;
  }
  print(report::survey_text(survey, context.output_style));
  if (!options.out.empty()) write_cluster(options, survey, context);
}

void add_import_of_topology(CLI::App& parent, const Context& context) {
  auto options = std::make_shared<ImportTopologyOptions>();
  CLI::App* command = parent.add_subcommand("import", "Read the network that stands in a hall, and say what is there and what is missing");
  command
      ->add_option(
          "FILE", options->file,
          "of ibnetdiscover, iblinkinfo, OpenSM (.lst, tables), SLURM (topology.conf, .yaml), NCCL (topology, graphs), GraphML or DOT")
      ->required();
  command->add_option("--tables", options->tables, "its forwarding tables (ibroute, dump_fts, opensm-lfts.dump)")->type_name("FILE");
  command->add_option("--node", options->node, "what its nodes are, to write a cluster")->type_name("PRESET");
  command->add_option("-o", options->out, "the cluster, a scenario without a workload")->type_name("OUT");
  command->callback([options, &context] { import_topology(*options, context); });
}

}  // namespace

void add_topology(CLI::App& app, const Context& context) {
  CLI::App* command = app.add_subcommand("topology", "Look at a machine's network");
  command->require_subcommand(1);
  auto options = std::make_shared<TopologyOptions>();
  CLI::App* showing = add_view(*command, "show", "Draw it by what is alike in it", options);
  showing->add_option("--svg", options->svg, "also as a picture, into this file")->type_name("OUT");
  showing->callback([options, &context] { show(*options, context); });
  auto figures = std::make_shared<TopologyOptions>();
  CLI::App* measuring = add_view(*command, "metrics", "Count its parts, distances, bisection, ways, load, cost and power", figures);
  measuring->add_option("--prices", figures->prices, "what parts cost and draw (orrery list prices); default: the scenario's")
      ->type_name("NAME");
  measuring->add_flag("--json", figures->json, "one JSON document");
  measuring->callback([figures, &context] { measure(*figures, context); });
  add_import_of_topology(*command, context);
  add_export_of_topology(*command, context);
}

}  // namespace orrery::cli
