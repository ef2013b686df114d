// What a running collective or message takes from kernels on the same GPUs, and where there are such kernels at all.
//
// NCCL's kernel holds a multiprocessor a channel for as long as it runs, and moves each byte through the GPU's memory several times. In a
// ring a byte that comes in is written by the neighbour into this GPU's buffer, read from there, and then either added to one that is read
// from the rank's own data, or written to where the rank wants it: three accesses a wire byte, which make three times the bus bandwidth
// (nccl-tests' PERFORMANCE.md). Trees and chains do the same; in the switch (NVLS) it is one access out of and one into memory, and two on
// each side between NCCL's buffer and the user's, which comes to as many. Between a pair, the sender reads, and the receiver's memory sees
// three accesses.
//
//     24 channels of 108 multiprocessors, 200 GB/s of bus bandwidth of 1.8 TB/s:
//       taken_by(plan, run, times)           // 0.22 of the arithmetic, 0.33 of the memory
//
// Kernels lose those shares (sim/interference.h): of memory what is moved over the time that a run takes where nothing holds its flows up
// (sim::rate_alone), latency included, and less in proportion while rivals or its own links do; in all, what it moves goes through the
// memory once. Leaves out: that the root of a gather or scatter moves most of it, and others hardly any (each is charged the mean, as the
// two ends of a message are); what the L2 cache keeps from memory, what buffers on the way to a NIC add, kernels of NCCL that wait for
// others before a collective begins, and that kernels slow collectives down.
#pragma once

#include <vector>

#include "sim/model.h"
#include "workloads/collective_plan.h"
#include "workloads/communications.h"
#include "workloads/kernel_times.h"

namespace orrery::workloads {

/// Accesses to a GPU's memory for each wire byte that a collective brings it, and for each byte that it exchanges in pairs.
inline constexpr double accesses_a_wire_byte = 3;
inline constexpr double accesses_a_byte_of_pairs = 4;  // 1 where it is sent, 3 where it is received

/// Of each GPU that takes part in a run that lasts so long where nothing holds it up, latency included.
sim::Takes taken_by(const CollectivePlan& plan, sim::Duration run, const KernelTimes& times);

/// By slot: whether a run of its activity can meet work on another stream of the script. It cannot where events keep the two apart: all
/// work before the join has to be done before, or waits until the join is. Looks at events that one stream records and the other waits for;
/// what is ordered by way of a third stream counts as meeting. Costs O(streams * steps).
std::vector<bool> slots_beside_work(const sim::Script& script);

/// Activities that never run beside work take nothing, so that nobody has to look. Scripts are those of the roles, in their order.
void keep_takings_beside_work(const Communications& communications, sim::Model& model);

}  // namespace orrery::workloads
