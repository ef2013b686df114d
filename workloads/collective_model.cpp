#include "workloads/collective_model.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using topology::GpuId;

std::optional<Generation> generation_of(const topology::GpuSpec& gpu) {
  if (gpu.compute_capability >= 80 && gpu.compute_capability < 90) return Generation::ampere;
  if (gpu.compute_capability >= 90 && gpu.compute_capability < 100) return Generation::hopper;
  return std::nullopt;
}

[[noreturn]] void throw_uncovered(const topology::GpuSpec& gpu) {
  throw sim::Error(
      {.place = gpu.name, .what = "NCCL's constants here cover compute capabilities 80 to 99", .remedy = "use an A100 or H100 node"},
      sim::ErrorKind::unavailable);
}

/// NCCL's agreement between nodes that found different graphs.
RingGraph weaker(RingGraph a, const RingGraph& b) {
  a.channels = std::min(a.channels, b.channels);
  a.thread_blocks = std::min(a.thread_blocks, b.thread_blocks);
  a.intra = std::min(a.intra, b.intra);
  a.inter = std::min(a.inter, b.inter);
  a.ll128 = a.ll128 && b.ll128;
  a.generation = std::min(a.generation, b.generation);
  if (a.cpu != b.cpu) a.cpu = std::nullopt;
  return a;
}

}  // namespace

CollectiveModel::CollectiveModel(const topology::Cluster& cluster, const NcclConstants& nccl, const CollectiveCalibration& calibration)
    : cluster_(&cluster), nccl_(nccl), calibration_(calibration) {
  const topology::ClusterSpec& spec = cluster.spec();
  for (int group = 0; group < groups(spec); ++group) generations_.push_back(generation_of(node_of_group(spec, group).gpu));
  if (std::none_of(generations_.begin(), generations_.end(), [](const auto& one) { return one.has_value(); }))
    throw_uncovered(cluster.node().gpu);
}

Generation CollectiveModel::generation(int group) const {
  const std::optional<Generation> known = generations_[static_cast<std::size_t>(group)];
  if (!known) throw_uncovered(node_of_group(cluster_->spec(), group).gpu);
  return *known;
}

sim::BytesPerSecond CollectiveModel::nic_speed(int group) const {
  // NCCL's figure for a PCIe generation is 24/31.5 of its raw rate (sixteen lanes of generation 4: 31.5 GB/s), what DMA delivers lies
  // between.
  constexpr double raw_over_assumed = 31.5 / 24;
  const topology::NodeSpec& node = node_of_group(cluster_->spec(), group);
  const double delivered = node.pcie_bandwidth.value;
  double pcie = nccl_.pcie.back().value;
  for (auto speed = nccl_.pcie.rbegin(); speed != nccl_.pcie.rend(); ++speed) {
    if (delivered <= speed->value * raw_over_assumed) pcie = speed->value;
  }
  const double link = std::min(node.nic.bandwidth, fabric_link(cluster_->spec())).value;  // what NCCL reads as the port's rate
  const double limit = std::min(pcie, link);
  for (const sim::BytesPerSecond speed : nccl_.search[static_cast<std::size_t>(generation(group))].inter) {
    if (speed.value <= limit) return speed;
  }
  return {limit};
}

RingGraph CollectiveModel::graph_of_channels(int group, int channels, double speed) const {
  constexpr double duplicated_from = 25e9;  // faster channels are halved and doubled in number (connect.cc) ...
  constexpr double kept_below = 50e9;       // ... but Hopper's below this
  constexpr int kept_above_channels = 4;    // ... where they are many
  const bool kept = generation(group) >= Generation::hopper && speed < kept_below && channels > kept_above_channels;
  const bool doubled = speed >= duplicated_from && !kept;
  RingGraph graph{
      .channels = doubled ? 2 * channels : channels, .generation = generation(group), .cpu = node_of_group(cluster_->spec(), group).cpu};
  graph.intra = graph.inter = {doubled ? speed / 2 : speed};
  graph.thread_blocks = 2 * graph.channels;
  return graph;
}

RingGraph CollectiveModel::node_graph(int group) const {
  const SearchSpeeds& search = nccl_.search[static_cast<std::size_t>(generation(group))];
  const double speed = search.nvlink_channel.value;
  const int links = node_of_group(cluster_->spec(), group).nvlink.links_per_gpu;
  return graph_of_channels(group, std::max(1, static_cast<int>(search.nvlink_link.value * links / speed)), speed);
}

RingGraph CollectiveModel::graph_between(int group, const Rings& rings) const {
  RingGraph graph = graph_of_channels(group, rings.nics(), nic_speed(group).value);
  graph.ll128 = generation(group) >= Generation::hopper || rings.nics_are_near();
  return graph;
}

RingGraph CollectiveModel::ring_graph(std::span<const GpuId> members, const Rings& rings) const {
  if (rings.nodes() == 1) return node_graph(cluster_->group_of(members.front()));
  const std::vector<int> groups = groups_of(members);
  RingGraph graph = graph_between(groups.front(), rings);
  for (const int group : std::span(groups).subspan(1)) {
    graph = weaker(graph, graph_between(group, rings));
    const auto capability = [&](int of) { return node_of_group(cluster_->spec(), of).gpu.compute_capability; };
    graph.ll128 = graph.ll128 && capability(group) == capability(groups.front());
  }
  return graph;
}

std::vector<int> CollectiveModel::groups_of(std::span<const GpuId> gpus) const {
  if (generations_.size() == 1) return {0};
  std::vector<bool> present(generations_.size(), false);
  for (const GpuId gpu : gpus) present[static_cast<std::size_t>(cluster_->group_of(gpu))] = true;
  std::vector<int> groups;
  for (std::size_t group = 0; group < present.size(); ++group) {
    if (present[group]) groups.push_back(static_cast<int>(group));
  }
  return groups;
}

sim::Duration CollectiveModel::slowness(sim::Duration network_latency) const {
  return std::max(network_latency - nccl_.reference_network_latency, sim::Duration{});
}

GroupShape CollectiveModel::shape(std::span<const GpuId> members, const Rings& rings) const {
  GroupShape shape{
      .members = {static_cast<int>(members.size()), rings.nodes()}, .rings = rings.nics(), .graph = ring_graph(members, rings)};
  int hops = 0;
  sim::Duration latency{};
  for (std::size_t i = 0; i < members.size() && rings.nodes() > 1; ++i) {
    const GpuId next = members[(i + 1) % members.size()];
    if (generations_.size() > 1)
      latency = std::max(latency, cluster_->network_latency(members[i], next));
    else
      hops = std::max(hops, cluster_->hops(members[i], next));
  }
  shape.slowness = slowness(generations_.size() > 1 ? latency : cluster_->network_latency(hops));
  return shape;
}

GroupShape CollectiveModel::shape(std::span<const GpuId> members) const { return shape(members, Rings(*cluster_, members)); }

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType, const GroupShape& shape) const {
  if (shape.members.ranks <= 1 || bytes.count == 0) return {.kind = kind};
  std::optional<RingCost> best;
  Protocol chosen = Protocol::simple;
  for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple}) {
    const std::optional<RingCost> cost = ring_cost(kind, bytes, shape.members, shape.graph, protocol, nccl_);
    if (!cost || (best && best->seconds(bytes) <= cost->seconds(bytes))) continue;
    best = cost;
    chosen = protocol;
  }
  return scaled_plan(kind, bytes, chosen, *best, shape);
}

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, std::span<const GpuId> members) const {
  return plan(kind, bytes, type, shape(members));
}

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType, Protocol protocol,
                                     std::span<const GpuId> members) const {
  if (members.size() <= 1 || bytes.count == 0) return {.kind = kind};
  const GroupShape group = shape(members);
  const std::optional<RingCost> cost = ring_cost(kind, bytes, group.members, group.graph, protocol, nccl_);
  if (!cost) {
    throw sim::Error(
        {.place = "collective", .what = "LL128 needs every GPU to share a PCIe switch with its NIC", .remedy = "use LL or Simple"});
  }
  return scaled_plan(kind, bytes, protocol, *cost, group);
}

CollectivePlan CollectiveModel::scaled_plan(sim::CollectiveKind kind, sim::Bytes bytes, Protocol protocol, const RingCost& cost,
                                            const GroupShape& shape) const {
  const bool on_one_node = shape.members.nodes == 1;
  const double latency_scale = on_one_node ? calibration_.intra_latency_scale : calibration_.inter_latency_scale;
  const double bandwidth_scale = on_one_node ? calibration_.intra_bandwidth_scale : calibration_.inter_bandwidth_scale;
  CollectivePlan plan{.algorithm = Algorithm::ring, .kind = kind, .protocol = protocol};
  plan.channels = shape.rings;
  plan.thread_blocks = shape.graph.thread_blocks;
  plan.latency =
      sim::Duration::from_seconds(cost.latency.seconds() * latency_scale) + shape.slowness * ring_steps(kind, shape.members.nodes);
  // Wire bytes on a ring's edge for each byte of the operation, so that edge_bytes / channel_rate = bytes / bandwidth.
  const double edge_share = bytes_per_edge(kind, shape.members.ranks) * wire_factor(protocol) / plan.channels;
  plan.edge_bytes = {static_cast<std::int64_t>(std::ceil(static_cast<double>(bytes.count) * edge_share))};
  double seconds_per_byte = 1 / (bandwidth_scale * cost.bandwidth.value);
  if (on_one_node && calibration_.own_part_bandwidth.value > 0)
    seconds_per_byte += 1 / (shape.members.ranks * calibration_.own_part_bandwidth.value);
  plan.channel_rate = {edge_share / seconds_per_byte};
  return plan;
}

Paths CollectiveModel::paths(const CollectivePlan& plan, std::span<const GpuId> members) const {
  std::vector<Edge> edges;
  if (plan.algorithm == Algorithm::ring) Rings(*cluster_, members).append_edges(plan.kind, plan.channels, edges);
  Paths paths;
  for (const Edge& edge : edges) paths.append(*cluster_, edge);
  return paths;
}

CollectivePlan CollectiveModel::plan_send(sim::Bytes bytes, GpuId from, GpuId to) const {
  return plan_send(bytes, from, to, cluster_->hops(from, to));
}

CollectivePlan CollectiveModel::plan_send(sim::Bytes bytes, GpuId from, GpuId to, int hops) const {
  const auto simple = static_cast<std::size_t>(Protocol::simple);
  const auto hop = [&](Hop kind) {
    return nccl_.ring_base_latency[simple] + nccl_.ring_hop_latency[static_cast<std::size_t>(kind)][simple];
  };
  CollectivePlan plan{
      .algorithm = Algorithm::point_to_point, .kind = sim::CollectiveKind::broadcast, .protocol = Protocol::simple, .channels = 1};
  plan.edge_bytes = bytes;
  if (hops == 0) {
    const RingGraph graph = node_graph(cluster_->group_of(from));
    const bool measured = calibration_.send_bandwidth.value > 0;
    plan.latency = measured ? calibration_.send_latency : hop(Hop::nvlink);
    plan.channel_rate = measured ? calibration_.send_bandwidth : graph.intra * graph.channels;
    plan.thread_blocks = graph.thread_blocks;
  } else {
    plan.latency = sim::Duration::from_seconds(hop(Hop::net).seconds() * calibration_.inter_latency_scale) +
                   slowness(cluster_->network_latency(hops, std::max(cluster_->node(from).nic.latency, cluster_->node(to).nic.latency)));
    const sim::BytesPerSecond slower = std::min(nic_speed(cluster_->group_of(from)), nic_speed(cluster_->group_of(to)));
    plan.channel_rate = slower * calibration_.inter_bandwidth_scale;
    plan.thread_blocks = 2;
  }
  return plan;
}

}  // namespace orrery::workloads
