// The seam to collectives: for one operation on one communicator of a machine, how NCCL would do it and what that puts on the machine's
// links.
//
// NCCL chooses: its search finds graphs in the nodes (workloads/node_graphs.h), its tuner the algorithm and protocol it believes fastest
// (workloads/nccl_tuner.h). A plan moves the same bytes over every edge (workloads/collective_edges.h), all at one rate at most. Played as
// one flow (a hyperflow), its amount is what one edge carries and its multiplicities count edges over each resource; played edge by edge,
// each edge is a flow. Uncontended, seconds = latency + edge_bytes / edge_rate, which is NCCL's own time scaled by the calibration, and no
// link is asked for more than it has.
//
//     const CollectiveModel model(cluster, nccl, calibration.collectives);
//     const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, members);
//     const Paths paths = model.paths(plan, members);       // of edges: a flow each, or one over all of them, with merged(paths)
//     flow = {.amount = plan.edge_bytes.count, .rate_cap = plan.edge_rate.value, ...};
//
// Plans depend on a communicator's shape alone, so who has many alike asks for the shape and plans by it.
//
// Where nodes of several kinds take part, all do as the weakest of them could.
//
// All-to-all, gather and scatter are messages between pairs, as NCCL has it; all of a collective advance together, each GPU at the rate of
// its messages within a node, each NIC at its own.
// Costs: a search for each set of GPUs that a communicator takes of a node (0.1 to 30 ms, once; more where nodes have odd numbers of NICs),
// `shape` O(members), `plan` by a shape O(1), `paths` O(edges x path): of an all-to-all the square of its ranks. Not to be shared by
// threads. Leaves out: that channels of one graph may pass some ways more often than others (1/ways each here), and that a calibration is
// of one kind of node, whatever kinds take part.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/model.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/calibration.h"
#include "workloads/collective_plan.h"
#include "workloads/group.h"
#include "workloads/nccl_constants.h"
#include "workloads/nccl_tuner.h"
#include "workloads/node_graphs.h"
#include "workloads/paths.h"

namespace orrery::workloads {

/// What a communicator's GPUs look like to NCCL.
struct GroupShape {
  GroupCounts counts;
  NcclCommunicator communicator;
  sim::BytesPerSecond message_rate{};  // of messages between GPUs of one node
  sim::Duration slowness{};            // that the slowest hop between consecutive ranks has over the fabric behind NCCL's constants
  bool operator==(const GroupShape&) const = default;
};

class CollectiveModel {
 public:
  using Reach = NodeGraphs::Reach;  // on one node, or between nodes

  /// `filter` is what the user lets NCCL choose from (NCCL_ALGO, NCCL_PROTO, NCCL_CROSS_NIC).
  CollectiveModel(const topology::Cluster& cluster, const NcclConstants& nccl, const CollectiveCalibration& calibration,
                  const NcclFilter& filter = {});

  /// On the same machine, of which no set of GPUs is searched again.
  CollectiveModel with(const CollectiveCalibration& calibration) const;

  /// Of `members` in rank order, each once, at least one. Members and model must outlive the group.
  Group group(std::span<const topology::GpuId> members) const { return Group(*cluster_, graphs_, members, filter_.pxn); }
  GroupShape shape(const Group& group) const;

  /// How GPUs of that shape perform it. `bytes` as NCCL's tuner counts: the larger of send and receive buffer; a barrier is an all-reduce
  /// of one element. Of `calls` in one group all bytes, which one kernel moves. Throws sim::Error (unavailable) where the filter leaves
  /// nothing that could do it.
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, const GroupShape& shape, int calls = 1) const;
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, std::span<const topology::GpuId> members) const;
  /// The same in a given way. Throws sim::Error (unavailable) where the communicator cannot use it.
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, NcclWay way, std::span<const topology::GpuId> members,
                      sim::DataType type = sim::DataType::fp16) const;

  /// Of the plan's edges. The root of a broadcast or reduce, gather or scatter is the first member.
  Paths paths(const CollectivePlan& plan, std::span<const topology::GpuId> members) const;

  Edge message_edge(topology::GpuId from, topology::GpuId to) const;
  /// One message over a path of so many links of the fabric (topology::Cluster::hops), the same for all GPUs of the two's groups of nodes.
  /// Of messages inside a kernel, `launch` is what that kernel pays once.
  CollectivePlan plan_send(sim::Bytes bytes, topology::GpuId from, topology::GpuId to, int hops,
                           const std::optional<KernelMessages>& in_kernel = {}) const;
  CollectivePlan plan_send(sim::Bytes bytes, topology::GpuId from, topology::GpuId to) const;
  /// Of so many thread blocks, which do not start together where that is measured.
  sim::Duration launch(Protocol protocol, Reach reach, int blocks = 1) const;
  /// What a thread block of a planned ring moves, in wire bytes. NCCL's estimate is of all channels that there are, a measured time of
  /// those that are used.
  sim::BytesPerSecond channel_rate(const CollectivePlan& ring, const GroupShape& shape) const;
  /// What one of so many thread blocks of another algorithm moves between GPUs, in wire bytes: as measured of rings on a node, where blocks
  /// share what they were fitted to share, and all of a GPU together have its port (measured_port); else a channel's share of what NCCL's
  /// ring has of the first member's whole node. Unbounded where nodes are one GPU.
  sim::BytesPerSecond block_rate(Protocol protocol, std::span<const topology::GpuId> members, int channels) const;
  /// What a GPU's NVLink carries in all, each way, as sends between two GPUs were measured; 0 where they were not.
  sim::BytesPerSecond measured_port() const { return calibration_.send_bandwidth; }
  /// How many channels NCCL would give a ring of so many bytes; of messages between pairs, as of an all-gather.
  int channels(sim::CollectiveKind kind, sim::Bytes bytes, Protocol protocol, const GroupShape& shape) const;

 private:
  /// Of a collective that was measured for itself; null: of none.
  const CollectiveLine* line_of(sim::CollectiveKind kind, const GroupCounts& counts) const;
  CollectivePlan plan_tuned(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, const TunerChoice& choice,
                            const GroupShape& shape, int calls) const;
  CollectivePlan plan_pairs(sim::CollectiveKind kind, sim::Bytes bytes, const GroupShape& shape, int calls) const;
  /// Over a fabric that is no slower than the one behind NCCL's constants.
  sim::Duration message_latency(Reach reach) const;
  sim::Duration step_latency(Protocol protocol, Reach reach) const;
  /// Between nodes as calibrated.
  sim::Duration scaled(sim::Duration by_nccl, Reach reach) const;
  CollectivePlan as_step(CollectivePlan plan, const KernelMessages& in_kernel, Reach reach) const;
  sim::BytesPerSecond message_rate(int group) const;
  /// Of payload, by one NIC of a node.
  sim::BytesPerSecond nic_rate(const topology::NodeSpec& node) const;
  sim::Duration slowness(sim::Duration network_latency) const;

  const topology::Cluster* cluster_;
  NcclConstants nccl_;
  CollectiveCalibration calibration_;
  NcclFilter filter_;
  NodeGraphs graphs_;
};

}  // namespace orrery::workloads
