#include "workloads/layer_operations.h"

#include "workloads/cross_attention.h"
#include "workloads/labels.h"

namespace orrery::workloads {

using sim::CollectiveKind;
using sim::KernelKind;

LayerOperations::LayerOperations(const TrainingJob& job, const Software& software, const LayerGroups& groups, BackwardPart part,
                                 LayerKind tokens_of)
    : JobKernels(job, part), software_(software), groups_(groups), tokens_of_(tokens_of), length_(job.length_in(tokens_of)) {
  const std::int64_t t = job.parallelism.tensor;
  tokens_ = job.tokens(tokens_of);
  norm_tokens_ = job.parallelism.sequence ? tokens_ / t : tokens_;
  hidden_ = job.model.hidden;
  local_hidden_ = job.model.attention_width() / t;
  local_qkv_ = (job.model.attention_width() + 2 * job.model.kv_heads * job.model.head_dimension()) / t;
  local_ffn_ = job.model.ffn / t;
  score_batch_ = job.micro_batch * job.model.heads / t;
  local_vocabulary_ = padded_vocabulary(job) / t;
}

// Reads the new and the old gradient, writes the sum. In a wider type the new one is read in the precision of the pass. Where the data
// group shards gradients, they are reduced first (widened for it where need be), and each rank adds its share.
void LayerOperations::accumulate(Operations& to, const LocalWeights& weights) const {
  if (backward_part() == BackwardPart::inputs) return;
  std::int64_t parameters = weights.total();
  if (job().parallelism.zero >= 2 && job().parallelism.sharers() > 1) {
    if (sim::size_of(job().reductions) > sim::size_of(job().precision)) kernel(to, KernelKind::elementwise, parameters, 1, 2);
    parameters = shared_out(job().parallelism, weights);
  }
  to.push_back({number(Label::compute), sim::Compute{{KernelKind::elementwise, software_.gradient_type, {parameters, 2, 1, 1}}}});
}

// Tensor by tensor, as the backward pass comes to have them; a shard of the data group's is of the layer's tensors as one (FSDP flattens
// them). What is not a matrix are norms and, but in gated models, the biases of the matrices.
void LayerOperations::accumulate_layer(Operations& to, LayerKind kind) const {
  LocalWeights rest = layer_weights(job(), kind);
  if (job().parallelism.zero >= 2 || job().model.has_latent_attention()) return accumulate(to, rest);
  const auto take = [&](std::int64_t parameters) {
    accumulate(to, {.common = parameters});
    rest.common -= parameters;
  };
  for (const std::int64_t columns : {local_qkv_, local_hidden_}) take(hidden_ * columns);
  if (kind == LayerKind::decoder) {
    for (const std::int64_t columns : {local_hidden_, local_qkv_ - local_hidden_, local_hidden_}) take(hidden_ * columns);
  }
  if (kind == LayerKind::experts) return accumulate(to, rest);  // of all experts as one, as grouped products have them
  for (const std::int64_t columns : {(job().model.gated ? 2 : 1) * local_ffn_, local_ffn_}) take(hidden_ * columns);
  const int norms = kind == LayerKind::decoder ? 3 : 2;
  const int vectors = norms * (job().model.norm == Norm::layer_norm ? 2 : 1) + (job().model.has_biases() ? 4 : 0);
  for (int i = vectors; i > 0; --i) take(rest.common / i);
}

// Of outputs = inputs * weights over `rows` tokens: the gradient of the inputs, then of the weights.
void LayerOperations::collect(Operations& to, CollectiveKind kind, std::int64_t count) const {
  if (job().parallelism.tensor == 1) return;
  to.push_back({number(Label::tensor), sim::Collect{kind, count, job().precision, groups_.tensor}});
}

void LayerOperations::sum_over_tensor_group(Operations& to) const {
  if (job().parallelism.sequence) {
    collect(to, CollectiveKind::reduce_scatter, norm_tokens_ * hidden_);
  } else {
    collect(to, CollectiveKind::all_reduce, tokens_ * hidden_);
  }
}

void LayerOperations::gather_tokens(Operations& to) const {
  if (job().parallelism.sequence) collect(to, CollectiveKind::all_gather, norm_tokens_ * hidden_);
}

// ---- attention

void LayerOperations::attention_core_forward(Operations& to) const {
  if (job().parallelism.context > 1) return ContextAttention(job(), groups_.context).forward(to);
  const std::int64_t s = length_;
  const std::int64_t d = job().model.core_dimension();
  if (software_.fused_attention && sees_all()) return kernel(to, KernelKind::attention_block, score_batch_, s, s, d);
  if (software_.fused_attention) {
    kernel(to, KernelKind::attention, job().micro_batch, job().model.heads / job().parallelism.tensor, s, d);
    return;
  }
  kernel(to, KernelKind::gemm, s, s, d, score_batch_);
  if (!software_.fused_softmax) {  // scale and mask in passes of their own, softmax in fp32 between two casts
    kernel(to, KernelKind::elementwise, score_batch_ * s * s, 1, 1);
    kernel(to, KernelKind::elementwise, score_batch_ * s * s, 2, 1);
    kernel(to, KernelKind::elementwise, score_batch_ * s * s, 3, 3);
  }
  if (job().model.has_encoder()) kernel(to, KernelKind::elementwise, score_batch_ * s * s, 2, 1);  // the bias of distances
  kernel(to, KernelKind::softmax, score_batch_ * s, s);
  kernel(to, KernelKind::dropout, score_batch_ * s * s);
  kernel(to, KernelKind::gemm, s, d, s, score_batch_);
  kernel(to, KernelKind::elementwise, tokens_ * local_hidden_, 1, 1);  // heads back together
}

void LayerOperations::attention_core_backward(Operations& to) const {
  if (job().parallelism.context > 1) return ContextAttention(job(), groups_.context).backward(to);
  const std::int64_t s = length_;
  const std::int64_t d = job().model.core_dimension();
  if (software_.fused_attention && sees_all()) return kernel(to, KernelKind::attention_block_backward, score_batch_, s, s, d);
  if (software_.fused_attention) {
    kernel(to, KernelKind::attention_backward, job().micro_batch, job().model.heads / job().parallelism.tensor, s, d);
    return;
  }
  kernel(to, KernelKind::elementwise, tokens_ * local_hidden_, 1, 1);
  kernel(to, KernelKind::gemm, s, s, d, score_batch_);  // gradient of the probabilities
  kernel(to, KernelKind::gemm, s, d, s, score_batch_);  // of the values
  kernel(to, KernelKind::dropout_backward, score_batch_ * s * s);
  kernel(to, KernelKind::softmax_backward, score_batch_ * s, s);
  if (job().model.has_encoder()) kernel(to, KernelKind::elementwise, score_batch_ * s * s, 1, 0);
  if (!software_.fused_softmax) {
    kernel(to, KernelKind::elementwise, score_batch_ * s * s, 3, 3);
    kernel(to, KernelKind::elementwise, score_batch_ * s * s, 2, 1);
  }
  kernel(to, KernelKind::gemm, s, d, s, score_batch_);  // of the queries
  kernel(to, KernelKind::gemm, s, d, s, score_batch_);  // of the keys
  kernel(to, KernelKind::elementwise, tokens_ * local_qkv_, 1, 1);
}

void LayerOperations::attention_forward(Operations& to) const {
  kernel(to, KernelKind::layer_norm, norm_tokens_, hidden_);
  gather_tokens(to);
  if (job().model.has_latent_attention()) {
    LatentProjections(job(), backward_part()).forward(to);
  } else {
    product(to, tokens_, local_qkv_, hidden_);
  }
  attention_core_forward(to);
  product(to, tokens_, hidden_, local_hidden_);
  sum_over_tensor_group(to);
  kernel(to, KernelKind::bias_dropout_add, norm_tokens_, hidden_);
}

void LayerOperations::attention_backward(Operations& to) const {
  kernel(to, KernelKind::bias_dropout_add_backward, norm_tokens_, hidden_);
  gather_tokens(to);
  product_backward(to, tokens_, local_hidden_, hidden_);
  if (job().recompute == Recompute::selective) attention_core_forward(to);
  attention_core_backward(to);
  gather_tokens(to);  // the input again, for the weight's gradient
  if (job().model.has_latent_attention()) {
    LatentProjections(job(), backward_part()).backward(to);
  } else {
    product_backward(to, tokens_, hidden_, local_qkv_);
  }
  sum_over_tensor_group(to);
  kernel(to, KernelKind::layer_norm_backward, norm_tokens_, hidden_);
  kernel(to, KernelKind::elementwise, norm_tokens_ * hidden_, 2, 1);  // residual
}

// ---- MLP

void LayerOperations::mlp_forward(Operations& to) const {
  const std::int64_t in = job().model.gated ? 2 * local_ffn_ : local_ffn_;
  kernel(to, KernelKind::layer_norm, norm_tokens_, hidden_);
  gather_tokens(to);
  product(to, tokens_, in, hidden_);
  if (job().model.gated) {
    kernel(to, KernelKind::elementwise, tokens_ * local_ffn_, 2, 1);
  } else {
    kernel(to, KernelKind::bias_gelu, tokens_, local_ffn_);
  }
  product(to, tokens_, hidden_, local_ffn_);
  sum_over_tensor_group(to);
  kernel(to, KernelKind::bias_dropout_add, norm_tokens_, hidden_);
}

void LayerOperations::mlp_backward(Operations& to) const {
  const std::int64_t in = job().model.gated ? 2 * local_ffn_ : local_ffn_;
  kernel(to, KernelKind::bias_dropout_add_backward, norm_tokens_, hidden_);
  gather_tokens(to);
  product_backward(to, tokens_, local_ffn_, hidden_);
  if (job().model.gated) {
    kernel(to, KernelKind::elementwise, tokens_ * local_ffn_, 3, 2);
  } else {
    kernel(to, KernelKind::bias_gelu_backward, tokens_, local_ffn_);
  }
  gather_tokens(to);
  product_backward(to, tokens_, hidden_, in);
  sum_over_tensor_group(to);
  kernel(to, KernelKind::layer_norm_backward, norm_tokens_, hidden_);
  kernel(to, KernelKind::elementwise, norm_tokens_ * hidden_, 2, 1);
}

// ---- layer, embedding, head

std::vector<sim::Operation> LayerOperations::forward(LayerKind kind) const {
  Operations operations;
  attention_forward(operations);
  if (kind == LayerKind::decoder) CrossAttention(job(), software_, groups_.tensor, backward_part()).forward(operations);
  if (kind == LayerKind::experts) {
    ExpertOperations(job(), groups_).forward(operations);
  } else {
    mlp_forward(operations);
  }
  return operations;
}

std::vector<sim::Operation> LayerOperations::backward(LayerKind kind) const {
  Operations operations;
  if (job().recompute == Recompute::full) operations = forward(kind);
  if (kind == LayerKind::experts) {
    ExpertOperations(job(), groups_, backward_part()).backward(operations);
  } else {
    mlp_backward(operations);
  }
  if (kind == LayerKind::decoder) CrossAttention(job(), software_, groups_.tensor, backward_part()).backward(operations);
  attention_backward(operations);
  accumulate_layer(operations, kind);
  return operations;
}

std::vector<sim::Operation> LayerOperations::embedding_forward() const {
  Operations operations;
  kernel(operations, KernelKind::embedding, tokens_, hidden_);
  sum_over_tensor_group(operations);
  kernel(operations, KernelKind::elementwise, norm_tokens_ * hidden_, 2, 1);  // positions
  kernel(operations, KernelKind::dropout, norm_tokens_ * hidden_);
  return operations;
}

std::vector<sim::Operation> LayerOperations::embedding_backward() const {
  Operations operations;
  kernel(operations, KernelKind::dropout_backward, norm_tokens_ * hidden_);
  gather_tokens(operations);
  kernel(operations, KernelKind::embedding_backward, tokens_, hidden_);
  accumulate(operations, {.common = local_vocabulary_ * hidden_});
  return operations;
}

void LayerOperations::loss_pass(Operations& to, std::int64_t reads, std::int64_t writes) const {
  const std::int64_t logits = tokens_ * local_vocabulary_;
  to.push_back({number(Label::compute), sim::Compute{{KernelKind::elementwise, job().loss_type(software_), {logits, reads, writes, 1}}}});
}

// Cross-entropy as Megatron-LM's vocab_parallel_cross_entropy does it, in passes over the logits.
void LayerOperations::loss_passes_forward(Operations& to) const {
  if (job().loss_type(software_) != job().precision) kernel(to, KernelKind::elementwise, tokens_ * local_vocabulary_, 1, 2);  // to fp32
  loss_pass(to, 1, 0);                                                                                                        // maximum
  loss_pass(to, 1, 1);  // less the maximum
  loss_pass(to, 1, 1);  // exponential
  loss_pass(to, 1, 0);  // sum
  loss_pass(to, 1, 1);  // probabilities, kept for the backward pass
}

std::vector<sim::Operation> LayerOperations::head_forward() const {
  Operations operations;
  kernel(operations, KernelKind::layer_norm, norm_tokens_, hidden_);
  gather_tokens(operations);
  kernel(operations, KernelKind::gemm, tokens_, local_vocabulary_, hidden_);
  loss_passes_forward(operations);
  if (job().parallelism.tensor > 1) {  // maximum, target's logit and sum of each token, in fp32, over the shares of the vocabulary
    for (int i = 0; i < 3; ++i) {
      operations.push_back({number(Label::tensor), sim::Collect{CollectiveKind::all_reduce, tokens_, sim::DataType::fp32, groups_.tensor}});
    }
  }
  return operations;
}

std::vector<sim::Operation> LayerOperations::head_backward() const {
  Operations operations;
  loss_pass(operations, 1, 1);  // gradient of the loss over the probabilities
  if (job().loss_type(software_) != job().precision)
    kernel(operations, KernelKind::elementwise, tokens_ * local_vocabulary_, 2, 1);  // back
  gather_tokens(operations);
  kernel(operations, KernelKind::gemm, tokens_, hidden_, local_vocabulary_);
  if (backward_part() == BackwardPart::whole) kernel(operations, KernelKind::gemm, local_vocabulary_, hidden_, tokens_);
  sum_over_tensor_group(operations);
  kernel(operations, KernelKind::layer_norm_backward, norm_tokens_, hidden_);
  accumulate(operations, {.common = local_vocabulary_ * hidden_});
  return operations;
}

}  // namespace orrery::workloads
