#include "topology/cluster_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "sim/units_text.h"

namespace orrery::topology {
namespace {

constexpr std::int64_t most_nodes_of_all = 1 << 20;

std::string place_of_group(int group) { return group == 0 ? "/cluster" : fmt::format("/cluster/others/{}", group - 1); }

std::vector<sim::Fault> node_faults(const NodeSpec& node, const std::string& place) {
  std::vector<sim::Fault> found;
  const auto add = [&](const char* key, std::string what, std::string remedy) {
    found.push_back({place + "/node" + key, std::move(what), std::move(remedy)});
  };
  if (node.gpus < 1) add("/gpus", fmt::format("a node of {} GPUs", node.gpus), "give at least 1");
  if (node.nics < 1) add("/nics", fmt::format("a node of {} NICs", node.nics), "give at least 1");
  if (node.gpus >= 1 && node.nics >= 1 && node.gpus % node.nics != 0) {
    add("/nics", fmt::format("{} GPUs do not divide evenly among {} NICs", node.gpus, node.nics), "give each NIC the same number of GPUs");
  }
  if (node.gpus > 1 && !(node.nvlink.links_per_gpu > 0 && node.nvlink.link_bandwidth.value > 0)) {
    add("/nvlink", "the node's GPUs have no NVLink bandwidth", "give links_per_gpu and link_bandwidth");
  }
  if (!(node.pcie_bandwidth.value > 0)) add("/pcie_bandwidth", "the node has no pcie_bandwidth", "write e.g. \"26 GB/s\"");
  if (!(node.nic.bandwidth.value > 0)) add("/nic/bandwidth", "the node's NIC has no bandwidth", "write e.g. \"200 Gbit/s\"");
  if (!(node.nic.efficiency > 0 && node.nic.efficiency <= 1)) {
    add("/nic/efficiency", fmt::format("a NIC efficiency of {}", node.nic.efficiency), "give a fraction above 0 and up to 1, e.g. 0.985");
  }
  return found;
}

/// What another group must have in common with the first.
void add_group_faults(const ClusterSpec& spec, int group, std::vector<sim::Fault>& found) {
  const NodeSpec& first = spec.node;
  const NodeSpec& node = node_of_group(spec, group);
  const std::string place = place_of_group(group);
  if (node.gpus != first.gpus) {
    found.push_back({place + "/node/gpus", fmt::format("{} GPUs a node, but the cluster's first nodes have {}", node.gpus, first.gpus),
                     fmt::format("take a node of {} GPUs", first.gpus)});
  }
  if (node.nics != first.nics) {
    found.push_back({place + "/node/nics", fmt::format("{} NICs a node, but the cluster's first nodes have {}", node.nics, first.nics),
                     fmt::format("take a node of {} NICs", first.nics)});
  }
}

/// Both readings, since taking one for the other is the usual slip: "25.0 GB/s (200 Gbit/s)".
std::string bytes_and_bits(sim::BytesPerSecond rate) { return fmt::format("{} ({:.4g} Gbit/s)", sim::to_text(rate), rate.value * 8 / 1e9); }

void add_link_faults(const ClusterSpec& spec, std::vector<sim::Fault>& found) {
  const sim::BytesPerSecond link = fabric_link(spec);
  for (int group = 0; group < groups(spec); ++group) {
    if (node_of_group(spec, group).nic.bandwidth == link) return;
  }
  const std::string has = fmt::format("the fabric's links have {}, but ", bytes_and_bits(link));
  if (spec.others.empty()) {
    found.push_back({"/cluster/fabric/link", fmt::format("{}the node's NIC has {}", has, bytes_and_bits(spec.node.nic.bandwidth)),
                     "leave link out, or change the node"});
    return;
  }
  std::set<sim::BytesPerSecond> different;
  for (int group = 0; group < groups(spec); ++group) different.insert(node_of_group(spec, group).nic.bandwidth);
  std::string rates;
  for (const sim::BytesPerSecond rate : different) rates += (rates.empty() ? "" : " or ") + bytes_and_bits(rate);
  found.push_back({"/cluster/fabric/link", fmt::format("{}the nodes' NICs have {}", has, rates), "give the rate of one of them"});
}

}  // namespace

const NodeSpec& node_of_group(const ClusterSpec& spec, int group) {
  return group == 0 ? spec.node : spec.others.at(static_cast<std::size_t>(group) - 1).node;
}

int nodes_of_group(const ClusterSpec& spec, int group) {
  return group == 0 ? spec.nodes : spec.others.at(static_cast<std::size_t>(group) - 1).nodes;
}

int group_of(const ClusterSpec& spec, int node) {
  int group = 0;
  for (std::int64_t end = spec.nodes; node >= end; end += nodes_of_group(spec, group)) ++group;
  return group;
}

std::int64_t all_nodes(const ClusterSpec& spec) {
  std::int64_t sum = 0;
  for (int group = 0; group < groups(spec); ++group) sum += nodes_of_group(spec, group);
  return sum;
}

std::int64_t all_gpus(const ClusterSpec& spec) { return all_nodes(spec) * spec.node.gpus; }

sim::BytesPerSecond fabric_link(const ClusterSpec& spec) { return spec.fabric.link.value_or(spec.node.nic.bandwidth); }

const NodeSpec& node_of_switches(const ClusterSpec& spec) {
  for (int group = 0; group < groups(spec); ++group) {
    if (node_of_group(spec, group).nic.bandwidth == fabric_link(spec)) return node_of_group(spec, group);
  }
  return spec.node;
}

FabricPorts fabric_ports(const ClusterSpec& spec) {
  FabricPorts ports{.nodes = static_cast<int>(std::min<std::int64_t>(all_nodes(spec), INT32_MAX)),
                    .rails = spec.node.nics,
                    .radix = node_of_switches(spec).fabric_switch.ports,
                    .link = fabric_link(spec)};
  for (int group = 0; group < groups(spec); ++group) {
    const sim::BytesPerSecond own = node_of_group(spec, group).nic.bandwidth;
    ports.nics.push_back({nodes_of_group(spec, group), own < ports.link ? own : sim::BytesPerSecond{}});
  }
  if (std::all_of(ports.nics.begin(), ports.nics.end(), [](const NicRun& run) { return run.rate.value == 0; })) ports.nics.clear();
  return ports;
}

std::vector<sim::Fault> faults(const ClusterSpec& spec) {
  const NodeSpec& node = spec.node;
  std::vector<sim::Fault> found = node_faults(node, place_of_group(0));
  for (int group = 1; group < groups(spec); ++group) {
    const std::vector<sim::Fault> own = node_faults(node_of_group(spec, group), place_of_group(group));
    found.insert(found.end(), own.begin(), own.end());
    if (own.empty()) add_group_faults(spec, group, found);
  }
  for (int group = 0; group < groups(spec) && !spec.others.empty(); ++group) {
    if (const int nodes = nodes_of_group(spec, group); nodes < 1) {
      found.push_back({place_of_group(group) + "/nodes", fmt::format("a group of {} nodes", nodes), "give at least 1"});
    }
  }
  const auto add = [&](const char* key, std::string what, std::string remedy) {
    found.push_back({std::string("/cluster/fabric") + key, std::move(what), std::move(remedy)});
  };
  if (spec.fabric.levels.value_or(1) == 0) add("/levels", "a fat-tree of 0 levels", "give 1 to 4, or leave it open");
  if (spec.fabric.rails.value_or(node.nics) != node.nics) {
    add("/rails", fmt::format("the fabric has {} rails, but the node has {} NICs", *spec.fabric.rails, node.nics),
        "leave rails out, or change the node");
  }
  add_link_faults(spec, found);
  if (!spec.others.empty() && all_nodes(spec) > most_nodes_of_all) {
    found.push_back(
        {"/cluster/others", fmt::format("{} nodes in all", all_nodes(spec)), fmt::format("take at most {}", most_nodes_of_all)});
  }
  const bool others_are_sound = spec.others.empty() || found.empty();
  if (node.nics >= 1 && others_are_sound) {
    for (sim::Fault& fault : faults(spec.fabric, fabric_ports(spec))) {
      fault.place = "/cluster" + fault.place;
      found.push_back(std::move(fault));
    }
  }
  return found;
}

}  // namespace orrery::topology
