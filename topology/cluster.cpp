#include "topology/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/error.h"

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

Fabric checked_fabric(const ClusterSpec& spec) {
  if (std::vector<sim::Fault> found = faults(spec); !found.empty()) throw sim::Error(std::move(found));
  return make_fabric(spec.fabric, fabric_ports(spec));
}

sim::Duration latency_of_slowest_nic(const ClusterSpec& spec) {
  sim::Duration slowest{};
  for (int group = 0; group < groups(spec); ++group) slowest = std::max(slowest, node_of_group(spec, group).nic.latency);
  return slowest;
}

std::int64_t whole(double units_a_second) { return std::llround(units_a_second); }

}  // namespace

Cluster::Cluster(ClusterSpec spec)
    : spec_(std::move(spec)),
      fabric_(checked_fabric(spec_)),
      gpus_a_node_(spec_.node.gpus),
      gpus_a_nic_(spec_.node.gpus / std::max(spec_.node.nics, 1)),
      latency_of_slowest_nic_(latency_of_slowest_nic(spec_)),
      metres_between_switches_(mean_metres_between_switches(fabric_.shape())) {
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

std::optional<LinkId> Cluster::link_of(sim::ResourceId id) const {
  if (index(id) < first_link()) return std::nullopt;
  return LinkId{static_cast<std::uint32_t>(index(id) - first_link())};
}

sim::ResourceId Cluster::opposite(sim::ResourceId id) const {
  if (const auto link = link_of(id)) return carrier(reverse(*link));
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

double Cluster::efficiency(LinkId link) const {
  if (spec_.others.empty()) return spec_.node.nic.efficiency;
  const Shape& shape = fabric_.shape();
  for (const VertexId end : {fabric_.source(link), fabric_.target(link)}) {
    if (shape.is_port(end)) return node(shape.port(end).node).nic.efficiency;
  }
  return node_of_switches(spec_).nic.efficiency;
}

double Cluster::rate(LinkId link) const {
  sim::BytesPerSecond nominal = fabric_.shape().bandwidth(cable_of(link));
  if (nominal.value == 0) nominal = fabric_link(spec_);
  double delivered = efficiency(link);
  if (chooses_by_queues(fabric_.routing()) && fabric_.layer_of(link) > 0) delivered *= spec_.fabric.efficiency.value_or(default_efficiency);
  return nominal.value * delivered * units_a_byte();
}

std::int64_t Cluster::capacity(sim::ResourceId id) const {
  if (index(id) >= first_link()) {
    const LinkId link{static_cast<std::uint32_t>(index(id) - first_link())};
    const Router::Bundle bundle = fabric_.bundle(link);
    if (bundle.links == 1 || bundle.first != link) return whole(rate(link));
    return whole(rate(link) * fabric_.live_links(bundle));
  }
  const NodeSpec& node = this->node(GpuId{index(id) / gpu_parts});
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
  std::vector<sim::Resource> all;
  all.reserve(static_cast<std::size_t>(resource_count()));
  for (int group = 0; group < groups(spec_); ++group) {
    std::array<sim::Resource, gpu_parts> gpu;
    for (std::size_t part = 0; part < gpu_parts; ++part)
      gpu[part].capacity = capacity(sim::ResourceId{static_cast<std::uint32_t>(all.size() + part)});
    const std::int64_t gpus_of_group = std::int64_t{nodes_of_group(spec_, group)} * spec_.node.gpus;
    for (std::int64_t i = 0; i < gpus_of_group; ++i) all.insert(all.end(), gpu.begin(), gpu.end());
  }
  if (links_are_alike()) {
    all.insert(all.end(), static_cast<std::size_t>(fabric_.links()), {capacity(resource(LinkId{0}))});
    return all;
  }
  for (std::uint32_t link = 0; link < fabric_.links(); ++link) all.push_back({capacity(resource(LinkId{link}))});
  return all;
}

bool Cluster::links_are_alike() const {
  if (!fabric_.shape().is_uniform() || chooses_by_queues(fabric_.routing())) return false;
  return std::all_of(spec_.others.begin(), spec_.others.end(),
                     [&](const NodeGroup& group) { return group.node.nic.efficiency == spec_.node.nic.efficiency; });
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
  out.rail = leaving_rail(out, in);
  int hops = 0;
  for (int share = 0; share < shares; ++share) {
    const Route route = fabric_.route(out, in, flow, share);
    append_way_out(from, out.rail, path);
    for (const LinkId link : route) path.push_back(sim::ResourceId{static_cast<std::uint32_t>(first_link()) + index(link)});
    path.push_back(resource(to, GpuPart::pcie_in));
    hops = std::max(hops, route.hops());
  }
  return hops;
}

int Cluster::leaving_rail(Port out, Port in) const {
  if (fabric_.shape().joins_rails()) return out.rail;
  const int rail = serving_rail(in);
  return rail == serving_rail(out) ? out.rail : rail;
}

void Cluster::append_way_out(GpuId from, int rail, std::vector<sim::ResourceId>& path) const {
  const GpuId sender = this->sender(from, rail);
  if (sender != from) {
    path.push_back(resource(from, GpuPart::nvlink_out));
    path.push_back(resource(sender, GpuPart::nvlink_in));
  }
  path.push_back(resource(sender, GpuPart::pcie_out));
}

int Cluster::serving_rail(Port port) const {
  const Shape& shape = fabric_.shape();
  return shape.port(shape.serving(shape.vertex(port))).rail;
}

GpuId Cluster::sender(GpuId from, int rail) const {
  if (rail_of(from) == rail) return from;
  const int owner = rail * gpus_a_nic_;
  if (const int together = gpus_a_pcie_switch(node(from)); owner / together == local_index(from) / together) return from;
  return GpuId{static_cast<std::uint32_t>(node_of(from) * spec_.node.gpus + owner)};
}

int Cluster::hops(GpuId from, GpuId to) const { return hops(from, to, {rail_of(from), rail_of(to)}); }

int Cluster::hops(GpuId from, GpuId to, Rails rails) const {
  if (node_of(from) == node_of(to)) return 0;
  Port out{node_of(from), rails.out};
  const Port in{node_of(to), rails.in};
  out.rail = leaving_rail(out, in);
  return fabric_.hops(out, in);
}

sim::Duration Cluster::network_latency(int hops, sim::Duration of_nics) const {
  if (hops == 0) return {};
  sim::Duration each = node_of_switches(spec_).fabric_switch.latency;
  if (chooses_by_queues(fabric_.routing())) each += latency_of_choice;
  const double metres = 2 * fabric_.shape().layers().front().metres + (hops - 2) * metres_between_switches_;
  return of_nics + each * (hops - 1) + sim::Duration{std::llround(static_cast<double>(latency_a_metre.ticks) * metres)};
}

}  // namespace orrery::topology
