// The order in which a pipeline rank works: forward and backward passes of micro-batches and chunks (virtual stages).
//
//     pipeline_schedule(job, rank = 1)        // of 2 ranks, 3 micro-batches, 1F1B: F0 B0 F1 B1 F2 B2
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/training_job.h"

namespace orrery::workloads {

/// Where backward passes are split, `backward` is for the gradients of inputs, and those of weights are a pass of their own.
enum class Pass : std::uint8_t { forward, backward, weights };

struct Slot {
  Pass pass;
  std::int32_t micro_batch;
  std::int32_t chunk;
  bool operator==(const Slot&) const = default;
};

/// GPipe: all forward, then all backward. 1F1B (PipeDream-flush; Narayanan et al. 2021, fig. 4 top): pipeline - rank - 1 forwards, then one
/// forward and one backward in turn. Interleaved (fig. 4 bottom, as in Megatron-LM's forward_backward_pipelining_with_interleaving):
/// micro-batches in groups of `pipeline`, each group through all chunks; 2 (pipeline - rank - 1) + (interleave - 1) pipeline forwards
/// first. ZB-H1 and ZB-H2 (Qi et al. 2023, arXiv 2401.10241, section 2): 1F1B, and weights' gradients as many micro-batches late as there
/// are ranks before; H2 also begins with `pipeline - rank - 1` more forwards, and is late by twice as many. With passes of F, B and W on
/// p ranks and enough micro-batches, W <= B, a rank waits for (p - 1) (F + B + W) in 1F1B (W in its B), (p - 1) (F + B - W) in H1 and
/// (p - 1) (F + B - 2 W) in H2, from its first pass on. Ranks begin (p - 1) F apart, and end together here: what lets them go on to the
/// next iteration apart (the paper's section 4) is left out, so that an iteration with H2 has a bubble of (p - 1) F at least.
std::vector<Slot> pipeline_schedule(const TrainingJob& job, int rank);

/// The same in groups between which ranks exchange activations and gradients: every pass alone, but pairs of one forward and one backward
/// pass in the steady part of an interleaved schedule, where Megatron-LM exchanges once a pair (neighbours are two passes apart there, so
/// that their pairs match and their passes do not).
std::vector<std::vector<Slot>> pipeline_phases(const TrainingJob& job, int rank);

/// The most passes whose activations a rank holds at once (forward done, backward not, or its weights' part), counted in chunks. Inputs of
/// matrices are most of it, so that what is kept for the weights counts as all.
std::int64_t peak_in_flight(const TrainingJob& job, int rank);

}  // namespace orrery::workloads
