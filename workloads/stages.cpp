#include "workloads/stages.h"

#include <algorithm>

namespace orrery::workloads {
namespace {

// `items` over `stages` as evenly as they go, the first ones taking one more.
std::vector<std::int64_t> even_split(std::int64_t items, std::int64_t stages) {
  std::vector<std::int64_t> shares(static_cast<std::size_t>(stages), items / stages);
  for (std::int64_t i = 0; i < items % stages; ++i) ++shares[static_cast<std::size_t>(i)];
  return shares;
}

}  // namespace

std::string partition_fault(const TrainingJob& job, const Software& software) {
  const std::int64_t stages = std::int64_t{job.parallelism.pipeline} * job.parallelism.interleave;
  const std::int64_t items = job.model.layers + (software.stage_partition == StagePartition::with_embeddings ? 2 : 0);
  if (items < stages) return std::to_string(job.model.layers) + " layers are fewer than " + std::to_string(stages) + " pipeline stages";
  if (software.stage_partition == StagePartition::divisible && job.model.layers % stages != 0) {
    return std::to_string(job.model.layers) + " layers do not divide into " + std::to_string(stages) +
           " stages (pipeline x interleave), which " + software.name + " demands";
  }
  return "";
}

std::vector<Stage> partition(const TrainingJob& job, const Software& software) {
  const std::int64_t stages = std::int64_t{job.parallelism.pipeline} * job.parallelism.interleave;
  const bool with_embeddings = software.stage_partition == StagePartition::with_embeddings;
  auto shares = even_split(job.model.layers + (with_embeddings ? 2 : 0), stages);
  if (with_embeddings) {
    --shares.front();
    --shares.back();
  }
  std::vector<Stage> result;
  result.reserve(shares.size());
  std::int64_t dense = layers_before_usual(job.model);
  for (const std::int64_t layers : shares) {
    result.push_back({.layers = layers, .dense = std::min(layers, dense)});
    dense -= result.back().dense;
  }
  result.front().embedding = true;
  result.back().head = true;
  return result;
}

std::vector<Stage> stages_of_rank(const std::vector<Stage>& stages, int pipeline, int rank) {
  std::vector<Stage> held;
  for (std::size_t s = static_cast<std::size_t>(rank); s < stages.size(); s += static_cast<std::size_t>(pipeline))
    held.push_back(stages[s]);
  return held;
}

std::int64_t padded_vocabulary(const TrainingJob& job) {
  const std::int64_t tensor = job.parallelism.tensor;
  if (job.vocabulary_divisible_by == 0) return job.model.vocabulary / tensor * tensor;
  const std::int64_t multiple = job.vocabulary_divisible_by * tensor;
  return (job.model.vocabulary + multiple - 1) / multiple * multiple;
}

LocalWeights& LocalWeights::operator+=(const LocalWeights& other) {
  common += other.common;
  experts += other.experts;
  return *this;
}

LocalWeights operator-(const LocalWeights& a, const LocalWeights& b) { return {a.common - b.common, a.experts - b.experts}; }

LocalWeights operator*(std::int64_t times, const LocalWeights& weights) { return {times * weights.common, times * weights.experts}; }

LocalWeights layer_weights(const TrainingJob& job, LayerKind kind) {
  const std::int64_t t = job.parallelism.tensor;
  const std::int64_t whole = layer_parameters(job.model, kind);
  if (job.parallelism.expert == 1) return {.common = whole / t};
  const std::int64_t routed = expert_parameters(job.model, kind);
  return {.common = (whole - routed) / t, .experts = routed / (t * job.parallelism.expert)};
}

// Matrices are split over the tensor group; norms, positions and the biases of row-split matrices are small and counted as split too.
LocalWeights stage_weights(const TrainingJob& job, const Stage& stage) {
  const Transformer& model = job.model;
  const LayerKind usual = usual_kind(model);
  const std::int64_t with_experts = stage.layers - stage.dense;
  std::int64_t whole = with_experts * layer_parameters(model, usual) + stage.dense * layer_parameters(model, LayerKind::dense);
  LocalWeights weights;
  if (job.parallelism.expert > 1) {
    whole -= with_experts * expert_parameters(model, usual);
    weights.experts = with_experts * layer_weights(job, usual).experts;
  }
  const std::int64_t table = padded_vocabulary(job) * model.hidden;
  if (stage.embedding) whole += table + (model.norm == Norm::layer_norm ? model.max_sequence * model.hidden : 0);
  const int last_norms = model.has_encoder() ? 2 : 1;
  if (stage.head) whole += last_norms * model.hidden * (model.norm == Norm::layer_norm ? 2 : 1);
  if (stage.head && !(stage.embedding && model.tied_embeddings)) whole += table;
  weights.common = (whole + job.parallelism.tensor - 1) / job.parallelism.tensor;
  return weights;
}

std::int64_t stage_parameters(const TrainingJob& job, const Stage& stage) { return stage_weights(job, stage).total(); }

std::int64_t shared_out(const Parallelism& parallelism, const LocalWeights& weights) {
  const std::int64_t sharers = parallelism.sharers();
  const std::int64_t of_experts = sharers / parallelism.expert;
  return (weights.common + sharers - 1) / sharers + (weights.experts + of_experts - 1) / of_experts;
}

}  // namespace orrery::workloads
