#include "report/fabric_metrics.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/counted.h"
#include "report/nodes_text.h"
#include "sim/units_text.h"
#include "topology/cluster_parts.h"

namespace orrery::report {
namespace {

using topology::Cluster;
using topology::FabricMetrics;
using MetricsJson = nlohmann::ordered_json;

std::string_view meaning_of(topology::BisectionMeaning meaning) {
  switch (meaning) {
    case topology::BisectionMeaning::minimum:
      return "the least over all halves of the nodes";
    case topology::BisectionMeaning::upper_bound:
      return "the least of the halves that were tried: the true minimum may be lower";
    case topology::BisectionMeaning::closed_form:
      break;
  }
  return "by the closed form of a fat-tree";
}

std::string_view method_of(topology::DistanceMethod method) {
  switch (method) {
    case topology::DistanceMethod::arithmetic:
      return "by the tree's arithmetic";
    case topology::DistanceMethod::all_searched:
      return "over all pairs";
    case topology::DistanceMethod::sampled:
      break;
  }
  return "over a sample of pairs";
}

std::string parts_text(const FabricMetrics& of, const Cluster& cluster) {
  std::string text;
  for (const topology::SwitchCount& row : of.inventory.switches) {
    text += fmt::format("  level {}   {}, at most {} ports used of each", row.level, counted(row.switches, "switch"), row.most_ports);
    if (row.ports_spare) text += fmt::format(", {} spare on all", counted(*row.ports_spare, "port"));
    text += "\n";
  }
  for (const topology::CableCount& row : of.inventory.cables) {
    const double rate = row.bandwidth.value > 0 ? row.bandwidth.value : fabric_link(cluster.spec()).value;
    text += fmt::format("  {:<20} {} of {:g} Gbit/s, about {:g} m, {}", row.name, counted(row.cables, "cable"), rate * 8 / 1e9, row.metres,
                        row.kind == topology::CableKind::copper ? "copper" : "optical");
    text += row.dead > 0 ? fmt::format(", {} dead\n", grouped(row.dead)) : "\n";
  }
  return text;
}

std::string ways_text(const FabricMetrics& of, const Cluster& cluster) {
  std::string text = fmt::format("  Distances ({}): at most {}, {:.2f} on average; longest latency {}\n", method_of(of.distances.method),
                                 counted(of.distances.diameter, "link"), of.distances.mean_hops,
                                 sim::to_text(cluster.network_latency(of.distances.diameter)));
  if (of.pieces.cut_off_pairs > 0) {
    text += fmt::format("  {} parts that nothing joins; {} of NICs cannot reach each other\n", of.pieces.pieces,
                        counted(of.pieces.cut_off_pairs, "pair"));
  }
  if (of.bisection) {
    const double half = topology::rate_of_half_the_nodes(cluster).value;
    text += fmt::format("  Bisection: {} ({:.1f} % of what half the nodes send), {}, here {}; first half against second {}\n",
                        sim::to_text(of.bisection->least), half > 0 ? 100 * of.bisection->least.value / half : 0,
                        meaning_of(of.bisection->meaning), of.bisection->least_partition.empty() ? "halves" : of.bisection->least_partition,
                        sim::to_text(of.bisection->halves));
  } else {
    text += "  Bisection: unknown (one node, or too large to search)\n";
  }
  const topology::PathDiversity& diverse = of.diversity;
  if (diverse.pairs > 0) {
    text += fmt::format("  Ways without a common cable between two leaves: {} at least, {:.1f} on average ({} of {})\n", diverse.least,
                        diverse.mean, counted(diverse.pairs, "pair"), grouped(diverse.all_pairs));
  }
  return text;
}

std::string load_text(const FabricMetrics& of) {
  if (!of.load) return "  Static load: none, routes depend on flows (or there are too many)\n";
  std::string text = "  Static load, destinations on a link:\n";
  for (const topology::StaticLayerLoad& layer : of.load->layers) {
    text += fmt::format("    {:<20} up {:.1f} on average, at most {}, {} unused; down {:.1f}, {}, {}\n", layer.name,
                        layer.up.mean_destinations, layer.up.most_destinations, grouped(layer.up.unused), layer.down.mean_destinations,
                        layer.down.most_destinations, grouped(layer.down.unused));
  }
  if (of.load->unreachable > 0) text += fmt::format("    {} without a route\n", counted(of.load->unreachable, "leaf and destination"));
  return text;
}

std::string bill_text(const MeasuredFabric& measured) {
  if (!measured.bill) return fmt::format("  Cost unknown: {}\n", measured.no_bill);
  const topology::Bill& bill = *measured.bill;
  std::string text = fmt::format("  Cost: {} USD, {:.0f} a GPU; power: {:.1f} kW, {:.0f} W a GPU (estimates)\n",
                                 grouped(std::llround(bill.usd)), bill.usd_per_gpu, bill.watts / 1e3, bill.watts_per_gpu);
  for (const topology::BillRow& row : bill.rows) {
    text += fmt::format("    {:>9} {:<34} {:>10.0f} USD {:>6.1f} W each   {}\n", grouped(row.count), row.part, row.unit_usd, row.unit_watts,
                        row.use);
  }
  return text;
}

MetricsJson load_json(const topology::LinkLoad& load) {
  return {{"links", load.links},
          {"unused", load.unused},
          {"most_destinations", load.most_destinations},
          {"mean_destinations", load.mean_destinations}};
}

}  // namespace

std::string metrics_text(const MeasuredFabric& measured, const Cluster& cluster, const TerminalStyle& style) {
  const FabricMetrics& of = measured.metrics;
  std::string text = fmt::format("{}\n  {}, {}, routing {}\n\n", style.bold(measured.name), nodes_text(cluster.spec()),
                                 to_text(cluster.spec().fabric.topology), to_text(cluster.fabric().routing()));
  return text + parts_text(of, cluster) + "\n" + ways_text(of, cluster) + load_text(of) + "\n" + bill_text(measured);
}

std::string metrics_json(const MeasuredFabric& measured, const Cluster& cluster, const std::string& version) {
  const FabricMetrics& of = measured.metrics;
  MetricsJson document = {{"orrery", version},
                          {"name", measured.name},
                          {"topology", to_text(cluster.spec().fabric.topology)},
                          {"routing", to_text(cluster.fabric().routing())},
                          {"nodes", cluster.nodes()},
                          {"gpus", cluster.gpus()},
                          {"nic_ports", of.inventory.nic_ports}};
  for (const topology::SwitchCount& row : of.inventory.switches) {
    document["switches"].push_back({{"level", row.level},
                                    {"switches", row.switches},
                                    {"most_ports", row.most_ports},
                                    {"ports_used", row.ports_used},
                                    {"ports_spare", row.ports_spare ? MetricsJson(*row.ports_spare) : MetricsJson()}});
  }
  for (const topology::CableCount& row : of.inventory.cables) {
    const double rate = row.bandwidth.value > 0 ? row.bandwidth.value : fabric_link(cluster.spec()).value;
    document["cables"].push_back({{"layer", row.name},
                                  {"cables", row.cables},
                                  {"dead", row.dead},
                                  {"bytes_per_second", rate},
                                  {"metres", row.metres},
                                  {"kind", row.kind == topology::CableKind::copper ? "copper" : "optical"}});
  }
  document["distances"] = {
      {"method", method_of(of.distances.method)}, {"diameter_links", of.distances.diameter}, {"mean_links", of.distances.mean_hops}};
  document["cut_off_pairs"] = of.pieces.cut_off_pairs;
  document["bisection"] = MetricsJson();
  if (of.bisection) {
    document["bisection"] = {{"meaning", meaning_of(of.bisection->meaning)},
                             {"least_bytes_per_second", of.bisection->least.value},
                             {"halves_bytes_per_second", of.bisection->halves.value},
                             {"partition", of.bisection->least_partition},
                             {"partitions_tried", of.bisection->partitions}};
  }
  document["disjoint_ways"] = {
      {"least", of.diversity.least}, {"mean", of.diversity.mean}, {"pairs", of.diversity.pairs}, {"all_pairs", of.diversity.all_pairs}};
  document["static_load"] = MetricsJson();
  if (of.load) {
    for (const topology::StaticLayerLoad& layer : of.load->layers) {
      document["static_load"].push_back({{"layer", layer.name}, {"up", load_json(layer.up)}, {"down", load_json(layer.down)}});
    }
  }
  document["bill"] = MetricsJson();
  if (measured.bill) {
    document["bill"] = {{"usd", measured.bill->usd},
                        {"watts", measured.bill->watts},
                        {"usd_per_gpu", measured.bill->usd_per_gpu},
                        {"watts_per_gpu", measured.bill->watts_per_gpu}};
    for (const topology::BillRow& row : measured.bill->rows) {
      document["bill"]["rows"].push_back({{"use", row.use},
                                          {"part", row.part},
                                          {"count", row.count},
                                          {"unit_usd", row.unit_usd},
                                          {"unit_watts", row.unit_watts},
                                          {"source", row.source}});
    }
  }
  return document.dump(2) + "\n";
}

}  // namespace orrery::report
