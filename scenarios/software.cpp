#include "scenarios/software.h"

#include "scenarios/data_types.h"

namespace orrery::scenarios {

using workloads::LossPrecision;
using workloads::StagePartition;

void describe(Fields& fields, workloads::Software& software) {
  fields.optional("name", "of the preset", text(software.name));
  fields.optional("source", "what is known of the stack, and from where", text(software.source));
  fields.optional("nccl", "version whose constants apply (orrery list nccl)", text(software.nccl));
  fields.optional("stage_partition", "how layers are split over pipeline stages",
                  choice(software.stage_partition, {{"divisible", StagePartition::divisible},
                                                    {"uniform", StagePartition::uniform},
                                                    {"with-embeddings", StagePartition::with_embeddings}}));
  fields.optional("fused_attention", "flash attention instead of score matrices in memory", flag(software.fused_attention));
  fields.optional("fused_softmax", "scale, mask and softmax in one kernel", flag(software.fused_softmax));
  fields.optional("scatter_gather", "pipeline transfers are split over the tensor group", flag(software.scatter_gather));
  fields.optional("blocking_pipeline", "pipeline transfers block computation on both sides", flag(software.blocking_pipeline));
  fields.optional("overlap_gradients", "gradients are reduced during the backward pass", flag(software.overlap_gradients));
  fields.optional("overlap_tensor", "collectives of sequence parallelism run beside the products they feed or follow (tp_comm_overlap)",
                  flag(software.overlap_tensor));
  fields.optional("interference", "kernels slow down beside collectives", flag(software.interference));
  fields.optional("gradient_type", "what gradients are accumulated in", data_type(software.gradient_type));
  fields.optional("reductions", "what gradients are reduced in; default: gradient_type", data_type(software.reductions));
  fields.optional("loss_precision", "what the loss is computed in",
                  choice(software.loss_precision, {{"fp32", LossPrecision::fp32}, {"as-reductions", LossPrecision::as_reductions}}));
  fields.optional("reserved_memory", "device memory that contexts, buffers and fragmentation take",
                  quantity(software.reserved_memory, Zero::allowed));
  fields.optional("host_per_kernel", "the CPU's cost of a launch: a rank goes no faster than this a kernel",
                  quantity(software.host_per_kernel, Zero::allowed));
  fields.optional("launch_gap", "that the device waits from one kernel to the next", quantity(software.launch_gap, Zero::allowed));
  fields.optional("blocking_launches", "the CPU waits for each kernel before it launches the next (CUDA_LAUNCH_BLOCKING)",
                  flag(software.blocking_launches));
  fields.optional("attention_slowdown", "fused attention over the calibration's, which is FlashAttention-2",
                  real(software.attention_slowdown, 0.1, 10));
  fields.optional("compute_slowdown", "kernels in training over kernels alone", real(software.compute_slowdown, 0.1, 10));
  fields.optional("collective_slowdown", "collectives without rivals over the calibration's, all-to-alls apart",
                  real(software.collective_slowdown, 0.1, 10));
  fields.optional("fitted", "which of the numbers were fitted to measured runs", list(software.fitted));
  fields.optional("validated", "against what predictions of this stack were measured", object(software.validated));
}

void describe(Fields& fields, workloads::FittedConstant& constant) {
  fields.required("name", "of the number", text(constant.name));
  fields.required("to", "which runs", text(constant.to));
}

void describe(Fields& fields, workloads::Validation& validation) {
  fields.required("dataset", "its name", text(validation.dataset));
  fields.required("rows", "measured runs in it", integer(validation.rows, 1, 1'000'000));
  fields.required("mape", "mean absolute error, as a fraction", real(validation.mape, 0, 100));
  fields.optional("compute_capability", "of the GPUs that ran them", integer(validation.compute_capability, 0, 1'000));
}

}  // namespace orrery::scenarios
