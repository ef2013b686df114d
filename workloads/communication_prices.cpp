#include "workloads/communication_prices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "workloads/all_to_all_demands.h"
#include "workloads/collective_edges.h"
#include "workloads/communications.h"
#include "workloads/paths.h"

namespace orrery::workloads {

using topology::GpuId;
using topology::GpuPart;

namespace {

// A ring crosses the NICs of a node as often whether it goes on to three nodes or to thousands.
constexpr int nodes_enough = 3;

std::vector<GpuId> on_first_nodes(const topology::Cluster& cluster, const std::vector<GpuId>& members) {
  std::vector<GpuId> few;
  int nodes = 0;
  int last = -1;
  for (const GpuId gpu : members) {
    const int node = cluster.node_of(gpu);
    if (node != last && ++nodes > nodes_enough) break;
    last = node;
    few.push_back(gpu);
  }
  return few;
}

}  // namespace

sim::Duration time_of(const CollectivePlan& plan) {
  if (plan.edge_bytes.count == 0) return plan.latency;
  return plan.latency + plan.edge_bytes / plan.edge_rate;
}

CommunicationPrices::CommunicationPrices(const topology::Cluster& cluster, const CollectiveModel& collectives, GpuId first)
    : cluster_(&cluster), collectives_(&collectives), first_(first) {}

std::vector<GpuId> CommunicationPrices::members(const sim::Communicator& communicator, std::int64_t group) const {
  const sim::Lattice lattice{.first = communicator.groups.at(group), .extents = communicator.members};
  std::vector<GpuId> gpus;
  const std::int64_t size = lattice.size();
  gpus.reserve(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i) gpus.push_back(gpu(lattice.at(i)));
  return gpus;
}

// Ports are held to what was measured of them.
std::int64_t CommunicationPrices::capacity(sim::ResourceId resource) const {
  const std::int64_t whole = cluster_->capacity(resource);
  const double port = collectives_->measured_port().value * cluster_->units_a_byte();
  const int layer = cluster_->layer(resource);
  if (port <= 0 || (layer != static_cast<int>(GpuPart::nvlink_out) && layer != static_cast<int>(GpuPart::nvlink_in))) return whole;
  return std::min(whole, static_cast<std::int64_t>(std::ceil(port)));
}

// Parts of its GPUs, and cables of its NICs.
bool CommunicationPrices::is_on_first_node(sim::ResourceId resource) const {
  const int node = cluster_->node_of(first_);
  const std::optional<topology::LinkId> link = cluster_->link_of(resource);
  if (!link) return cluster_->node_of(GpuId{index(resource) / topology::gpu_parts}) == node;
  const topology::Fabric& fabric = cluster_->fabric();
  for (const topology::VertexId end : {fabric.source(*link), fabric.target(*link)}) {
    if (fabric.shape().is_port(end)) return fabric.shape().port(end).node == node;
  }
  return false;
}

std::vector<sim::Demand> CommunicationPrices::on_first_node(const Load& load) const {
  std::vector<sim::Demand> demands;
  for (const auto& [resource, times] : load) {
    if (is_on_first_node(resource)) demands.push_back({resource, times});
  }
  return demands;
}

// All groups that the first node is in.
CommunicationPrices::Shared CommunicationPrices::shared(const CollectivePlan& plan, const sim::Communicator& communicator) const {
  const int node = cluster_->node_of(first_);
  const bool pairs = plan.kind == sim::CollectiveKind::all_to_all && plan.algorithm == Algorithm::point_to_point;
  Load load;
  Tally tally(static_cast<std::size_t>(cluster_->resource_count()));
  std::vector<sim::Demand> demands;
  for (std::int64_t g = 0; g < communicator.groups.size(); ++g) {
    if (cluster_->node_of(gpu(communicator.groups.at(g))) != node) continue;
    const std::vector<GpuId> all = members(communicator, g);
    const std::vector<GpuId> few = pairs ? all : on_first_nodes(*cluster_, all);
    if (few.size() < 2) continue;
    const Group group = collectives_->group(few);
    demands.clear();
    if (pairs) {
      append_all_to_all_demands(group, tally, demands);
    } else {
      std::vector<Edge> edges;
      append_collective_edges(group, plan.algorithm, plan.kind, edges);
      Paths paths;
      for (const Edge& edge : edges) paths.append(*cluster_, edge);
      demands = merged(paths);
    }
    for (const sim::Demand& demand : demands) load[demand.resource] += demand.multiplicity;
  }
  Shared shared{.rate = std::numeric_limits<double>::infinity(), .on_node = on_first_node(load)};
  for (const auto& [resource, times] : load) shared.rate = std::min(shared.rate, static_cast<double>(capacity(resource)) / times);
  return shared;
}

CommunicationPrices::Known& CommunicationPrices::known(const sim::Communicator& communicator) {
  std::vector<std::int32_t> key{communicator.groups.first};
  for (const auto& extents : {communicator.groups.extents, communicator.members}) {
    for (const sim::Extent& extent : extents) key.insert(key.end(), {extent.count, extent.stride});
    key.push_back(-1);
  }
  const auto [entry, is_new] = known_.try_emplace(std::move(key));
  if (!is_new) return entry->second;
  std::vector<GroupShape>& shapes = entry->second.shapes;
  const std::int64_t groups = communicator.groups.size();
  const std::int64_t looked_at = std::min<std::int64_t>(groups, cluster_->node().gpus);
  for (std::int64_t g = 0; g <= looked_at; ++g) {
    const std::vector<GpuId> gpus = members(communicator, g < looked_at ? g : groups - 1);
    GroupShape shape = collectives_->shape(collectives_->group(gpus));
    if (std::find(shapes.begin(), shapes.end(), shape) == shapes.end()) shapes.push_back(shape);
  }
  return entry->second;
}

CommunicationPrice CommunicationPrices::collective(const sim::Collect& collect, const sim::Communicator& communicator) {
  Known& of_communicator = known(communicator);
  CollectivePlan slowest;
  for (const GroupShape& shape : of_communicator.shapes) {
    const CollectivePlan plan =
        collectives_->plan(collect.kind, tuner_bytes(collect, shape.counts.ranks), collect.type, shape, collect.calls);
    if (plan.algorithm != Algorithm::none && (slowest.algorithm == Algorithm::none || time_of(plan) > time_of(slowest))) slowest = plan;
  }
  if (slowest.edge_bytes.count == 0) return {slowest};
  const auto [entry, is_new] = of_communicator.shared.try_emplace({slowest.algorithm, kind_of_edges(slowest.algorithm, slowest.kind)});
  if (is_new) entry->second = shared(slowest, communicator);
  slowest.edge_rate.value = std::min(slowest.edge_rate.value, entry->second.rate);
  return {slowest, entry->second.on_node};
}

CommunicationPrice CommunicationPrices::messages(sim::Bytes bytes, std::span<const Message> at_once) const {
  Load load;
  std::vector<std::vector<sim::Demand>> demands;
  std::vector<int> hops;
  for (const Message& message : at_once) {
    Paths paths;
    hops.push_back(paths.append(*cluster_, collectives_->message_edge(gpu(message.from), gpu(message.to))));
    demands.push_back(merged(paths));
    for (const sim::Demand& demand : demands.back()) load[demand.resource] += demand.multiplicity;
  }
  CollectivePlan slowest;
  for (std::size_t i = 0; i < at_once.size(); ++i) {
    CollectivePlan plan = collectives_->plan_send(bytes, gpu(at_once[i].from), gpu(at_once[i].to), hops[i]);
    for (const sim::Demand& demand : demands[i]) {
      plan.edge_rate.value = std::min(plan.edge_rate.value, static_cast<double>(capacity(demand.resource)) / load.at(demand.resource));
    }
    if (i == 0 || time_of(plan) > time_of(slowest)) slowest = plan;
  }
  return {slowest, on_first_node(load)};
}

}  // namespace orrery::workloads
