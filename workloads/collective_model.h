// The seam to collectives: for one operation on one communicator of a machine, how NCCL would do it and what that puts on the machine's
// links.
//
// A plan moves the same bytes over every edge of its rings (workloads/rings.h), all at one rate at most. Played as one flow (a hyperflow),
// its amount is the wire bytes of one ring's edge and its multiplicities count (ring, edge) pairs over each resource; played edge by edge,
// each edge is a flow. Uncontended, seconds = latency + edge_bytes / channel_rate, which is NCCL's own time (workloads/nccl_tuner.h) scaled
// by the calibration, and no link is asked for more than it has.
//
//     const CollectiveModel model(cluster, nccl, calibration.collectives);
//     const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, members);
//     const Paths paths = model.paths(plan, members);       // of edges: a flow each, or one over all of them, with merged(paths)
//     flow = {.amount = plan.edge_bytes.count, .rate_cap = plan.channel_rate.value, ...};
//
// Plans depend on a communicator's shape alone, so who has many alike asks for the shape and plans by it.
//
// Today: rings for all_reduce, reduce_scatter, all_gather, broadcast, reduce (barrier as an all-reduce); point-to-point. The tuner knows
// trees, CollNet, NVLS and PAT; graphs for them, from the search, take their place behind `shape`, their edges behind `paths`. Costs:
// `shape` O(members), `plan` by a shape O(1), `paths` O(channels x members x path).
#pragma once

#include <span>
#include <vector>

#include "sim/model.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/calibration.h"
#include "workloads/nccl_communicator.h"
#include "workloads/nccl_constants.h"
#include "workloads/nccl_tuner.h"
#include "workloads/paths.h"
#include "workloads/rings.h"

namespace orrery::workloads {

enum class Algorithm : std::uint8_t { none, ring, point_to_point };  // none: one rank or no bytes, nothing to do

/// What a communicator's GPUs look like to NCCL.
struct GroupShape {
  NcclCommunicator communicator{};  // with a graph of rings alone
  int rings = 1;                  // over links of their own
  sim::Duration slowness{};       // that the slowest hop between consecutive ranks has over the fabric behind NCCL's constants
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
  /// Throws sim::Error (unavailable) for GPUs of a generation that the constants do not cover.
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

  /// One message over a path of so many links of the fabric (topology::Cluster::hops).
  CollectivePlan plan_send(sim::Bytes bytes, int hops) const;
  CollectivePlan plan_send(sim::Bytes bytes, topology::GpuId from, topology::GpuId to) const;

 private:
  CollectivePlan scaled_plan(sim::CollectiveKind kind, sim::Bytes bytes, Protocol protocol, const TunerCost& cost,
                             const GroupShape& shape) const;
  sim::BytesPerSecond nic_speed() const;
  TunerGraph graph_of_channels(int channels, double speed) const;
  TunerGraph node_graph() const;
  TunerGraph ring_graph(const Rings& rings) const;
  sim::Duration slowness(int hops) const;

  const topology::Cluster* cluster_;
  NcclConstants nccl_;
  CollectiveCalibration calibration_;
  Generation generation_;
};

}  // namespace orrery::workloads
