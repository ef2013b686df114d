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

constexpr sim::Duration latency_a_metre{5'000};  // two thirds of the speed of light
// What a switch takes to choose among ports by their queues: an estimate (50 to 100 ns).
constexpr sim::Duration latency_of_choice{75'000};

double mean_metres_between_switches(const Shape& shape) {
  double metres = 0;
  double cables = 0;
  for (int layer = 1; layer < static_cast<int>(shape.layers().size()); ++layer) {
    const auto count = static_cast<double>(shape.cables(layer));
    metres += count * shape.layers()[static_cast<std::size_t>(layer)].metres;
    cables += count;
  }
  return cables > 0 ? metres / cables : 0;
}

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

Fabric checked_fabric(const ClusterSpec& spec) {
  if (std::vector<sim::Fault> found = faults(spec); !found.empty()) throw sim::Error(std::move(found));
  return make_fabric(spec.fabric, fabric_ports(spec));
}

std::int64_t whole(double units_a_second) { return std::llround(units_a_second); }

/// Both readings, since taking one for the other is the usual slip: "25.0 GB/s (200 Gbit/s)".
std::string bytes_and_bits(sim::BytesPerSecond rate) { return fmt::format("{} ({:.4g} Gbit/s)", sim::to_text(rate), rate.value * 8 / 1e9); }

}  // namespace

FabricPorts fabric_ports(const ClusterSpec& spec) {
  return {.nodes = spec.nodes, .rails = spec.node.nics, .radix = spec.node.fabric_switch.ports, .link = spec.node.nic.bandwidth};
}

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
    for (sim::Fault& fault : faults(spec.fabric, fabric_ports(spec))) {
      fault.place = "/cluster" + fault.place;
      found.push_back(std::move(fault));
    }
  }
  return found;
}

Cluster::Cluster(ClusterSpec spec)
    : spec_(std::move(spec)),
      fabric_(checked_fabric(spec_)),
      metres_between_switches_(mean_metres_between_switches(fabric_.shape())),
      gpus_a_pcie_switch_(gpus_a_pcie_switch(spec_.node)) {
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

sim::ResourceId Cluster::opposite(sim::ResourceId id) const {
  if (index(id) >= first_link()) return carrier(reverse(LinkId{static_cast<std::uint32_t>(index(id) - first_link())}));
  const GpuId gpu{index(id) / gpu_parts};
  switch (static_cast<GpuPart>(index(id) % gpu_parts)) {
    case GpuPart::processor:
      break;
    case GpuPart::nvlink_out:
      return resource(gpu, GpuPart::nvlink_in);
    case GpuPart::nvlink_in:
      return resource(gpu, GpuPart::nvlink_out);
    case GpuPart::pcie_out:
      return resource(gpu, GpuPart::pcie_in);
    case GpuPart::pcie_in:
      return resource(gpu, GpuPart::pcie_out);
  }
  return id;
}

double Cluster::rate(LinkId link) const {
  const NicSpec& nic = spec_.node.nic;
  sim::BytesPerSecond nominal = fabric_.shape().bandwidth(cable_of(link));
  if (nominal.value == 0) nominal = nic.bandwidth;
  double efficiency = nic.efficiency;
  if (chooses_by_queues(fabric_.routing()) && fabric_.layer_of(link) > 0)
    efficiency *= spec_.fabric.efficiency.value_or(default_efficiency);
  return nominal.value * efficiency * units_a_byte();
}

std::int64_t Cluster::capacity(sim::ResourceId id) const {
  const NodeSpec& node = spec_.node;
  if (index(id) >= first_link()) {
    const LinkId link{static_cast<std::uint32_t>(index(id) - first_link())};
    const Router::Bundle bundle = fabric_.bundle(link);
    if (bundle.links == 1 || bundle.first != link) return whole(rate(link));
    return whole(rate(link) * fabric_.live_links(bundle));
  }
  switch (static_cast<GpuPart>(index(id) % gpu_parts)) {
    case GpuPart::processor:
      return sim::work_per_second;
    case GpuPart::nvlink_out:
    case GpuPart::nvlink_in:
      return whole(node.nvlink.link_bandwidth.value * node.nvlink.links_per_gpu * units_a_byte());
    case GpuPart::pcie_out:
    case GpuPart::pcie_in:
      break;
  }
  return whole(node.pcie_bandwidth.value * units_a_byte());
}

std::vector<sim::Resource> Cluster::resources() const {
  std::array<sim::Resource, gpu_parts> gpu;
  for (std::uint32_t part = 0; part < gpu_parts; ++part) gpu[part].capacity = capacity(sim::ResourceId{part});
  std::vector<sim::Resource> all;
  all.reserve(static_cast<std::size_t>(resource_count()));
  for (std::int64_t i = 0; i < gpus(); ++i) all.insert(all.end(), gpu.begin(), gpu.end());
  if (fabric_.shape().is_uniform() && !chooses_by_queues(fabric_.routing())) {
    all.insert(all.end(), static_cast<std::size_t>(fabric_.links()), {capacity(resource(LinkId{0}))});
    return all;
  }
  for (std::uint32_t link = 0; link < fabric_.links(); ++link) all.push_back({capacity(resource(LinkId{link}))});
  return all;
}

int Cluster::layer(sim::ResourceId id) const {
  if (index(id) < first_link()) return static_cast<int>(index(id) % gpu_parts);
  const LinkId link{static_cast<std::uint32_t>(index(id) - first_link())};
  return static_cast<int>(gpu_parts + index(link) % 2) + 2 * fabric_.layer_of(link);
}

std::string Cluster::name(sim::ResourceId id) const {
  if (sim::index(id) >= first_link()) {
    const LinkId link{static_cast<std::uint32_t>(sim::index(id) - first_link())};
    const int others = fabric_.bundle(link).links - 1;
    return others == 0 ? fabric_.name(link) : fmt::format("{} and {} more", fabric_.name(link), others);
  }
  constexpr const char* parts[] = {"processor", "NVLink out", "NVLink in", "PCIe out", "PCIe in"};
  const GpuId gpu{sim::index(id) / gpu_parts};
  return fmt::format("gpu {} of node {}, {}", index(gpu), node_of(gpu), parts[sim::index(id) % gpu_parts]);
}

int Cluster::append_path(GpuId from, GpuId to, std::uint64_t flow, std::vector<sim::ResourceId>& path) const {
  return append_path(from, port(from), to, port(to), flow, path);
}

int Cluster::append_path(GpuId from, GpuId to, Rails rails, std::uint64_t flow, std::vector<sim::ResourceId>& path) const {
  return append_path(from, {node_of(from), rails.out}, to, {node_of(to), rails.in}, flow, path);
}

int Cluster::append_path(GpuId from, Port out, GpuId to, Port in, std::uint64_t flow, std::vector<sim::ResourceId>& path) const {
  const int shares = fabric_.shares();
  if (node_of(from) == node_of(to)) {
    for (int share = 0; share < shares; ++share) {
      path.push_back(resource(from, GpuPart::nvlink_out));
      path.push_back(resource(to, GpuPart::nvlink_in));
    }
    return 0;
  }
  if (const int rail = serving_rail(in); rail != serving_rail(out) && !fabric_.shape().joins_rails()) out.rail = rail;
  const GpuId sender = this->sender(from, out.rail);
  int hops = 0;
  for (int share = 0; share < shares; ++share) {
    const Route route = fabric_.route(out, in, flow, share);
    if (sender != from) {
      path.push_back(resource(from, GpuPart::nvlink_out));
      path.push_back(resource(sender, GpuPart::nvlink_in));
    }
    path.push_back(resource(sender, GpuPart::pcie_out));
    for (const LinkId link : route) path.push_back(sim::ResourceId{static_cast<std::uint32_t>(first_link()) + index(link)});
    path.push_back(resource(to, GpuPart::pcie_in));
    hops = std::max(hops, route.hops());
  }
  return hops;
}

int Cluster::serving_rail(Port port) const {
  const Shape& shape = fabric_.shape();
  return shape.port(shape.serving(shape.vertex(port))).rail;
}

GpuId Cluster::sender(GpuId from, int rail) const {
  const int owner = rail * (spec_.node.gpus / spec_.node.nics);
  if (owner / gpus_a_pcie_switch_ == local_index(from) / gpus_a_pcie_switch_) return from;
  return GpuId{static_cast<std::uint32_t>(node_of(from) * spec_.node.gpus + owner)};
}

int Cluster::hops(GpuId from, GpuId to) const {
  if (node_of(from) == node_of(to)) return 0;
  Port out = port(from);
  const Port in = port(to);
  if (!fabric_.shape().joins_rails()) out.rail = serving_rail(in);
  return fabric_.hops(out, in);
}

sim::Duration Cluster::network_latency(int hops) const {
  if (hops == 0) return {};
  sim::Duration each = spec_.node.fabric_switch.latency;
  if (chooses_by_queues(fabric_.routing())) each += latency_of_choice;
  const double metres = 2 * fabric_.shape().layers().front().metres + (hops - 2) * metres_between_switches_;
  return spec_.node.nic.latency + each * (hops - 1) + sim::Duration{std::llround(static_cast<double>(latency_a_metre.ticks) * metres)};
}

}  // namespace orrery::topology
