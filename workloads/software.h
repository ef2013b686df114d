// What a training stack does of its own accord: which kernels it fuses, how it splits layers, when it communicates. One file each in
// scenarios/software/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/kernel.h"
#include "sim/units.h"

namespace orrery::workloads {

enum class StagePartition : std::uint8_t {
  divisible,       // layers must divide by stages x interleave (Megatron-LM)
  uniform,         // any number of layers; the first stages take one more (DeepSpeed "uniform")
  with_embeddings  // embedding and head count as a layer each (DeepSpeed "type:transformer|embedding")
};

enum class LossPrecision : std::uint8_t {
  fp32,          // logits are cast for the loss (Megatron-LM)
  as_reductions  // they are where gradients are reduced in fp32 (FSDP's mixed precision: DEFAULT casts, PURE does not)
};

/// What was measured against predictions of this stack, as `validity.expected_error` reports it.
struct Validation {
  std::string dataset;
  int rows = 0;
  double mape = 0;
  int compute_capability = 80;  // of the GPUs that ran them
};

/// A number of a stack that was fitted to measured runs; at most three a stack.
struct FittedConstant {
  std::string name;  // the member's
  std::string to;    // what it was fitted to
};

struct Software {
  std::string name;  // "megatron-lm-2021"
  std::string source;
  std::string nccl = "2.28";  // constants file in scenarios/nccl/
  StagePartition stage_partition = StagePartition::divisible;
  bool fused_attention = false;                       // flash attention instead of score matrices in memory
  bool fused_softmax = true;                          // scale, mask and softmax in one kernel
  bool scatter_gather = false;                        // pipeline transfers are split over the tensor group
  bool blocking_pipeline = true;                      // transfers block computation on both sides
  bool overlap_gradients = false;                     // data-parallel reduction during the backward pass
  bool overlap_tensor = false;                        // sequence parallelism's collectives beside products (workloads/tensor_overlap.h)
  bool interference = true;                           // kernels slow down beside collectives (workloads/interference.h)
  sim::DataType gradient_type = sim::DataType::fp32;  // what gradients are accumulated in
  std::optional<sim::DataType> reductions;            // what they are reduced in, where the scenario does not say
  LossPrecision loss_precision = LossPrecision::fp32;
  sim::Bytes reserved_memory{2'000'000'000};  // CUDA context, NCCL's and cuBLAS's buffers, fragmentation
  sim::Duration host_per_kernel{};            // the CPU's cost of a launch: a rank goes no faster than this a kernel
  sim::Duration launch_gap{};                 // that the device waits from one kernel to the next
  bool blocking_launches = false;             // the CPU waits for each kernel before the next (CUDA_LAUNCH_BLOCKING): the costs add up
  double attention_slowdown = 1;              // fused attention over the calibration's, which is FlashAttention-2
  double compute_slowdown = 1;                // kernels in training over kernels alone: clocks under load, allocator, streams
  double collective_slowdown = 1;  // collectives without rivals over the calibration's; not of messages between pairs, as all-to-alls are
  std::vector<FittedConstant> fitted;
  std::optional<Validation> validated;
};

}  // namespace orrery::workloads
