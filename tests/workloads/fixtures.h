// Jobs small enough to reason about, shared by the tests of workloads.
#pragma once

#include <sstream>
#include <string>

#include "sim/kernel.h"
#include "sim/program_text.h"
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

inline Software flash_software() {
  Software software = plain_software();
  software.name = "flash";
  software.fused_attention = true;
  return software;
}

/// The lines of a block in the Program's text, a newline before each and at the end, "compute: " left out: kernels stand as they are,
/// collectives as "tensor: ...".
inline std::string lines_of_block(const sim::Program& program, const std::string& block) {
  std::istringstream text(sim::text_of(program));
  std::string lines = "\n";
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.front() != ' ') inside = line == "block " + block;
    if (!inside || line.front() != ' ') continue;
    line.erase(0, 2);
    const std::string compute = "compute: ";
    lines += (line.starts_with(compute) ? line.substr(compute.size()) : line) + "\n";
  }
  return lines;
}

}  // namespace orrery::workloads::test
