// Jobs small enough to reason about, shared by the tests of workloads.
#pragma once

#include "sim/kernel.h"
#include "topology/cluster.h"
#include "workloads/training_job.h"
#include "workloads/training_run.h"

namespace orrery::workloads::test {

inline const sim::Kernel layer_norm{sim::KernelKind::layer_norm, sim::DataType::fp16, {4096, 4096, 1, 1}};

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
