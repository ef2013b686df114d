// Device memory of a training rank: weights, gradients, optimizer state, activations of the micro-batches in flight, buffers.
//
// Activations follow Korthikanti et al. 2022 ("Reducing Activation Recomputation in Large Transformer Models"), eq. 1-6. One layer and
// micro-batch of b sequences of s tokens, hidden h, a heads, tensor group t, in bytes (16-bit activations, 1-byte masks):
//     none, no sequence parallelism     s b h (10 + 24/t + 5 a s / (h t))
//     none, sequence parallelism        s b h / t (34 + 5 a s / h)
//     selective                         the same without the 5 a s / h term (as is fused attention)
//     full                              2 s b h (a layer's input; divided by t with sequence parallelism), and once the working set of the
//     layer recomputed
// With offloading what ZeRO shards is elsewhere: of a parameter that a rank owns, 12 bytes of states and the gradient in the host's memory
// (states on storage with nvme), and the 16-bit weight where weights are offloaded.
// A layer with experts has their inner tensors in place of the MLP's, for each copy of a token, and the copies as they are dispatched.
//
//     const auto memory = training_memory(job, software, gpu);          // of the fullest pipeline rank
#pragma once

#include <optional>

#include "sim/error.h"
#include "sim/units.h"
#include "topology/node_spec.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

struct MemoryUse {
  sim::Bytes weights{};
  sim::Bytes gradients{};
  sim::Bytes optimizer{};
  sim::Bytes activations{};
  sim::Bytes buffers{};
  sim::Bytes capacity{};
  int pipeline_rank = 0;  // whose it is

  // What a GPU leaves outside, with offloading: of the pipeline rank that leaves most.
  sim::Bytes host{};
  sim::Bytes storage{};

  sim::Bytes total() const { return weights + gradients + optimizer + activations + buffers; }
  bool fits() const { return total() <= capacity; }
};

MemoryUse rank_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu, int pipeline_rank);
/// Of the pipeline rank that needs most.
MemoryUse training_memory(const TrainingJob& job, const Software& software, const topology::GpuSpec& gpu);

/// Why the job does not fit the GPU, with the breakdown and what to do; placed by JSON pointer into the scenario. Nothing where it fits.
std::optional<sim::Fault> memory_fault(const TrainingJob& job, const MemoryUse& memory, const topology::GpuSpec& gpu);

/// Why what the GPUs of a node leave in the host's memory and on its storage does not fit there. Nothing where it fits.
std::optional<sim::Fault> offload_fault(const TrainingJob& job, const MemoryUse& memory, const topology::NodeSpec& node);

}  // namespace orrery::workloads
