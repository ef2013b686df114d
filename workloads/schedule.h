// The order in which a pipeline rank works: forward and backward passes of micro-batches and chunks (virtual stages).
//
//     pipeline_schedule(job, rank = 1)        // of 2 ranks, 3 micro-batches, 1F1B: F0 B0 F1 B1 F2 B2
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/training_job.h"

namespace orrery::workloads {

enum class Pass : std::uint8_t { forward, backward };

struct Slot {
  Pass pass;
  std::int32_t micro_batch;
  std::int32_t chunk;
  bool operator==(const Slot&) const = default;
};

/// GPipe: all forward, then all backward. 1F1B (PipeDream-flush; Narayanan et al. 2021, fig. 4 top): pipeline - rank - 1 forwards, then one
/// forward and one backward in turn. Interleaved (fig. 4 bottom, as in Megatron-LM's forward_backward_pipelining_with_interleaving):
/// micro-batches in groups of `pipeline`, each group through all chunks; 2 (pipeline - rank - 1) + (interleave - 1) pipeline forwards
/// first.
std::vector<Slot> pipeline_schedule(const TrainingJob& job, int rank);

/// The same in groups between which ranks exchange activations and gradients: every pass alone, but pairs of one forward and one backward
/// pass in the steady part of an interleaved schedule, where Megatron-LM exchanges once a pair (neighbours are two passes apart there, so
/// that their pairs match and their passes do not).
std::vector<std::vector<Slot>> pipeline_phases(const TrainingJob& job, int rank);

/// The most passes whose activations a rank holds at once (forward done, backward not), counted in chunks.
std::int64_t peak_in_flight(const TrainingJob& job, int rank);

}  // namespace orrery::workloads
