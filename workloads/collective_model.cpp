#include "workloads/collective_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using topology::GpuId;

/// The members of one node, in rank order.
struct NodeMembers {
  int node = 0;
  std::vector<GpuId> gpus;
};

/// Nodes in order of their first rank, as NCCL orders them.
std::vector<NodeMembers> by_node(const topology::Cluster& cluster, std::span<const GpuId> members) {
  std::vector<NodeMembers> nodes;
  std::map<int, std::size_t> position;
  for (const GpuId gpu : members) {
    const auto [found, is_new] = position.try_emplace(cluster.node_of(gpu), nodes.size());
    if (is_new) nodes.push_back({cluster.node_of(gpu), {}});
    nodes[found->second].gpus.push_back(gpu);
  }
  return nodes;
}

/// Positions within `gpus` of the first owner of each NIC in use.
std::vector<std::size_t> nic_owners(const topology::Cluster& cluster, const std::vector<GpuId>& gpus) {
  std::vector<std::size_t> owners;
  std::vector<bool> seen(static_cast<std::size_t>(cluster.node().nics), false);
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const auto rail = static_cast<std::size_t>(cluster.rail_of(gpus[i]));
    if (!seen[rail]) owners.push_back(i);
    seen[rail] = true;
  }
  return owners;
}

/// NICs that a ring may use on every node.
int common_nics(const topology::Cluster& cluster, const std::vector<NodeMembers>& nodes) {
  std::size_t least = nic_owners(cluster, nodes.front().gpus).size();
  for (const NodeMembers& node : nodes) least = std::min(least, nic_owners(cluster, node.gpus).size());
  return static_cast<int>(least);
}

/// A node's part of ring `ring`: it begins at a GPU beside the ring's NIC and, going down from even positions and up from odd ones, ends
/// beside it too (always up where their number is odd, so that no two rings end at one GPU).
std::vector<GpuId> chain_of(const topology::Cluster& cluster, const std::vector<GpuId>& gpus, std::size_t ring) {
  const std::size_t first = nic_owners(cluster, gpus)[ring];
  const bool down = first % 2 == 0 && gpus.size() % 2 == 0;
  const std::size_t step = down ? gpus.size() - 1 : 1;
  std::vector<GpuId> chain;
  for (std::size_t i = 0; i < gpus.size(); ++i) chain.push_back(gpus[(first + i * step) % gpus.size()]);
  return chain;
}

/// Whether data reach their NIC without leaving its PCIe switch: GPUs 2i and 2i+1 sit under one, so both must take part where any two do.
bool nics_are_near(const topology::Cluster& cluster, const std::vector<NodeMembers>& nodes) {
  return std::all_of(nodes.begin(), nodes.end(), [&](const NodeMembers& node) {
    if (node.gpus.size() == 1) return true;
    return std::all_of(node.gpus.begin(), node.gpus.end(), [&](GpuId gpu) {
      const int partner = cluster.local_index(gpu) ^ 1;
      return std::any_of(node.gpus.begin(), node.gpus.end(), [&](GpuId other) { return cluster.local_index(other) == partner; });
    });
  });
}

Generation generation_of(const topology::GpuSpec& gpu) {
  if (gpu.compute_capability >= 80 && gpu.compute_capability < 90) return Generation::ampere;
  if (gpu.compute_capability >= 90 && gpu.compute_capability < 100) return Generation::hopper;
  throw sim::Error(
      {.place = gpu.name, .what = "NCCL's constants here cover compute capabilities 80 to 99", .remedy = "use an A100 or H100 node"},
      sim::ErrorKind::unavailable);
}

/// Multiplicities by resource, in order.
class LinkLoads {
 public:
  void add(const std::vector<sim::ResourceId>& path) {
    for (const sim::ResourceId resource : path) ++loads_[resource];
  }
  std::vector<sim::Demand> demands() const {
    std::vector<sim::Demand> all;
    for (const auto& [resource, multiplicity] : loads_) all.push_back({resource, multiplicity});
    return all;
  }

 private:
  std::map<sim::ResourceId, std::uint32_t> loads_;
};

/// Out of a node: by the NIC that the chain came in by where the next node's chain has it too, else by the last GPU's own.
void append_chain_exit(const topology::Cluster& cluster, const std::vector<GpuId>& chain, GpuId next, std::uint64_t flow,
                       std::vector<sim::ResourceId>& path) {
  const int rail = cluster.rail_of(chain.front());
  if (cluster.node_of(next) != cluster.node_of(chain.back()) && cluster.rail_of(next) == rail) {
    cluster.append_path(chain.back(), next, rail, flow, path);
  } else {
    cluster.append_path(chain.back(), next, flow, path);
  }
}

/// Broadcast leaves out the edge into the root, reduce the one out of it.
bool edge_is_used(sim::CollectiveKind kind, GpuId from, GpuId to, GpuId root) {
  if (kind == sim::CollectiveKind::broadcast) return to != root;
  if (kind == sim::CollectiveKind::reduce) return from != root;
  return true;
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
  for (const sim::BytesPerSecond speed : nccl_.search[static_cast<std::size_t>(generation_)].inter) {
    if (speed.value <= limit) return speed;
  }
  return {limit};
}

RingGraph CollectiveModel::ring_graph(std::span<const GpuId> members) const {
  constexpr double duplicated_from = 25e9;  // faster channels are halved and doubled in number (connect.cc) ...
  constexpr double kept_below = 50e9;       // ... but Hopper's below this
  constexpr int kept_above_channels = 4;    // ... where they are many
  const SearchSpeeds& search = nccl_.search[static_cast<std::size_t>(generation_)];
  const std::vector<NodeMembers> nodes = by_node(*cluster_, members);
  RingGraph graph{.generation = generation_, .cpu = cluster_->node().cpu};
  double speed = 0;
  if (nodes.size() == 1) {
    speed = search.nvlink_channel.value;
    graph.channels = std::max(1, static_cast<int>(search.nvlink_link.value * cluster_->node().nvlink.links_per_gpu / speed));
  } else {
    speed = nic_speed().value;
    graph.channels = common_nics(*cluster_, nodes);
    graph.ll128 = generation_ >= Generation::hopper || nics_are_near(*cluster_, nodes);
  }
  const bool kept = generation_ >= Generation::hopper && speed < kept_below && graph.channels > kept_above_channels;
  if (speed >= duplicated_from && !kept) {
    graph.channels *= 2;
    speed /= 2;
  }
  graph.intra = graph.inter = {speed};
  graph.thread_blocks = 2 * graph.channels;
  return graph;
}

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType, std::span<const GpuId> members) const {
  if (members.size() <= 1 || bytes.count == 0) return {.kind = kind};
  const RingGraph graph = ring_graph(members);
  const RingShape shape{static_cast<int>(members.size()), static_cast<int>(by_node(*cluster_, members).size())};
  std::optional<RingCost> best;
  Protocol chosen = Protocol::simple;
  for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple}) {
    const std::optional<RingCost> cost = ring_cost(kind, bytes, shape, graph, protocol, nccl_);
    if (!cost || (best && best->seconds(bytes) <= cost->seconds(bytes))) continue;
    best = cost;
    chosen = protocol;
  }
  return scaled_plan(kind, bytes, chosen, *best, shape, members);
}

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType, Protocol protocol,
                                     std::span<const GpuId> members) const {
  if (members.size() <= 1 || bytes.count == 0) return {.kind = kind};
  const RingShape shape{static_cast<int>(members.size()), static_cast<int>(by_node(*cluster_, members).size())};
  const std::optional<RingCost> cost = ring_cost(kind, bytes, shape, ring_graph(members), protocol, nccl_);
  if (!cost) {
    throw sim::Error(
        {.place = "collective", .what = "LL128 needs every GPU to share a PCIe switch with its NIC", .remedy = "use LL or Simple"});
  }
  return scaled_plan(kind, bytes, protocol, *cost, shape, members);
}

// What the slowest hop between consecutive nodes of a ring has over the fabric behind NCCL's constants.
sim::Duration CollectiveModel::fabric_excess(std::span<const GpuId> members) const {
  sim::Duration excess{};
  for (std::size_t i = 0; i < members.size(); ++i) {
    const sim::Duration latency = cluster_->network_latency(members[i], members[(i + 1) % members.size()]);
    excess = std::max(excess, latency - nccl_.reference_network_latency);
  }
  return excess;
}

CollectivePlan CollectiveModel::scaled_plan(sim::CollectiveKind kind, sim::Bytes bytes, Protocol protocol, const RingCost& cost,
                                            RingShape shape, std::span<const GpuId> members) const {
  const bool on_one_node = shape.nodes == 1;
  const double latency_scale = on_one_node ? calibration_.intra_latency_scale : calibration_.inter_latency_scale;
  const double bandwidth_scale = on_one_node ? calibration_.intra_bandwidth_scale : calibration_.inter_bandwidth_scale;
  CollectivePlan plan{.algorithm = Algorithm::ring, .kind = kind, .protocol = protocol};
  plan.channels = on_one_node ? 1 : common_nics(*cluster_, by_node(*cluster_, members));
  plan.thread_blocks = ring_graph(members).thread_blocks;
  plan.latency =
      sim::Duration::from_seconds(cost.latency.seconds() * latency_scale) + fabric_excess(members) * ring_steps(kind, shape.nodes);
  // Wire bytes on a ring's edge for each byte of the operation, so that edge_bytes / channel_rate = bytes / bandwidth.
  const double edge_share = bytes_per_edge(kind, shape.ranks) * wire_factor(protocol) / plan.channels;
  plan.edge_bytes = {static_cast<std::int64_t>(std::ceil(static_cast<double>(bytes.count) * edge_share))};
  double seconds_per_byte = 1 / (bandwidth_scale * cost.bandwidth.value);
  if (on_one_node && calibration_.own_part_bandwidth.value > 0)
    seconds_per_byte += 1 / (shape.ranks * calibration_.own_part_bandwidth.value);
  plan.channel_rate = {edge_share / seconds_per_byte};
  return plan;
}

std::vector<sim::Demand> CollectiveModel::demands(const CollectivePlan& plan, std::span<const GpuId> members) const {
  LinkLoads loads;
  if (plan.algorithm != Algorithm::ring) return {};
  const std::vector<NodeMembers> nodes = by_node(*cluster_, members);
  std::vector<sim::ResourceId> path;
  for (std::size_t ring = 0; ring < static_cast<std::size_t>(plan.channels); ++ring) {
    std::vector<std::vector<GpuId>> chains;
    for (const NodeMembers& node : nodes) chains.push_back(nodes.size() == 1 ? node.gpus : chain_of(*cluster_, node.gpus, ring));
    for (std::size_t k = 0; k < chains.size(); ++k) {
      const std::vector<GpuId>& chain = chains[k];
      const std::vector<GpuId>& next = chains[(k + 1) % chains.size()];
      path.clear();
      for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        if (edge_is_used(plan.kind, chain[i], chain[i + 1], members.front())) cluster_->append_path(chain[i], chain[i + 1], ring, path);
      }
      if (edge_is_used(plan.kind, chain.back(), next.front(), members.front())) {
        append_chain_exit(*cluster_, chain, next.front(), ring, path);
      }
      loads.add(path);
    }
  }
  return loads.demands();
}

CollectivePlan CollectiveModel::plan_send(sim::Bytes bytes, GpuId from, GpuId to) const {
  const auto simple = static_cast<std::size_t>(Protocol::simple);
  const auto hop = [&](Hop kind) {
    return nccl_.ring_base_latency[simple] + nccl_.ring_hop_latency[static_cast<std::size_t>(kind)][simple];
  };
  CollectivePlan plan{
      .algorithm = Algorithm::point_to_point, .kind = sim::CollectiveKind::broadcast, .protocol = Protocol::simple, .channels = 1};
  plan.edge_bytes = bytes;
  if (cluster_->node_of(from) == cluster_->node_of(to)) {
    const std::array pair{from, to};
    const RingGraph graph = ring_graph(pair);
    const bool measured = calibration_.send_bandwidth.value > 0;
    plan.latency = measured ? calibration_.send_latency : hop(Hop::nvlink);
    plan.channel_rate = measured ? calibration_.send_bandwidth : graph.intra * graph.channels;
    plan.thread_blocks = graph.thread_blocks;
  } else {
    const std::array pair{from, to};
    plan.latency = sim::Duration::from_seconds(hop(Hop::net).seconds() * calibration_.inter_latency_scale) + fabric_excess(pair);
    plan.channel_rate = nic_speed() * calibration_.inter_bandwidth_scale;
    plan.thread_blocks = 2;
  }
  return plan;
}

std::vector<sim::Demand> CollectiveModel::send_demands(GpuId from, GpuId to) const {
  std::vector<sim::ResourceId> path;
  cluster_->append_path(from, to, 0, path);
  LinkLoads loads;
  loads.add(path);
  return loads.demands();
}

}  // namespace orrery::workloads
