#include "workloads/collective_model.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using topology::GpuId;

Generation generation_of(const topology::GpuSpec& gpu) {
  if (gpu.compute_capability >= 80 && gpu.compute_capability < 90) return Generation::ampere;
  if (gpu.compute_capability >= 90 && gpu.compute_capability < 100) return Generation::hopper;
  throw sim::Error(
      {.place = gpu.name, .what = "NCCL's constants here cover compute capabilities 80 to 99", .remedy = "use an A100 or H100 node"},
      sim::ErrorKind::unavailable);
}

}  // namespace

CollectiveModel::CollectiveModel(const topology::Cluster& cluster, const NcclConstants& nccl, const CollectiveCalibration& calibration)
    : cluster_(&cluster), nccl_(nccl), calibration_(calibration), generation_(generation_of(cluster.node().gpu)) {}

sim::BytesPerSecond CollectiveModel::nic_speed() const {
  // NCCL's figure for a PCIe generation is 24/31.5 of its raw rate (sixteen lanes of generation 4: 31.5 GB/s), what DMA delivers lies
  // between.
  constexpr double raw_over_assumed = 31.5 / 24;
  const double delivered = cluster_->node().pcie_bandwidth.value;
  double pcie = nccl_.pcie.back().value;
  for (auto speed = nccl_.pcie.rbegin(); speed != nccl_.pcie.rend(); ++speed) {
    if (delivered <= speed->value * raw_over_assumed) pcie = speed->value;
  }
  const double limit = std::min(pcie, cluster_->node().nic.bandwidth.value);
  for (const sim::BytesPerSecond speed : topology::speeds_of(nccl_.search, cluster_->node().gpu.compute_capability).inter) {
    if (speed.value <= limit) return speed;
  }
  return {limit};
}

RingGraph CollectiveModel::graph_of_channels(int channels, double speed) const {
  constexpr double duplicated_from = 25e9;  // faster channels are halved and doubled in number (connect.cc) ...
  constexpr double kept_below = 50e9;       // ... but Hopper's below this
  constexpr int kept_above_channels = 4;    // ... where they are many
  const bool kept = generation_ >= Generation::hopper && speed < kept_below && channels > kept_above_channels;
  const bool doubled = speed >= duplicated_from && !kept;
  RingGraph graph{.channels = doubled ? 2 * channels : channels, .generation = generation_, .cpu = cluster_->node().cpu};
  graph.intra = graph.inter = {doubled ? speed / 2 : speed};
  graph.thread_blocks = 2 * graph.channels;
  return graph;
}

RingGraph CollectiveModel::node_graph() const {
  const topology::NcclSearchSpeeds& search = topology::speeds_of(nccl_.search, cluster_->node().gpu.compute_capability);
  const double speed = search.intra.front().value;
  return graph_of_channels(std::max(1, static_cast<int>(search.nvlink_link.value * cluster_->node().nvlink.links_per_gpu / speed)), speed);
}

RingGraph CollectiveModel::ring_graph(const Rings& rings) const {
  if (rings.nodes() == 1) return node_graph();
  RingGraph graph = graph_of_channels(rings.nics(), nic_speed().value);
  graph.ll128 = generation_ >= Generation::hopper || rings.nics_are_near();
  return graph;
}

sim::Duration CollectiveModel::slowness(int hops) const {
  return std::max(cluster_->network_latency(hops) - nccl_.reference_network_latency, sim::Duration{});
}

GroupShape CollectiveModel::shape(std::span<const GpuId> members, const Rings& rings) const {
  GroupShape shape{.members = {static_cast<int>(members.size()), rings.nodes()}, .rings = rings.nics(), .graph = ring_graph(rings)};
  int hops = 0;
  for (std::size_t i = 0; i < members.size() && rings.nodes() > 1; ++i) {
    hops = std::max(hops, cluster_->hops(members[i], members[(i + 1) % members.size()]));
  }
  shape.slowness = slowness(hops);
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
  return plan_send(bytes, cluster_->hops(from, to));
}

CollectivePlan CollectiveModel::plan_send(sim::Bytes bytes, int hops) const {
  const auto simple = static_cast<std::size_t>(Protocol::simple);
  const auto hop = [&](Hop kind) {
    return nccl_.ring_base_latency[simple] + nccl_.ring_hop_latency[static_cast<std::size_t>(kind)][simple];
  };
  CollectivePlan plan{
      .algorithm = Algorithm::point_to_point, .kind = sim::CollectiveKind::broadcast, .protocol = Protocol::simple, .channels = 1};
  plan.edge_bytes = bytes;
  if (hops == 0) {
    const RingGraph graph = node_graph();
    const bool measured = calibration_.send_bandwidth.value > 0;
    plan.latency = measured ? calibration_.send_latency : hop(Hop::nvlink);
    plan.channel_rate = measured ? calibration_.send_bandwidth : graph.intra * graph.channels;
    plan.thread_blocks = graph.thread_blocks;
  } else {
    plan.latency = sim::Duration::from_seconds(hop(Hop::net).seconds() * calibration_.inter_latency_scale) + slowness(hops);
    plan.channel_rate = nic_speed() * calibration_.inter_bandwidth_scale;
    plan.thread_blocks = 2;
  }
  return plan;
}

}  // namespace orrery::workloads
