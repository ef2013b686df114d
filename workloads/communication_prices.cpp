#include "workloads/communication_prices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "workloads/all_to_all_demands.h"
#include "workloads/collective_edges.h"
#include "workloads/communications.h"
#include "workloads/paths.h"

namespace orrery::workloads {

using topology::GpuId;
using topology::GpuPart;

namespace {

// Below that share of its latency, what the bytes of a collective take does not show.
constexpr double shows = 0.01;

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

// Those that the first node is in, and those that begin where the first group is not at its end: data groups of a pipeline stage. Other
// stages come to their reductions at other times.
CommunicationPrices::Shared CommunicationPrices::shared(const CollectivePlan& plan, const sim::Communicator& communicator) const {
  const bool pairs = plan.kind == sim::CollectiveKind::all_to_all && plan.algorithm == Algorithm::point_to_point;
  const GpuId end = members(communicator, 0).back();
  const auto is_beside = [&](GpuId begin) { return begin < end || cluster_->node_of(begin) == cluster_->node_of(first_); };
  Tally tally(static_cast<std::size_t>(cluster_->resource_count()));
  Tally scratch(pairs ? static_cast<std::size_t>(cluster_->resource_count()) : 0);
  std::vector<sim::Demand> demands;
  std::vector<Edge> edges;
  Paths paths;
  for (std::int64_t g = 0; g < communicator.groups.size(); ++g) {
    if (!is_beside(gpu(communicator.groups.at(g)))) continue;
    const std::vector<GpuId> gpus = members(communicator, g);
    const Group group = collectives_->group(gpus);
    if (pairs) {
      demands.clear();
      append_all_to_all_demands(group, scratch, demands);
      for (const sim::Demand& demand : demands) tally.add(demand.resource, demand.multiplicity);
      continue;
    }
    edges.clear();
    paths.clear();
    append_collective_edges(group, plan.algorithm, plan.kind, edges);
    for (const Edge& edge : edges) paths.append(*cluster_, edge);
    for (std::size_t path = 0; path < paths.count(); ++path) {
      for (const sim::ResourceId resource : paths[path]) tally.add(resource, paths.times(path));
    }
  }
  demands.clear();
  tally.take(demands);
  Shared shared{.rate = std::numeric_limits<double>::infinity()};
  for (const sim::Demand& demand : demands) {
    shared.rate = std::min(shared.rate, static_cast<double>(capacity(demand.resource)) / demand.multiplicity);
    if (is_on_first_node(demand.resource)) shared.on_node.push_back(demand);
  }
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
  if (slowest.edge_bytes.count == 0 || (slowest.edge_bytes / slowest.edge_rate).seconds() < shows * slowest.latency.seconds()) {
    return {slowest};
  }
  const auto [entry, is_new] = of_communicator.shared.try_emplace({slowest.algorithm, kind_of_edges(slowest.algorithm, slowest.kind)});
  if (is_new) entry->second = shared(slowest, communicator);
  slowest.edge_rate.value = std::min(slowest.edge_rate.value, entry->second.rate);
  return {slowest, entry->second.on_node};
}

CommunicationPrice CommunicationPrices::messages(sim::Bytes bytes, std::span<const Message> at_once) const {
  std::map<sim::ResourceId, std::uint32_t> load;
  std::vector<std::vector<sim::Demand>> demands;
  std::vector<int> hops;
  for (const Message& message : at_once) {
    Paths paths;
    hops.push_back(paths.append(*cluster_, collectives_->message_edge(gpu(message.from), gpu(message.to))));
    demands.push_back(merged(paths));
    for (const sim::Demand& demand : demands.back()) load[demand.resource] += demand.multiplicity;
  }
  CommunicationPrice slowest;
  for (std::size_t i = 0; i < at_once.size(); ++i) {
    CollectivePlan plan = collectives_->plan_send(bytes, gpu(at_once[i].from), gpu(at_once[i].to), hops[i]);
    for (const sim::Demand& demand : demands[i]) {
      plan.edge_rate.value = std::min(plan.edge_rate.value, static_cast<double>(capacity(demand.resource)) / load.at(demand.resource));
    }
    if (i == 0 || time_of(plan) > time_of(slowest.plan)) slowest.plan = plan;
  }
  for (const auto& [resource, times] : load) {
    if (is_on_first_node(resource)) slowest.on_node.push_back({resource, times});
  }
  return slowest;
}

}  // namespace orrery::workloads
