#include "workloads/training_blocks.h"

#include <iterator>
#include <string>
#include <utility>

#include "workloads/layer_operations.h"
#include "workloads/tensor_overlap.h"

namespace orrery::workloads {
namespace {

using Operations = std::vector<sim::Operation>;

// What a whole backward pass does and one that leaves out the weights' gradients does not; the rest is in the same order in both.
Operations left_out(const Operations& whole, const Operations& inputs) {
  Operations rest;
  std::size_t next = 0;
  for (const sim::Operation& operation : whole) {
    if (next < inputs.size() && operation == inputs[next]) {
      ++next;
    } else {
      rest.push_back(operation);
    }
  }
  return rest;
}

void append(Operations&& more, Operations& to) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

TrainingBlocks training_blocks(const TrainingJob& job, const Software& software, const TrainingGroups& groups) {
  const LayerGroups numbers{.tensor = groups.tensor, .expert = groups.expert, .context = groups.context};
  const LayerOperations first(job, software, numbers);  // and of the embedding
  const LayerOperations whole(job, software, numbers, BackwardPart::whole, usual_kind(job.model));
  const LayerOperations inputs(job, software, numbers, BackwardPart::inputs, usual_kind(job.model));
  const LayerKind usual = usual_kind(job.model);
  TrainingBlocks result;
  const auto add = [&result](std::string name, Operations operations) {
    result.blocks.push_back({std::move(name), std::move(operations)});
    result.beside.push_back(-1);
    return static_cast<std::int32_t>(result.blocks.size() - 1);
  };
  const auto add_layer = [&](std::string name, Operations operations) {
    if (!software.overlap_tensor || job.parallelism.tensor == 1 || splits_backward(job)) return add(std::move(name), std::move(operations));
    auto [main, beside] = overlap_tensor(operations, job.parallelism.tensor, groups.tensor);
    const std::int32_t block = add(name, std::move(main));
    if (!beside.empty()) result.beside[static_cast<std::size_t>(block)] = add(name + "_tensor", std::move(beside));
    return block;
  };
  const LayerOperations& backward = splits_backward(job) ? inputs : whole;
  result.layer = {add_layer("layer_forward", whole.forward(usual)), add_layer("layer_backward", backward.backward(usual))};
  Operations embedding = first.embedding_forward();
  Operations of_embedding = first.embedding_backward();
  if (job.model.has_encoder()) {  // that of targets beside it
    append(whole.embedding_forward(), embedding);
    append(whole.embedding_backward(), of_embedding);
  }
  result.embedding.forward = add("embedding_forward", std::move(embedding));
  const std::int32_t of_table = add("embedding_backward", std::move(of_embedding));
  (splits_backward(job) ? result.embedding.weights : result.embedding.backward) = of_table;  // has no inputs
  result.head = {add("head_forward", whole.head_forward()), add("head_backward", backward.head_backward())};
  const bool has_dense = layers_before_usual(job.model) > 0;
  if (has_dense) {
    result.dense = {add_layer("dense_layer_forward", first.forward(LayerKind::dense)),
                    add_layer("dense_layer_backward", (splits_backward(job) ? inputs : first).backward(LayerKind::dense))};
  }
  if (splits_backward(job)) {
    result.layer.weights = add("layer_weights", left_out(whole.backward(usual), inputs.backward(usual)));
    result.head.weights = add("head_weights", left_out(whole.head_backward(), inputs.head_backward()));
    if (has_dense) {
      result.dense.weights = add("dense_layer_weights", left_out(whole.backward(LayerKind::dense), inputs.backward(LayerKind::dense)));
    }
  }
  if (is_ring(job)) {
    result.ring = static_cast<std::int32_t>(result.blocks.size());
    for (sim::Block& block : ring_blocks(job)) result.blocks.push_back(std::move(block));
  }
  return result;
}

}  // namespace orrery::workloads
