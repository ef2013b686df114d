// What is served: a transformer on one replica's GPUs, and how requests come to it. One static batch, or traffic over a service of
// replicas (workloads/serving/service.h).
//
//     ServingJob job{.model = llama2_70b, .parallelism = {.tensor = 8}};
//     job.batch = StaticBatch{.requests = 16, .prompt_tokens = 512, .output_tokens = 128};
#pragma once

#include <cstdint>
#include <optional>

#include "sim/kernel.h"
#include "workloads/transformer.h"

namespace orrery::workloads::serving {

/// GPUs of one replica: tensor x pipeline; experts are spread over the tensor ranks in groups of `expert`.
struct ServingParallelism {
  int tensor = 1;
  int pipeline = 1;
  int expert = 1;
  int gpus() const { return tensor * pipeline; }
  bool operator==(const ServingParallelism&) const = default;
};

/// All requests come at once, all prompts are as long and all answers, and nothing comes after (FasterTransformer's own measure).
struct StaticBatch {
  std::int64_t requests = 1;
  std::int64_t prompt_tokens = 1;
  std::int64_t output_tokens = 1;  // the first of them comes of the prompt's step
  bool operator==(const StaticBatch&) const = default;
};

/// What weights are stored in; products are computed in the job's precision.
enum class WeightType : std::uint8_t { as_precision, fp8, int8, int4 };

struct ServingJob {
  Transformer model;
  sim::DataType precision = sim::DataType::fp16;  // of activations and of the cached keys and values
  WeightType weights = WeightType::as_precision;
  ServingParallelism parallelism{};
  std::optional<StaticBatch> batch{};
};

/// Of one weight as it is stored: 2 of fp16, 0.5 of int4; scales of quantised weights are left out.
double bytes_per_weight(const ServingJob& job);

}  // namespace orrery::workloads::serving
