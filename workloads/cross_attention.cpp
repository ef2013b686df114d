#include "workloads/cross_attention.h"

#include "workloads/labels.h"

namespace orrery::workloads {

using sim::CollectiveKind;
using sim::KernelKind;

CrossAttention::CrossAttention(const TrainingJob& job, const Software& software, std::int32_t group, BackwardPart part)
    : JobKernels(job, part),
      software_(software),
      group_(group),
      queries_(job.decoder_length()),
      keys_(job.sequence_length),
      width_(job.model.attention_width() / job.parallelism.tensor),
      key_values_(2 * job.model.kv_heads * job.model.head_dimension() / job.parallelism.tensor),
      heads_(job.micro_batch * job.model.heads / job.parallelism.tensor) {}

std::int64_t CrossAttention::own(std::int64_t tokens) const {
  return job().micro_batch * tokens / (job().parallelism.sequence ? job().parallelism.tensor : 1);
}

void CrossAttention::gather(Operations& to, std::int64_t tokens) const {
  if (job().parallelism.tensor == 1 || !job().parallelism.sequence) return;
  const sim::Collect gathering{CollectiveKind::all_gather, own(tokens) * job().model.hidden, job().precision, group_};
  to.push_back({number(Label::tensor), gathering});
}

void CrossAttention::sum(Operations& to, std::int64_t tokens) const {
  if (job().parallelism.tensor == 1) return;
  const CollectiveKind kind = job().parallelism.sequence ? CollectiveKind::reduce_scatter : CollectiveKind::all_reduce;
  to.push_back({number(Label::tensor), sim::Collect{kind, own(tokens) * job().model.hidden, job().precision, group_}});
}

void CrossAttention::core_forward(Operations& to) const {
  const std::int64_t head = job().model.head_dimension();
  if (software_.fused_attention) return kernel(to, KernelKind::attention_block, heads_, queries_, keys_, head);
  kernel(to, KernelKind::gemm, queries_, keys_, head, heads_);
  kernel(to, KernelKind::softmax, heads_ * queries_, keys_);
  kernel(to, KernelKind::dropout, heads_ * queries_ * keys_);
  kernel(to, KernelKind::gemm, queries_, head, keys_, heads_);
  kernel(to, KernelKind::elementwise, job().micro_batch * queries_ * width_, 1, 1);  // heads back together
}

void CrossAttention::core_backward(Operations& to) const {
  const std::int64_t head = job().model.head_dimension();
  if (software_.fused_attention) return kernel(to, KernelKind::attention_block_backward, heads_, queries_, keys_, head);
  kernel(to, KernelKind::elementwise, job().micro_batch * queries_ * width_, 1, 1);
  kernel(to, KernelKind::gemm, queries_, keys_, head, heads_);  // gradient of the probabilities
  kernel(to, KernelKind::gemm, keys_, head, queries_, heads_);  // of the values
  kernel(to, KernelKind::dropout_backward, heads_ * queries_ * keys_);
  kernel(to, KernelKind::softmax_backward, heads_ * queries_, keys_);
  kernel(to, KernelKind::gemm, queries_, head, keys_, heads_);  // of the queries
  kernel(to, KernelKind::gemm, keys_, head, queries_, heads_);  // of the keys
}

void CrossAttention::forward(Operations& to) const {
  const std::int64_t hidden = job().model.hidden;
  kernel(to, KernelKind::layer_norm, own(queries_), hidden);
  gather(to, queries_);
  product(to, job().micro_batch * queries_, width_, hidden);
  gather(to, keys_);
  product(to, job().micro_batch * keys_, key_values_, hidden);
  core_forward(to);
  product(to, job().micro_batch * queries_, hidden, width_);
  sum(to, queries_);
  kernel(to, KernelKind::bias_dropout_add, own(queries_), hidden);
}

void CrossAttention::backward(Operations& to) const {
  const std::int64_t hidden = job().model.hidden;
  kernel(to, KernelKind::bias_dropout_add_backward, own(queries_), hidden);
  gather(to, queries_);
  product_backward(to, job().micro_batch * queries_, width_, hidden);
  if (job().recompute == Recompute::selective) core_forward(to);
  core_backward(to);
  gather(to, keys_);  // the encoder's output again, for the weights' gradient
  product_backward(to, job().micro_batch * keys_, hidden, key_values_);
  sum(to, keys_);
  kernel(to, KernelKind::elementwise, own(keys_) * hidden, 2, 1);
  gather(to, queries_);
  product_backward(to, job().micro_batch * queries_, hidden, width_);
  sum(to, queries_);
  kernel(to, KernelKind::layer_norm_backward, own(queries_), hidden);
  kernel(to, KernelKind::elementwise, own(queries_) * hidden, 2, 1);  // residual
}

}  // namespace orrery::workloads
