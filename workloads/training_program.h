// One iteration of a training job as a Program: what `orrery program` prints and every player plays.
//
// Ranks are numbered as in workloads/training_groups.h. One role a pipeline rank, or three where sequences go in rings. Streams of a rank:
//   main               kernels and collectives of layers, in the order of the schedule; gradients and optimizer at the end
//   forward_receive, forward_send, backward_receive, backward_send    transfers between pipeline ranks
//   data               gradient reductions, where the stack overlaps them with the backward pass
//   weights_up, gradients_down    what passes between GPU and host (workloads/offload_streams.h)
//   tensor             collectives beside products (workloads/tensor_overlap.h)
//   context_send, ...  keys, values and their gradients (workloads/context_operations.h)
//
// Transfers. Where the stack blocks (Software::blocking_pipeline, Megatron-LM of 2021), a rank that has finished a pass posts its send and
// the receive of its next pass together and waits for both. Else, and where backward passes are split, receives are posted ahead and sends
// are not waited for.
//
//     const sim::Program program = training_program(job, software);       // job valid: validate_job(...) is empty
#pragma once

#include "sim/program.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

sim::Program training_program(const TrainingJob& job, const Software& software);

/// What a pass sends on to the next stage: activations, or their gradients, of a micro-batch.
sim::Bytes pipeline_transfer_bytes(const TrainingJob& job, const Software& software);

/// Whether transfers between pipeline ranks hold them up until they are done. Ranks that begin their passes in another order than their
/// neighbours would wait for each other.
inline bool blocks_on_transfers(const TrainingJob& job, const Software& software) {
  return software.blocking_pipeline && !splits_backward(job);
}

/// Whether what comes over a pipeline link is a share that the tensor group puts together again (Software::scatter_gather).
inline bool gathers_transfers(const TrainingJob& job, const Software& software) {
  return software.scatter_gather && !job.parallelism.sequence && job.parallelism.tensor > 1;
}

}  // namespace orrery::workloads
