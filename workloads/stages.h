// How a stack splits the layers of a model over virtual pipeline stages.
//
//     const auto stages = partition(job, software);      // [chunk * pipeline + rank]: MT-NLG on 35 ranks: 3 layers each
#pragma once

#include <vector>

#include "workloads/training_job.h"

namespace orrery::workloads {

struct Stage {
  std::int64_t layers = 0;
  std::int64_t dense = 0;  // of them, the first: of a mixture of experts those without, of an encoder and decoder the encoder's
  bool embedding = false;  // first virtual stage
  bool head = false;       // last virtual stage

  bool operator==(const Stage&) const = default;
};

/// Virtual stages in order of the forward pass; rank r of the pipeline holds stages r, r + pipeline, r + 2*pipeline, ...
/// The job must be valid for the stack (validate_job).
std::vector<Stage> partition(const TrainingJob& job, const Software& software);

/// Those that one rank of the pipeline holds, in order of the forward pass.
std::vector<Stage> stages_of_rank(const std::vector<Stage>& stages, int pipeline, int rank);

/// Why the layers cannot be split so, or "".
std::string partition_fault(const TrainingJob& job, const Software& software);

/// Weights of one rank: those that every replica has too, and those of experts, where a group of replicas divides them.
struct LocalWeights {
  std::int64_t common = 0;
  std::int64_t experts = 0;

  std::int64_t total() const { return common + experts; }
  LocalWeights& operator+=(const LocalWeights& other);
};
LocalWeights operator-(const LocalWeights& a, const LocalWeights& b);
LocalWeights operator*(std::int64_t times, const LocalWeights& weights);

/// What one rank of the tensor group holds of a stage. The tied embedding is held by the last stage too.
LocalWeights stage_weights(const TrainingJob& job, const Stage& stage);
LocalWeights layer_weights(const TrainingJob& job, LayerKind kind);
std::int64_t stage_parameters(const TrainingJob& job, const Stage& stage);

/// What is left of them to a rank where those who hold the same share them, rounded up.
std::int64_t shared_out(const Parallelism& parallelism, const LocalWeights& weights);

/// The vocabulary as the tensor group holds it: padded as Megatron does, or what V / tensor leaves over dropped
/// (TrainingJob::vocabulary_divisible_by).
std::int64_t padded_vocabulary(const TrainingJob& job);

}  // namespace orrery::workloads
