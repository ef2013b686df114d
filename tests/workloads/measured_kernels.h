// The measured rows that scenarios/calibrations/a100-sxm-80gb.json was fitted to, chosen as its provenance says.
#pragma once

#include <string>
#include <vector>

#include "tests/committed.h"
#include "workloads/calibrate_kernels.h"
#include "workloads/fit_collectives.h"
#include "workloads/fit_kernels.h"
#include "workloads/import_kernel_tables.h"

namespace orrery::workloads::measured {

inline std::vector<KernelSample> gemms(const std::string& data, const std::string& engine = "sglang/0.5.9") {
  return import_gemm_table(data + "/kernels/a100_sxm/gemm/" + engine + "/gemm_perf.csv.gz");
}

inline std::vector<KernelSample> attentions(const std::string& data, const std::string& engine = "sglang/0.5.9") {
  const std::string file = data + "/kernels/a100_sxm/attention/" + engine + "/context_attention_perf.csv.gz";
  return read_kernel_tables({.attention = {file}}, committed::dgx_a100().gpu).attention;
}

inline std::vector<std::string> layer_profiles(const std::string& data) {
  std::vector<std::string> files;
  for (const char* model : {"CodeLlama-34b-Instruct-hf", "Llama-2-70b-hf", "Llama-2-7b-hf", "Meta-Llama-3-70B", "Meta-Llama-3-8B",
                            "Qwen-72B", "internlm-20b", "phi-2"}) {
    files.push_back(data + "/kernels/vidur/a100_mlp_" + model + ".csv.gz");
  }
  return files;
}

/// Sums and GELUs that are all launch or that no cache holds.
inline std::vector<KernelSample> memory_kernels(const std::string& data) {
  return read_kernel_tables({.layers = layer_profiles(data)}, committed::dgx_a100().gpu).memory;
}

inline std::vector<CollectiveSample> collectives(const std::string& data) {
  return import_nccl_table(data + "/kernels/a100_sxm/comm/nccl/2.27.3/nccl_perf.csv.gz");
}
/// From 1 MB, below which the profile shows the host's overhead alone.
inline std::vector<SendSample> sends(const std::string& data) {
  std::vector<SendSample> rows = import_vidur_sends(data + "/kernels/vidur/net_a100_dgx_send_recv.csv.gz");
  std::erase_if(rows, [](const SendSample& row) { return row.bytes.count < 1'000'000; });
  return rows;
}

}  // namespace orrery::workloads::measured
