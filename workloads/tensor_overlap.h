// Collectives of sequence parallelism beside the products that they feed or follow (Megatron-core's tp_comm_overlap, Transformer Engine's
// user buffers): a plain list of operations (workloads/layer_operations.h) becomes two, for the main stream and for one beside it, joined
// by two events. In n parts, one a rank of the tensor group:
//
//     gather, product              a part of the product as soon as its tokens are there      one part of the gather is exposed
//     product, scatter             a part is scattered as soon as it is computed              one part of the scatter is exposed
//     gather, 2 products           (gradients of inputs and of weights) the first in parts
//     gather, 2 products, scatter  the gathered input is needed for the second alone, the first gives what is scattered: the gather runs
//                                  beside the first, the scatter beside the second, whole
//
// With g and m the times of a part of each, a gather and its product take max(n g + m, g + n m), a product and its scatter alike: no less
// than the longer of both. Smaller products and messages are less efficient, and collectives take from kernels beside them.
//
//     const Overlapped layer = overlap_tensor(operations.forward(kind), job.parallelism.tensor, groups.tensor);
//
// Costs O(operations). Leaves out: the head, which Megatron does not overlap either, grouped products of experts, and copies by the copy
// engines instead of kernels.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/offload_streams.h"

namespace orrery::workloads {

/// Of a rank that overlaps; those of offloading come before.
inline constexpr std::int32_t first_overlap_event = first_offload_event + offload_event_count;
inline constexpr std::int32_t overlap_event_count = 2;

struct Overlapped {
  std::vector<sim::Operation> main;
  std::vector<sim::Operation> beside;  // empty where nothing is overlapped
};

/// `group` is the number of the tensor group's communicator, `parts` >= 1.
Overlapped overlap_tensor(const std::vector<sim::Operation>& plain, std::int64_t parts, std::int32_t group);

}  // namespace orrery::workloads
