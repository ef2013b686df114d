#include "workloads/collective_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "sim/error.h"
#include "workloads/collective_edges.h"
#include "workloads/interference.h"
#include "workloads/nccl_bandwidth.h"
#include "workloads/nccl_launch.h"
#include "workloads/ring_steps.h"

namespace orrery::workloads {

using topology::GpuId;

namespace {

/// What all nodes have of a graph: the least of each.
TunerGraph least_of(TunerGraph a, const TunerGraph& b) {
  a.channels = std::min(a.channels, b.channels);
  a.intra = std::min(a.intra, b.intra);
  a.inter = std::min(a.inter, b.inter);
  a.latency_inter = std::max(a.latency_inter, b.latency_inter);
  a.type_intra = std::max(a.type_intra, b.type_intra);
  a.type_inter = std::max(a.type_inter, b.type_inter);
  a.same_channels = a.same_channels && b.same_channels;
  return a;
}

TunerGraphs least_of(const TunerGraphs& a, const TunerGraphs& b) {
  return {.ring = least_of(a.ring, b.ring),
          .tree = least_of(a.tree, b.tree),
          .collnet_chain = least_of(a.collnet_chain, b.collnet_chain),
          .nvls = least_of(a.nvls, b.nvls),
          .collnet_direct = least_of(a.collnet_direct, b.collnet_direct)};
}

void weaken(NcclCommunicator& communicator, const NodeGraphs::Entry& other) {
  communicator.graphs = least_of(communicator.graphs, tuner_graphs(other.graphs));
  communicator.channels = std::min(communicator.channels, other.thread_blocks);
  if (communicator.cpu && other.cpu != *communicator.cpu) communicator.cpu = std::nullopt;
  // LL128 wants GPUs of one kind; a path that it cannot use comes to the same.
  if (other.compute_capability == communicator.compute_capability) return;
  communicator.compute_capability = std::min(communicator.compute_capability, other.compute_capability);
  for (TunerGraph* const graph : {&communicator.graphs.ring, &communicator.graphs.tree}) graph->type_inter = topology::PathType::sys;
}

/// Of the network between ranks that follow each other, on one rail. Where nodes are of one kind, the longest way decides.
sim::Duration longest_latency(const topology::Cluster& cluster, std::span<const GpuId> members) {
  const bool alike = cluster.spec().others.empty();
  int hops = 0;
  sim::Duration latency{};
  for (std::size_t i = 0; i < members.size(); ++i) {
    const GpuId next = members[(i + 1) % members.size()];
    if (cluster.node_of(members[i]) == cluster.node_of(next)) continue;
    const int between = cluster.hops(members[i], next, {cluster.rail_of(next), cluster.rail_of(next)});
    hops = std::max(hops, between);
    if (!alike) {
      const sim::Duration adapters = std::max(cluster.node(members[i]).nic.latency, cluster.node(next).nic.latency);
      latency = std::max(latency, cluster.network_latency(between, adapters));
    }
  }
  return alike ? cluster.network_latency(hops) : latency;
}

/// Crossings between nodes that follow each other.
int network_steps(Algorithm algorithm, sim::CollectiveKind kind, int nodes) {
  const int doublings = std::bit_width(static_cast<unsigned>(nodes)) - 1;
  switch (algorithm) {
    case Algorithm::ring:
      return ring_steps(kind, nodes);
    case Algorithm::tree:
    case Algorithm::nvls_tree:
      return 2 * doublings;
    case Algorithm::collnet_direct:
    case Algorithm::collnet_chain:
    case Algorithm::nvls:
      return 2;
    case Algorithm::pat:
      return doublings;
    case Algorithm::point_to_point:
      return 1;
    case Algorithm::none:
      break;
  }
  return 0;
}

sim::Bytes rounded_up(double bytes) { return {static_cast<std::int64_t>(std::ceil(bytes))}; }

/// At each of its ends, in the mean: one sends, the other receives.
sim::Bytes moved_by_message(sim::Bytes bytes) { return rounded_up(static_cast<double>(bytes.count) * accesses_a_byte_of_pairs / 2); }

sim::Error no_way(std::string what, std::string remedy) {
  return sim::Error({.place = "collective", .what = std::move(what), .remedy = std::move(remedy)}, sim::ErrorKind::unavailable);
}

}  // namespace

CollectiveModel::CollectiveModel(const topology::Cluster& cluster, const NcclConstants& nccl, const CollectiveCalibration& calibration,
                                 const NcclFilter& filter)
    : cluster_(&cluster), nccl_(nccl), calibration_(calibration), filter_(filter), graphs_(cluster, nccl, filter.cross_nic) {
  if (!nccl.pxn) filter_.pxn = Pxn::off;
}

sim::Duration CollectiveModel::slowness(sim::Duration network_latency) const {
  return std::max(network_latency - nccl_.reference_network_latency, sim::Duration{});
}

CollectiveModel CollectiveModel::with(const CollectiveCalibration& calibration) const {
  CollectiveModel model = *this;
  model.calibration_ = calibration;
  return model;
}

GroupShape CollectiveModel::shape(const Group& group) const {
  const NodeGraphs::Entry& first = group.graphs(0);
  GroupShape shape{.counts = group.counts(),
                   .communicator = {.ranks = group.ranks(),
                                    .nodes = group.nodes(),
                                    .channels = first.thread_blocks,
                                    .graphs = tuner_graphs(first.graphs),
                                    .compute_capability = first.compute_capability,
                                    .cpu = first.cpu,
                                    .nvswitch = cluster_->node().gpus > 1,
                                    .sharp = cluster_->spec().fabric.sharp ? Sharp::all_reduce : Sharp::off}};
  for (int node = 1; node < group.nodes(); ++node) {
    if (&group.graphs(node) != &first) weaken(shape.communicator, group.graphs(node));
  }
  shape.message_rate = message_rate(cluster_->group_of(group.members().front()));
  for (const GpuId gpu : group.members()) {
    if (cluster_->spec().others.empty()) break;
    shape.message_rate = std::min(shape.message_rate, message_rate(cluster_->group_of(gpu)));
  }
  if (group.nodes() > 1) shape.slowness = slowness(longest_latency(*cluster_, group.members()));
  return shape;
}

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, const GroupShape& shape,
                                     int calls) const {
  if (kind == sim::CollectiveKind::barrier) bytes = sim::Bytes{sim::size_of(type)} * calls;
  if (shape.counts.ranks <= 1 || bytes.count == 0) return {.kind = kind};
  if (is_in_pairs(kind)) return plan_pairs(kind, bytes, shape, calls);
  constexpr int adds_fp8 = 90;  // compute capability
  if (type == sim::DataType::fp8 && is_sum(kind) && kind != sim::CollectiveKind::barrier &&
      shape.communicator.compute_capability < adds_fp8)
    throw no_way("NCCL adds up fp8 on GPUs of compute capability 9.0 on alone", "take another type, or newer GPUs");
  const std::optional<TunerChoice> choice = tuner_choice(kind, bytes, shape.communicator, nccl_, filter_, calls, type);
  if (!choice) throw no_way("no algorithm is left for " + std::string(sim::name_of(kind)), "let NCCL choose from more of them");
  return plan_tuned(kind, bytes, type, *choice, shape, calls);
}

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, std::span<const GpuId> members) const {
  return plan(kind, bytes, type, shape(group(members)));
}

CollectivePlan CollectiveModel::plan(sim::CollectiveKind kind, sim::Bytes bytes, NcclWay way, std::span<const GpuId> members,
                                     sim::DataType type) const {
  if (members.size() <= 1 || bytes.count == 0) return {.kind = kind};
  const GroupShape of_group = shape(group(members));
  const std::optional<TunerCost> cost = tuner_cost(kind, bytes, way, of_group.communicator, nccl_);
  if (!cost) {
    throw no_way("these GPUs cannot do " + std::string(sim::name_of(kind)) + " by " + std::string(name_of(algorithm_of(way.algorithm))) +
                     " and " + std::string(name_of(way.protocol)),
                 "leave the choice to NCCL");
  }
  return plan_tuned(kind, bytes, type, {way, *cost}, of_group, 1);
}

const CollectiveLine* CollectiveModel::line_of(sim::CollectiveKind kind, const GroupCounts& counts) const {
  if (counts.nodes > 1) return nullptr;
  const auto is_it = [&](const CollectiveLine& line) { return line.collective == kind && line.ranks == counts.ranks; };
  const auto found = std::ranges::find_if(calibration_.lines, is_it);
  return found == calibration_.lines.end() ? nullptr : &*found;
}

CollectivePlan CollectiveModel::plan_tuned(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, const TunerChoice& choice,
                                           const GroupShape& shape, int calls) const {
  CollectivePlan plan{.algorithm = algorithm_of(choice.way.algorithm), .kind = kind, .protocol = choice.way.protocol};
  plan.thread_blocks = nccl_launch(kind, bytes, choice.way, shape.communicator, nccl_).channels;
  NodeTime time{.latency = choice.cost.latency, .seconds_per_byte = 1 / choice.cost.bandwidth.value};
  if (shape.counts.nodes > 1) {
    time.latency = scaled(time.latency, Reach::nodes) + shape.slowness * network_steps(plan.algorithm, kind, shape.counts.nodes);
    time.seconds_per_byte /= calibration_.inter_bandwidth_scale;
  } else if (const CollectiveLine* line = line_of(kind, shape.counts)) {
    time = {line->fixed, 1 / line->bandwidth.value};
  } else if (calibration_.on_node && plan.algorithm == Algorithm::ring) {
    const RingConduct conduct{.ranks = shape.counts.ranks, .protocol = plan.protocol, .blocks = plan.thread_blocks, .type = type};
    time = ring_time(kind, conduct, calibration_.on_node->ring);
    time.latency = time.latency * rounds_of(calls, choice.way.algorithm, shape.communicator);
  }
  time.seconds_per_byte *= calibration_.slowdown;
  plan.latency = sim::Duration::from_seconds(time.latency.seconds() * calibration_.slowdown);
  // Wire bytes on an edge for each byte of the operation, so that edge_bytes / edge_rate = bytes / bandwidth.
  const double edge_share = bytes_an_edge(shape.counts, plan.algorithm, kind) * wire_factor(plan.protocol);
  plan.edge_bytes = rounded_up(static_cast<double>(bytes.count) * edge_share);
  plan.edge_rate = {edge_share / time.seconds_per_byte};
  const double wire_bytes = bytes_per_edge(kind, shape.counts.ranks) * wire_factor(plan.protocol);  // into each GPU, by any algorithm
  plan.memory_bytes = rounded_up(static_cast<double>(bytes.count) * wire_bytes * accesses_a_wire_byte);
  return plan;
}

CollectivePlan CollectiveModel::plan_pairs(sim::CollectiveKind kind, sim::Bytes bytes, const GroupShape& shape, int calls) const {
  const int ranks = shape.counts.ranks;
  const bool on_one_node = shape.counts.nodes == 1;
  const auto blocks = std::bit_ceil(static_cast<unsigned>(shape.communicator.channels));
  CollectivePlan plan{.algorithm = Algorithm::point_to_point, .kind = kind, .thread_blocks = static_cast<int>(blocks)};
  const double share = bytes_an_edge(shape.counts, plan.algorithm, kind);
  plan.edge_bytes = rounded_up(static_cast<double>(bytes.count) * share);
  // A block has so many messages under way, and takes the next when they are done (NCCL_MAX_DEV_WORK_P2P_PER_BATCH).
  constexpr int at_once = 8;
  const std::int64_t messages = std::int64_t{calls} * (ranks - 1);
  const std::int64_t rounds = (messages + at_once * plan.thread_blocks - 1) / (at_once * plan.thread_blocks);
  plan.latency = (message_latency(on_one_node ? Reach::node : Reach::nodes) + shape.slowness) * rounds;
  plan.edge_rate = shape.message_rate * (1.0 / (ranks - 1));
  if (const CollectiveLine* line = line_of(kind, shape.counts)) {
    plan.latency = line->fixed;
    plan.edge_rate = line->bandwidth * share;
  } else if (on_one_node && calibration_.on_node) {
    const NodeTime time = pairs_time(bytes, ranks, plan.thread_blocks, calibration_.on_node->pairs);
    plan.latency = time.latency;
    plan.edge_rate = {share / time.seconds_per_byte};
  }
  // Of an all-to-all each rank sends and receives n - 1 messages, of a gather or scatter all ranks together do.
  const double messages_a_rank = (ranks - 1) / (kind == sim::CollectiveKind::all_to_all ? 1.0 : ranks);
  plan.memory_bytes = rounded_up(static_cast<double>(plan.edge_bytes.count) * messages_a_rank * accesses_a_byte_of_pairs);
  return plan;
}

Paths CollectiveModel::paths(const CollectivePlan& plan, std::span<const GpuId> members) const {
  std::vector<Edge> edges;
  append_collective_edges(group(members), plan.algorithm, plan.kind, edges);
  Paths paths;
  for (const Edge& edge : edges) paths.append(*cluster_, edge);
  return paths;
}

sim::Duration CollectiveModel::message_latency(Reach reach) const {
  if (reach == Reach::node && calibration_.send_bandwidth.value > 0) return calibration_.send_latency;
  const auto ring = static_cast<std::size_t>(NcclAlgorithm::ring);
  const auto simple = static_cast<std::size_t>(Protocol::simple);
  const auto hop = static_cast<std::size_t>(reach == Reach::node ? Hop::nvlink : Hop::net);
  const sim::Duration by_nccl = nccl_.base_latency[ring][simple] + nccl_.hop_latency[hop][ring][simple];
  return scaled(by_nccl, reach);
}

sim::BytesPerSecond CollectiveModel::message_rate(int group) const {
  if (calibration_.send_bandwidth.value > 0) return calibration_.send_bandwidth;
  const sim::BytesPerSecond nvlink = graphs_.nvlink_bandwidth(group);
  return nvlink.value > 0 ? nvlink : nic_rate(topology::node_of_group(cluster_->spec(), group));  // a node of one GPU
}

sim::BytesPerSecond CollectiveModel::nic_rate(const topology::NodeSpec& node) const {
  const double payload = std::min(node.nic.bandwidth, topology::fabric_link(cluster_->spec())).value * node.nic.efficiency;
  return {std::min(payload, node.pcie_bandwidth.value)};
}

sim::Duration CollectiveModel::step_latency(Protocol protocol, Reach reach) const {
  const auto number = static_cast<std::size_t>(protocol);
  if (reach == Reach::node && calibration_.on_node) return calibration_.on_node->ring.protocols[number].hop;
  const auto hop = static_cast<std::size_t>(reach == Reach::node ? Hop::nvlink : Hop::net);
  const sim::Duration by_nccl = nccl_.hop_latency[hop][static_cast<std::size_t>(NcclAlgorithm::ring)][number];
  return scaled(by_nccl, reach);
}

sim::Duration CollectiveModel::launch(Protocol protocol, Reach reach, int blocks) const {
  const auto number = static_cast<std::size_t>(protocol);
  if (reach == Reach::node && calibration_.on_node) {
    const RingTimes& ring = calibration_.on_node->ring;
    return ring.protocols[number].launch + sim::Duration::from_seconds(ring.spread.seconds() * std::log2(blocks));
  }
  const sim::Duration by_nccl = nccl_.base_latency[static_cast<std::size_t>(NcclAlgorithm::ring)][number];
  return scaled(by_nccl, reach);
}

sim::Duration CollectiveModel::scaled(sim::Duration by_nccl, Reach reach) const {
  return reach == Reach::node ? by_nccl : sim::Duration::from_seconds(by_nccl.seconds() * calibration_.inter_latency_scale);
}

sim::BytesPerSecond CollectiveModel::channel_rate(const CollectivePlan& ring, const GroupShape& shape) const {
  const bool is_measured = shape.counts.nodes == 1 && calibration_.on_node;
  const int channels = is_measured ? ring.thread_blocks : shape.communicator.channels;
  return ring.edge_rate * (static_cast<double>(shape.counts.of(GraphKind::ring)) / channels);
}

sim::BytesPerSecond CollectiveModel::block_rate(Protocol protocol, std::span<const GpuId> members, int channels) const {
  if (calibration_.on_node) {
    const RingTimes& ring = calibration_.on_node->ring;
    return {1 / (1 / ring.protocols[static_cast<std::size_t>(protocol)].block_rate.value + channels / ring.link.value)};
  }
  const GpuId first = members.front();
  std::vector<int> gpus(static_cast<std::size_t>(cluster_->node(first).gpus));
  std::iota(gpus.begin(), gpus.end(), 0);
  if (gpus.size() == 1) return {std::numeric_limits<double>::infinity()};
  const NodeGraphs::Entry& node = graphs_.of(cluster_->group_of(first), gpus, Reach::node);
  const NcclCommunicator on_node{.ranks = static_cast<int>(gpus.size()),
                                 .channels = node.thread_blocks,
                                 .graphs = tuner_graphs(node.graphs),
                                 .compute_capability = node.compute_capability,
                                 .cpu = node.cpu};
  const sim::CollectiveKind kind = sim::CollectiveKind::all_reduce;
  const sim::BytesPerSecond of_all = tuner_bandwidth(kind, NcclAlgorithm::ring, protocol, on_node, nccl_);
  return of_all * (bytes_per_edge(kind, on_node.ranks) * wire_factor(protocol) / on_node.channels);
}

int CollectiveModel::channels(sim::CollectiveKind kind, sim::Bytes bytes, Protocol protocol, const GroupShape& shape) const {
  const sim::CollectiveKind ring_kind = is_in_pairs(kind) ? sim::CollectiveKind::all_gather : kind;
  return nccl_launch(ring_kind, bytes, {NcclAlgorithm::ring, protocol}, shape.communicator, nccl_).channels;
}

Edge CollectiveModel::message_edge(GpuId from, GpuId to) const { return workloads::message_edge(*cluster_, from, to, filter_.pxn); }

CollectivePlan CollectiveModel::plan_send(sim::Bytes bytes, GpuId from, GpuId to) const {
  const Edge edge = message_edge(from, to);
  return plan_send(bytes, from, to, edge.rails ? cluster_->hops(from, to, *edge.rails) : 0);
}

CollectivePlan CollectiveModel::plan_send(sim::Bytes bytes, GpuId from, GpuId to, int hops,
                                          const std::optional<KernelMessages>& in_kernel) const {
  CollectivePlan plan{.algorithm = Algorithm::point_to_point, .kind = sim::CollectiveKind::broadcast, .edge_bytes = bytes};
  plan.latency = message_latency(hops == 0 ? Reach::node : Reach::nodes);
  plan.memory_bytes = moved_by_message(bytes);
  const topology::NodeSpec& sender = cluster_->node(from);
  if (hops == 0) {
    plan.thread_blocks = 2 * sender.nvlink.links_per_gpu;
    plan.edge_rate = message_rate(cluster_->group_of(from));
    return in_kernel ? as_step(plan, *in_kernel, Reach::node) : plan;
  }
  const topology::NodeSpec& receiver = cluster_->node(to);
  plan.thread_blocks = 2;
  plan.latency += slowness(cluster_->network_latency(hops, std::max(sender.nic.latency, receiver.nic.latency)));
  plan.edge_rate = std::min(nic_rate(sender), nic_rate(receiver)) * calibration_.inter_bandwidth_scale;
  return in_kernel ? as_step(plan, *in_kernel, Reach::nodes) : plan;
}

CollectivePlan CollectiveModel::as_step(CollectivePlan plan, const KernelMessages& in_kernel, Reach reach) const {
  plan.latency += step_latency(in_kernel.protocol, reach) - message_latency(reach);
  if (in_kernel.flags == KernelMessages::Flags::apart && plan.edge_bytes.count > 0) plan.latency = {};
  plan.protocol = in_kernel.protocol;
  plan.thread_blocks = 1;
  plan.edge_bytes = rounded_up(static_cast<double>(plan.edge_bytes.count) * wire_factor(in_kernel.protocol));
  plan.edge_rate = std::min(plan.edge_rate, in_kernel.channel_rate);
  if (in_kernel.pace.ticks > 0)
    plan.edge_rate = std::min(plan.edge_rate, sim::BytesPerSecond{static_cast<double>(plan.edge_bytes.count) / in_kernel.pace.seconds()});
  plan.memory_bytes = moved_by_message(plan.edge_bytes);
  return plan;
}

}  // namespace orrery::workloads
