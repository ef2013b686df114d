#include "topology/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/error.h"
#include "sim/units_text.h"

namespace orrery::topology {
namespace {

// Usual cable lengths of SuperPODs (node to leaf 1-5 m of copper, between switches 10-30 m of fibre, to cores in large halls up to 100 m),
// and the speed of light in fibre, two thirds of c. An assumption of ours: plans of real halls are not public.
constexpr std::int64_t metres_node_to_leaf = 5;
constexpr std::int64_t metres_between_switches = 20;
constexpr sim::Duration latency_a_metre{5'000};

std::vector<sim::Fault> node_faults(const NodeSpec& node) {
  std::vector<sim::Fault> found;
  const auto add = [&](const char* key, std::string what, std::string remedy) {
    found.push_back({std::string("/cluster/node") + key, std::move(what), std::move(remedy)});
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

FatTreeSpec fat_tree_of(const ClusterSpec& spec) {
  const FabricSpec& fabric = spec.fabric;
  return {.nodes = spec.nodes,
          .rails = spec.node.nics,
          .radix = fabric.switch_radix.value_or(spec.node.fabric_switch.ports),
          .oversubscription = fabric.oversubscription,
          .levels = fabric.levels.value_or(0),
          .planes = fabric.planes,
          .routing = fabric.routing};
}

Fabric checked_fabric(const ClusterSpec& spec) {
  if (std::vector<sim::Fault> found = faults(spec); !found.empty()) throw sim::Error(std::move(found));
  return Fabric(fat_tree_of(spec));
}

std::int64_t units_a_second(sim::BytesPerSecond rate) { return std::llround(rate.value); }

/// Both readings, since taking one for the other is the usual slip: "25.0 GB/s (200 Gbit/s)".
std::string bytes_and_bits(sim::BytesPerSecond rate) { return fmt::format("{} ({:.4g} Gbit/s)", sim::to_text(rate), rate.value * 8 / 1e9); }

}  // namespace

std::vector<sim::Fault> faults(const ClusterSpec& spec) {
  const NodeSpec& node = spec.node;
  std::vector<sim::Fault> found = node_faults(node);
  const auto add = [&](const char* key, std::string what, std::string remedy) {
    found.push_back({std::string("/cluster/fabric") + key, std::move(what), std::move(remedy)});
  };
  if (spec.fabric.levels.value_or(1) == 0) add("/levels", "a fat-tree of 0 levels", "give 1 to 4, or leave it open");
  if (spec.fabric.rails.value_or(node.nics) != node.nics) {
    add("/rails", fmt::format("the fabric has {} rails, but the node has {} NICs", *spec.fabric.rails, node.nics),
        "leave rails out, or change the node");
  }
  if (spec.fabric.link.value_or(node.nic.bandwidth) != node.nic.bandwidth) {
    add("/link",
        fmt::format("the fabric's links have {}, but the node's NIC has {}", bytes_and_bits(*spec.fabric.link),
                    bytes_and_bits(node.nic.bandwidth)),
        "leave link out, or change the node");
  }
  if (node.nics >= 1) {
    for (sim::Fault& fault : faults(fat_tree_of(spec))) {
      fault.place = "/cluster" + fault.place;
      found.push_back(std::move(fault));
    }
  }
  return found;
}

Cluster::Cluster(ClusterSpec spec) : spec_(std::move(spec)), fabric_(checked_fabric(spec_)) {
  if (resource_count() > std::numeric_limits<std::uint32_t>::max()) {
    throw sim::Error(sim::Fault{.place = "", .what = "the cluster has more than 2^32 resources", .remedy = "take fewer nodes"});
  }
}

sim::ResourceId Cluster::resource(GpuId gpu, GpuPart part) const {
  sim::check(index(gpu) < gpus(), "a GPU of the cluster");
  return sim::ResourceId{index(gpu) * gpu_parts + static_cast<std::uint32_t>(part)};
}

sim::ResourceId Cluster::resource(LinkId link) const {
  sim::check(index(link) < fabric_.links(), "a link of the fabric");
  return sim::ResourceId{static_cast<std::uint32_t>(first_link()) + index(link)};
}

std::int64_t Cluster::capacity(sim::ResourceId id) const {
  const NodeSpec& node = spec_.node;
  if (index(id) >= first_link()) return units_a_second(node.nic.bandwidth * node.nic.efficiency);
  switch (static_cast<GpuPart>(index(id) % gpu_parts)) {
    case GpuPart::processor:
      return sim::work_per_second;
    case GpuPart::nvlink_out:
    case GpuPart::nvlink_in:
      return units_a_second(node.nvlink.link_bandwidth * node.nvlink.links_per_gpu);
    case GpuPart::pcie_out:
    case GpuPart::pcie_in:
      break;
  }
  return units_a_second(node.pcie_bandwidth);
}

std::vector<sim::Resource> Cluster::resources() const {
  std::array<sim::Resource, gpu_parts> gpu;
  for (std::uint32_t part = 0; part < gpu_parts; ++part) gpu[part].capacity = capacity(sim::ResourceId{part});
  const sim::Resource link{capacity(sim::ResourceId{static_cast<std::uint32_t>(first_link())})};
  std::vector<sim::Resource> all;
  all.reserve(static_cast<std::size_t>(resource_count()));
  for (std::int64_t i = 0; i < gpus(); ++i) all.insert(all.end(), gpu.begin(), gpu.end());
  all.insert(all.end(), static_cast<std::size_t>(fabric_.links()), link);
  return all;
}

int Cluster::layer(sim::ResourceId id) const {
  if (index(id) < first_link()) return static_cast<int>(index(id) % gpu_parts);
  const LinkId link{static_cast<std::uint32_t>(index(id) - first_link())};
  return static_cast<int>(gpu_parts + index(link) % 2) + 2 * fabric_.level_of(link);
}

std::string Cluster::name(sim::ResourceId id) const {
  if (sim::index(id) >= first_link()) return fabric_.name(LinkId{static_cast<std::uint32_t>(sim::index(id) - first_link())});
  constexpr const char* parts[] = {"processor", "NVLink out", "NVLink in", "PCIe out", "PCIe in"};
  const GpuId gpu{sim::index(id) / gpu_parts};
  return fmt::format("gpu {} of node {}, {}", index(gpu), node_of(gpu), parts[sim::index(id) % gpu_parts]);
}

int Cluster::append_path(GpuId from, GpuId to, std::uint64_t flow, std::vector<sim::ResourceId>& path) const {
  return append_path(from, port(from), to, port(to), flow, path);
}

int Cluster::append_path(GpuId from, GpuId to, int rail, std::uint64_t flow, std::vector<sim::ResourceId>& path) const {
  return append_path(from, {node_of(from), rail}, to, {node_of(to), rail}, flow, path);
}

int Cluster::append_path(GpuId from, Port out, GpuId to, Port in, std::uint64_t flow, std::vector<sim::ResourceId>& path) const {
  sim::check(from != to, "a path has two ends");
  if (node_of(from) == node_of(to)) {
    path.push_back(resource(from, GpuPart::nvlink_out));
    path.push_back(resource(to, GpuPart::nvlink_in));
    return 0;
  }
  const Route route = fabric_.route(out, in, flow);
  path.push_back(resource(from, GpuPart::pcie_out));
  for (const LinkId link : route) path.push_back(sim::ResourceId{static_cast<std::uint32_t>(first_link()) + index(link)});
  path.push_back(resource(to, GpuPart::pcie_in));
  return route.meeting_level();
}

int Cluster::meeting_level(GpuId from, GpuId to) const {
  return node_of(from) == node_of(to) ? 0 : fabric_.meeting_level(port(from), port(to));
}

sim::Duration Cluster::network_latency(int meeting_level) const {
  if (meeting_level == 0) return {};
  const std::int64_t metres = 2 * (metres_node_to_leaf + (meeting_level - 1) * metres_between_switches);
  return spec_.node.nic.latency + spec_.node.fabric_switch.latency * (2 * meeting_level - 1) + latency_a_metre * metres;
}

}  // namespace orrery::topology
