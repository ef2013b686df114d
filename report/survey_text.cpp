#include "report/survey_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/counted.h"
#include "sim/units_text.h"
#include "topology/table_walk.h"

namespace orrery::report {
namespace {

std::string remarks_text(const std::vector<topology::Remark>& remarks, const std::string& file) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, remarks.size()); ++i) {
    text += remarks[i].line > 0 ? fmt::format("  {}:{}: {}\n", file, remarks[i].line, remarks[i].text)
                                : fmt::format("  {}: {}\n", file, remarks[i].text);
  }
  if (remarks.size() > most) text += fmt::format("  and {} more\n", counted(static_cast<std::int64_t>(remarks.size() - most), "remark"));
  return text;
}

/// "20 uplinks", "14 to 18 uplinks".
std::string between(int least, int most, std::string_view noun) {
  return least == most ? counted(least, noun) : fmt::format("{} to {}", least, counted(most, noun));
}

std::string known(sim::BytesPerSecond rate) { return rate.value > 0 ? sim::to_text(rate) : "unknown rate"; }

/// Of what crosses from switch to switch.
std::string tables_text(const topology::Survey& survey) {
  const topology::TableWalk walk = topology::walk_tables(survey);
  std::string text = "  Forwarding tables:";
  for (const auto& [switches, routes] : walk.routes_by_switches)
    text += fmt::format(" {} over {},", counted(routes, "route"), counted(switches, "switch"));
  text += fmt::format(" {} unreachable\n", grouped(walk.unreachable));
  std::int64_t most = 0;
  std::int64_t sum = 0;
  std::int64_t links = 0;
  std::int64_t unused = 0;
  for (std::size_t cable = 0; cable < survey.cables.size(); ++cable) {
    const auto is_switch = [&](const topology::DevicePort& end) {
      return survey.devices[end.device].kind == topology::DeviceKind::switch_;
    };
    if (!is_switch(survey.cables[cable].a) || !is_switch(survey.cables[cable].b)) continue;
    for (const std::int64_t load : walk.load[cable]) {
      most = std::max(most, load);
      sum += load;
      ++links;
      unused += load == 0 ? 1 : 0;
    }
  }
  if (links > 0 && sum > 0) {
    const double mean = static_cast<double>(sum) / static_cast<double>(links);
    text += fmt::format("    a link between switches carries {:.1f} of them on average, at most {} ({:.2f} times); {} carry none\n", mean,
                        most, static_cast<double>(most) / mean, grouped(unused));
  }
  return text;
}

}  // namespace

std::string survey_text(const topology::Survey& survey, const TerminalStyle& style) {
  const topology::SurveyFacts found = topology::facts(survey);
  std::string text = style.bold(survey.file) + "\n";
  if (!survey.devices.empty()) {
    text +=
        fmt::format("  {} ({} with hosts), {} of {}, {}\n", counted(found.switches, "switch"), grouped(found.leaves),
                    counted(found.adapters, "adapter port"), counted(found.hosts, "host"), counted(found.aggregators, "aggregation node"));
    text += fmt::format("  {} between switches, {} of them named by both ends; {} slower than the ends could do\n",
                        counted(found.cables_between_switches, "cable"), grouped(found.reciprocal_cables), grouped(found.degraded_cables));
    text += fmt::format("  A leaf has {} and {}\n", between(found.fewest_hosts_on_a_leaf, found.most_hosts_on_a_leaf, "host"),
                        between(found.fewest_uplinks_of_a_leaf, found.most_uplinks_of_a_leaf, "uplink"));
    text += fmt::format("  Rails: {:.1f} % of the adapters hang where most of their place do\n", 100 * found.rail_purity);
    if (found.unnamed_adapters > 0) text += fmt::format("  {} of unknown hosts\n", counted(found.unnamed_adapters, "adapter"));
  }
  if (!survey.tables.empty()) {
    text += survey.cables.empty()
                ? fmt::format("  Forwarding tables of {}\n", counted(static_cast<std::int64_t>(survey.tables.size()), "switch"))
                : tables_text(survey);
  }
  std::int64_t hosts = 0;
  for (const topology::PlacementGroup& group : survey.groups) hosts += static_cast<std::int64_t>(group.hosts.size());
  if (!survey.groups.empty()) {
    text += fmt::format("  {} of {} (a scheduler's: who is near whom, no capacities)\n",
                        counted(static_cast<std::int64_t>(survey.groups.size()), "group"), counted(hosts, "host"));
  }
  return text + remarks_text(survey.remarks, survey.file);
}

std::string node_text(const topology::NodeTopology& node, const TerminalStyle& style) {
  const topology::NodeFacts found = topology::facts(node);
  std::string text = style.bold(node.file) + "\n";
  text += fmt::format("  {} with NVLinks of {} and PCIe of {} each, {}\n", counted(found.gpus, "GPU"), known(found.nvlink),
                      known(found.pcie), counted(found.nvswitches, "NVSwitch"));
  text += fmt::format("  {} with {}", counted(found.nics, "NIC"), counted(found.net_ports, "port"));
  if (found.nic.value > 0) text += fmt::format(" of {} a NIC", sim::to_text(found.nic));
  text += fmt::format(", {}\n", counted(found.numa_nodes, "NUMA node"));
  if (found.nics > 0) {
    text += fmt::format("  At most {} share a NIC as their nearest; {} of {} have it behind their own PCIe switch\n",
                        counted(found.gpus_per_nic, "GPU"), found.gpus_beside_a_nic, found.gpus);
  }
  return text + remarks_text(node.remarks, node.file);
}

std::string graphs_text(const std::vector<topology::NcclGraph>& graphs, const std::string& file, const TerminalStyle& style) {
  constexpr const char* names[] = {"ring", "tree", "CollNet chain", "NVLS", "CollNet direct"};
  std::string text = style.bold(file) + "\n";
  for (const topology::NcclGraph& graph : graphs) {
    const std::string name = graph.id >= 0 && graph.id < 5 ? names[graph.id] : fmt::format("graph {}", graph.id);
    text += fmt::format("  {:<15} {}, {} within and {} between nodes each, by {} and {}\n", name,
                        counted(static_cast<std::int64_t>(graph.channels.size()), "channel"), sim::to_text(graph.speed_intra),
                        sim::to_text(graph.speed_inter), path_name(graph.type_intra), path_name(graph.type_inter));
  }
  return text;
}

}  // namespace orrery::report
