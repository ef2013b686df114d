// The seam to collectives: for one operation on one communicator of a machine, how NCCL would do it and what that puts on the machine's
// links.
//
// A plan moves the same bytes over every edge of its rings (workloads/rings.h), all at one rate at most. Played as one flow (a hyperflow),
// its amount is the wire bytes of one ring's edge and its multiplicities count (ring, edge) pairs over each resource; played edge by edge,
// each edge is a flow. Uncontended, seconds = latency + edge_bytes / channel_rate, which is NCCL's own time (workloads/ring_cost.h) scaled
// by the calibration, and no link is asked for more than it has.
//
//     const CollectiveModel model(cluster, nccl, calibration.collectives);
//     const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, members);
//     const Paths paths = model.paths(plan, members);       // of edges: a flow each, or one over all of them, with merged(paths)
//     flow = {.amount = plan.edge_bytes.count, .rate_cap = plan.channel_rate.value, ...};
//
// Plans depend on a communicator's shape alone, so who has many alike asks for the shape and plans by it.
//
// Where a communicator's nodes are of several kinds, each searches its own and NCCL takes the least of what they find: channels and speeds
// of the weakest, the constants of the oldest GPU generation, no LL128 between generations, and of CPUs of several vendors LL's bandwidth
// as of AMD's and the overhead of others. The calibration is the one that is given, whatever device it is of.
//
// Today: rings for all_reduce, reduce_scatter, all_gather, broadcast, reduce (barrier as an all-reduce); point-to-point. The whole tuner
// (trees, CollNet, NVLS, PAT) takes its place behind `plan`, the graph search behind `shape`.
// Costs: `shape` O(members), `plan` by a shape O(1), `paths` O(channels x members x path).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/model.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/calibration.h"
#include "workloads/nccl_constants.h"
#include "workloads/paths.h"
#include "workloads/ring_cost.h"
#include "workloads/rings.h"

namespace orrery::workloads {

enum class Algorithm : std::uint8_t { none, ring, point_to_point };  // none: one rank or no bytes, nothing to do

/// What a communicator's GPUs look like to NCCL.
struct GroupShape {
  RingShape members;
  int rings = 1;             // over links of their own
  RingGraph graph;           // what its search finds
  sim::Duration slowness{};  // that the slowest hop between consecutive ranks has over the fabric behind NCCL's constants
  bool operator==(const GroupShape&) const = default;
};

struct CollectivePlan {
  Algorithm algorithm = Algorithm::none;
  sim::CollectiveKind kind = sim::CollectiveKind::all_reduce;
  Protocol protocol = Protocol::simple;
  int channels = 0;       // rings over different links
  int thread_blocks = 0;  // multiprocessors that each member gives to it
  sim::Duration latency{};
  sim::BytesPerSecond channel_rate{};  // cap of each channel, in wire bytes
  sim::Bytes edge_bytes{};             // wire bytes over each edge of each channel
};

class CollectiveModel {
 public:
  /// Throws sim::Error (unavailable) where the constants cover no GPU of the cluster, and plans do for one that they do not cover.
  CollectiveModel(const topology::Cluster& cluster, const NcclConstants& nccl, const CollectiveCalibration& calibration);

  /// Of `members` in rank order, each once, at least one; `rings` are theirs. In place of NCCL's search, rules for nodes with NVSwitch.
  GroupShape shape(std::span<const topology::GpuId> members, const Rings& rings) const;
  GroupShape shape(std::span<const topology::GpuId> members) const;

  /// How GPUs of that shape perform it: the protocol is the one that NCCL believes fastest. `bytes` as its tuner counts: the larger of send
  /// and receive buffer. Throws sim::Error (unavailable) for kinds that are not modelled yet.
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, const GroupShape& shape) const;
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, std::span<const topology::GpuId> members) const;
  /// The same by a given protocol. Throws sim::Error where the communicator cannot use it.
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, Protocol protocol,
                      std::span<const topology::GpuId> members) const;
  /// The edges of the plan's rings, ring by ring. The root of a broadcast or reduce is the first member.
  Paths paths(const CollectivePlan& plan, std::span<const topology::GpuId> members) const;

  /// One message over a path of so many links of the fabric (topology::Cluster::hops), the same for all GPUs of the two's groups.
  CollectivePlan plan_send(sim::Bytes bytes, topology::GpuId from, topology::GpuId to, int hops) const;
  CollectivePlan plan_send(sim::Bytes bytes, topology::GpuId from, topology::GpuId to) const;

 private:
  CollectivePlan scaled_plan(sim::CollectiveKind kind, sim::Bytes bytes, Protocol protocol, const RingCost& cost,
                             const GroupShape& shape) const;
  Generation generation(int group) const;
  sim::BytesPerSecond nic_speed(int group) const;
  RingGraph graph_of_channels(int group, int channels, double speed) const;
  /// What the search of one group's nodes finds, on a node and between several.
  RingGraph node_graph(int group) const;
  RingGraph graph_between(int group, const Rings& rings) const;
  RingGraph ring_graph(std::span<const topology::GpuId> members, const Rings& rings) const;
  /// Groups of nodes that GPUs are of, each once, in order.
  std::vector<int> groups_of(std::span<const topology::GpuId> gpus) const;
  sim::Duration slowness(sim::Duration network_latency) const;

  const topology::Cluster* cluster_;
  NcclConstants nccl_;
  CollectiveCalibration calibration_;
  std::vector<std::optional<Generation>> generations_;  // by group of nodes; none: not covered
};

}  // namespace orrery::workloads
