// Reads measured kernel tables of other projects into samples: aiconfigurator's operator tables (CSV, one row a shape, latency in ms) and
// Vidur's profiles of a transformer's parts (CSV, one row a shape, medians in ms); and one's own. Files may be gzipped. Costs one pass.
//
//     const std::vector<KernelSample> rows = import_gemm_table("gemm/sglang/0.5.9/gemm_perf.csv.gz");
//
// Throws sim::Error naming file and line for a missing column or a malformed number. Leaves out: quantised GEMMs, and attention that the
// descriptors of sim/kernel.h cannot say (grouped heads).
#pragma once

#include <string>
#include <vector>

#include "workloads/fit_collectives.h"
#include "workloads/fit_kernels.h"
#include "workloads/fit_noise.h"

namespace orrery::workloads {

/// The bf16 and fp16 rows of an aiconfigurator GEMM table: columns gemm_dtype, m, n, k, latency.
std::vector<KernelSample> import_gemm_table(const std::string& path);
/// The rows of an aiconfigurator context_attention table with as many key heads as query heads: causal prefill, bf16.
std::vector<KernelSample> import_attention_table(const std::string& path);
/// Norms, activations and residual sums of a Vidur MLP profile, medians: layer_norm, bias_gelu (its backward, which reads two tensors and
/// writes one, stands for a gated activation: no kind of its own), and elementwise.
std::vector<KernelSample> import_vidur_layers(const std::string& path);
/// One's own: columns kernel (gemm, attention, elementwise: the names of sim/kernel.h), type (fp16), a, b, c and d (what the kernel's kind
/// has of parameters, in order: m, n, k and batch of a gemm; what it has none of is empty), microseconds. Backward attention is refused: no
/// constant of it is fitted.
std::vector<KernelSample> import_kernel_samples(const std::string& path);
/// Mean and standard deviation of the matrix products of a Vidur MLP profile, over its repetitions.
std::vector<DeviationSample> import_vidur_deviations(const std::string& path);

/// The rows of all_reduce, all_gather, reduce_scatter and alltoall of an aiconfigurator NCCL table, halves and bytes. Its message_size is
/// an element count of the larger buffer: read as a count per rank, eight GPUs would gather at 1,640 GB/s each, over NVLink's 300.
std::vector<CollectiveSample> import_nccl_table(const std::string& path);
/// Vidur's send_recv profile, the rows whose two GPUs are on one node: medians, `size` in bytes.
std::vector<SendSample> import_vidur_sends(const std::string& path);

}  // namespace orrery::workloads
