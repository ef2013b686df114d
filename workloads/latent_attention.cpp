#include "workloads/latent_attention.h"

#include "workloads/labels.h"

namespace orrery::workloads {

using sim::KernelKind;

LatentProjections::LatentProjections(const TrainingJob& job, BackwardPart part) : JobKernels(job, part), tokens_(job.tokens()) {
  const Transformer& model = job.model;
  const std::int64_t heads = model.heads / job.parallelism.tensor;
  queries_ = heads * (model.head_dimension() + model.rope_dimension);
  key_values_ = heads * 2 * model.head_dimension();
  down_ = model.query_rank + model.key_value_rank + model.rope_dimension;
}

void LatentProjections::forward(std::vector<sim::Operation>& to) const {
  const Transformer& model = job().model;
  product(to, tokens_, down_, model.hidden);
  if (model.query_rank > 0) kernel(to, KernelKind::layer_norm, tokens_, model.query_rank);
  kernel(to, KernelKind::layer_norm, tokens_, model.key_value_rank);
  product(to, tokens_, queries_, model.query_rank > 0 ? model.query_rank : model.hidden);
  product(to, tokens_, key_values_, model.key_value_rank);
  kernel(to, KernelKind::elementwise, tokens_ * queries_, 2, 2);  // positions, of queries and of keys beside what came up
}

void LatentProjections::backward(std::vector<sim::Operation>& to) const {
  const Transformer& model = job().model;
  kernel(to, KernelKind::elementwise, tokens_ * queries_, 2, 2);
  product_backward(to, tokens_, model.key_value_rank, key_values_);
  product_backward(to, tokens_, model.query_rank > 0 ? model.query_rank : model.hidden, queries_);
  kernel(to, KernelKind::layer_norm_backward, tokens_, model.key_value_rank);
  if (model.query_rank > 0) kernel(to, KernelKind::layer_norm_backward, tokens_, model.query_rank);
  product_backward(to, tokens_, model.hidden, down_);
}

}  // namespace orrery::workloads
