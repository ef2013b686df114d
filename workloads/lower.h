// Puts a Program on a machine: Program x Cluster x KernelTimes x CollectiveModel -> sim::Model.
//
// Every rank becomes an actor, every role a script. Kernels become work on the GPU's processor; kernels that follow each other in a stream
// under one label become one step. A collective becomes one activity a group, a message one activity a pair of ranks and tag, whose flows
// cross NVLink ports, PCIe lanes, NICs and switch links. Routes are computed here, once a group; nothing is stored by rank x operation or
// by pair of GPUs, and collectives of one group share the demands of their rings.
//
//     const sim::Model model = lower(program, cluster, packed_placement(program.ranks), times, collectives, {});
//
// Cost: 131,072 GPUs of a GPT-3 in 0.15 s; memory is the Model's and 30 bytes a rank.
// `times` are those of all kernels, whatever GPUs the ranks are on (workloads/placement.h tells which kind that is). Where nodes differ,
// copies to and from the host go at the slowest node's PCIe; of a host's memory and storage each GPU of a node has an equal share, also
// while others ask for nothing. Where sends within a node were measured, all that crosses a GPU's NVLink has no more than they had (a DGX
// A100: 282 of 300 GB/s), whichever algorithm and however many collectives at once. What runs beside kernels slows them down
// (workloads/interference.h). Leaves out, refused as unavailable: receives from any rank or with any tag.
#pragma once

#include <optional>
#include <vector>

#include "sim/engine.h"
#include "sim/error.h"
#include "sim/model.h"
#include "sim/program.h"
#include "topology/cluster.h"
#include "topology/condition.h"
#include "workloads/collective_model.h"
#include "workloads/kernel_times.h"
#include "workloads/part_speeds.h"
#include "workloads/placement.h"

namespace orrery::workloads {

class Communications;

struct LoweringOptions {
  Granularity granularity = Granularity::hyperflow;
  sim::Duration host_per_kernel{};  // kernels in a row take at least this each: the CPU launches no faster
  sim::Duration launch_gap{};       // that the device waits from one kernel to the next, however far ahead the CPU is
  bool blocking_launches = false;   // kernels take this each besides: the CPU waits for one before it launches the next
  double attention_slowdown = 1;    // of fused attention, over kernels measured alone
  double compute_slowdown = 1;      // over kernels measured alone
  bool interference = true;         // collectives and messages take from the kernels beside them
  NoiseCalibration noise{};         // of kernels and devices
  topology::Condition condition{};  // of the machine: what is broken or slow, and what becomes so while the Program runs

  PartSpeeds speeds{};  // of a machine that is better or worse than it is

  /// What messages are steps of; none: each is a launch of its own.
  std::optional<KernelMessages> in_kernel{};
};

/// Throws sim::Error where the program needs what the machine or the models do not have (more ranks than GPUs, a path that is cut off), and
/// where the condition contradicts itself or names what the cluster does not have.
sim::Model lower(const sim::Program& program, const topology::Cluster& cluster, const Placement& placement, const KernelTimes& times,
                 const CollectiveModel& collectives, const LoweringOptions& options);

/// The same without the condition's changes, for `add_changes` (workloads/reroutes.h) to go on from, as often as there are conditions.
/// `communications` is of the program and its placement, and new.
sim::Model lower_at_start(const sim::Program& program, const topology::Cluster& cluster, const KernelTimes& times,
                          const CollectiveModel& collectives, const LoweringOptions& options, Communications& communications);

/// Why the Model that `lower` made of the same arguments came to a stop, as the user's fault (infeasible): which pair is cut off, or what
/// died and holds the rest up.
sim::Error stuck_error(const sim::Stuck& stuck, const sim::Program& program, const topology::Cluster& cluster, const Placement& placement,
                       const KernelTimes& times, const CollectiveModel& collectives, const LoweringOptions& options);

}  // namespace orrery::workloads
