// The seam to collectives: for one operation on one communicator of a machine, how NCCL would do it and what that puts on the machine's
// links.
//
// A plan is turned into one activity (a hyperflow): all ring edges of all channels advance at one rate, so the activity's amount is the
// wire bytes of one channel's edge and its multiplicities count (channel, edge) pairs over each resource. Uncontended, seconds = latency +
// edge_bytes / channel_rate, which is NCCL's own time (workloads/ring_cost.h) scaled by the calibration, and no link is asked for more than
// it has.
//
//     const CollectiveModel model(cluster, nccl, calibration.collectives);
//     const CollectivePlan plan = model.plan(CollectiveKind::all_reduce, 100_MB, DataType::fp16, members);
//     // It crosses model.demands(plan, members).
//     activity = {.amount = plan.edge_bytes.count, .rate_cap = plan.channel_rate.value, .latency = plan.latency, ...};
//
// Rings. NCCL's channels that cross the same links are one channel here: on a node behind NVSwitch all of them, between nodes those of one
// NIC. Ring j enters every node by its j-th NIC at a GPU beside it, visits the node's members and leaves by the same NIC, so it keeps to
// one rail, as NCCL's rings on a DGX A100 do ("0 7 6 5 4 3 2 1", "1 2 3 4 5 6 7 0", ...).
//
// Today: rings for all_reduce, reduce_scatter, all_gather, broadcast, reduce (barrier as an all-reduce); point-to-point. The whole tuner
// (trees, CollNet, NVLS, PAT) takes its place behind `plan`, the graph search behind `ring_graph`. Leaves out: hosts that join PCIe
// otherwise than GPUs (2i, 2i+1) and their NICs under one switch; H100's crossing of rails between even and odd nodes (same load a NIC).
// Costs: `plan` O(members), `demands` O(channels x members x path).
#pragma once

#include <span>
#include <vector>

#include "sim/model.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/calibration.h"
#include "workloads/nccl_constants.h"
#include "workloads/ring_cost.h"

namespace orrery::workloads {

enum class Algorithm : std::uint8_t { none, ring, point_to_point };  // none: one rank or no bytes, nothing to do

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

  /// How `members` (in rank order, each once) perform it: the protocol is the one that NCCL believes fastest. `bytes` as its tuner counts:
  /// the larger of send and receive buffer. Throws sim::Error (unavailable) for kinds that are not modelled yet.
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, std::span<const topology::GpuId> members) const;
  /// The same by a given protocol. Throws sim::Error where the communicator cannot use it.
  CollectivePlan plan(sim::CollectiveKind kind, sim::Bytes bytes, sim::DataType type, Protocol protocol,
                      std::span<const topology::GpuId> members) const;
  /// What the plan's rings put on resources: merged, in order of resource. The root of a broadcast or reduce is the first member.
  std::vector<sim::Demand> demands(const CollectivePlan& plan, std::span<const topology::GpuId> members) const;

  /// One message from GPU to GPU.
  CollectivePlan plan_send(sim::Bytes bytes, topology::GpuId from, topology::GpuId to) const;
  std::vector<sim::Demand> send_demands(topology::GpuId from, topology::GpuId to) const;

  /// What NCCL's search would find for these GPUs. Rules for nodes with NVSwitch, in place of the search.
  RingGraph ring_graph(std::span<const topology::GpuId> members) const;

 private:
  CollectivePlan scaled_plan(sim::CollectiveKind kind, sim::Bytes bytes, Protocol protocol, const RingCost& cost, RingShape shape,
                             std::span<const topology::GpuId> members) const;
  sim::BytesPerSecond nic_speed() const;
  sim::Duration fabric_excess(std::span<const topology::GpuId> members) const;

  const topology::Cluster* cluster_;
  NcclConstants nccl_;
  CollectiveCalibration calibration_;
  Generation generation_;
};

}  // namespace orrery::workloads
