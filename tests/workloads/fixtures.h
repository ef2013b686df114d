// Machines and jobs small enough to reason about, shared by the tests of workloads.
#pragma once

#include "topology/cluster.h"
#include "workloads/training_job.h"
#include "workloads/training_run.h"

namespace orrery::workloads::test {

inline topology::NodeSpec dgx_a100() {
  using namespace sim::literals;
  topology::NodeSpec node;
  node.name = "dgx-a100-80gb";
  node.gpu = {.name = "A100-SXM4-80GB",
              .memory = sim::Bytes{85'899'345'920},
              .memory_bandwidth = sim::gigabytes_per_second(2039),
              .peak_fp32 = sim::teraflops_per_second(19.5),
              .peak_fp16 = sim::teraflops_per_second(312),
              .peak_fp8 = {},
              .multiprocessors = 108,
              .compute_capability = 80,
              .l2_cache = 40_MB};
  node.gpus = 8;
  node.nvlink = {.links_per_gpu = 12, .link_bandwidth = sim::gigabytes_per_second(25)};
  node.pcie_bandwidth = sim::gigabytes_per_second(26);
  node.nic = {.name = "HDR", .bandwidth = sim::gigabits_per_second(200), .efficiency = 0.985, .latency = 600_ns};
  node.nics = 8;
  node.fabric_switch = {.name = "Quantum", .ports = 40, .latency = 130_ns};
  node.cpu = topology::CpuVendor::amd;
  return node;
}

/// A GPT of `layers` layers, small enough to be played in milliseconds.
inline Transformer small_gpt(std::int64_t layers) {
  Transformer model;
  model.name = "small";
  model.layers = layers;
  model.hidden = 1024;
  model.heads = 16;
  model.kv_heads = 16;
  model.ffn = 4096;
  return model;
}

inline TrainingJob small_job(int tensor, int pipeline, int data, std::int64_t micro_batches) {
  TrainingJob job;
  job.model = small_gpt(2 * pipeline);
  job.sequence_length = 512;
  job.parallelism.tensor = tensor;
  job.parallelism.pipeline = pipeline;
  job.parallelism.data = data;
  job.global_batch = micro_batches * data;
  job.recompute = Recompute::full;
  return job;
}

inline Software plain_software() {
  Software software;
  software.name = "plain";
  return software;
}

}  // namespace orrery::workloads::test
