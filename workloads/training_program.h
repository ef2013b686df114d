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

}  // namespace orrery::workloads
