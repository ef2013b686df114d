// The kernels and tensor-parallel collectives of one transformer layer, of the embedding and of the head, as one rank of Megatron-LM's
// partition performs them for one micro-batch (Shoeybi et al. 2019; sequence parallelism and selective recomputation: Korthikanti et al.
// 2022).
//
// Attention and the MLP are split over the tensor group by heads and columns; norms, dropout and residuals work on whole tokens, or on a
// share of the tokens with sequence parallelism. Each matrix product of the forward pass has two in the backward pass (for its input and
// its weight).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/context_operations.h"
#include "workloads/expert_operations.h"
#include "workloads/job_kernels.h"
#include "workloads/latent_attention.h"
#include "workloads/stages.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

class LayerOperations : JobKernels {
 public:
  /// `part` is what `backward` and `head_backward` do; without the weights' gradients they accumulate none. `tokens_of` is the kind of
  /// layers whose tokens they are, a decoder's or not: layers of other kinds, embedding and head take as many.
  LayerOperations(const TrainingJob& job, const Software& software, const LayerGroups& groups, BackwardPart part = BackwardPart::whole,
                  LayerKind tokens_of = LayerKind::dense);

  std::vector<sim::Operation> forward(LayerKind kind) const;
  /// With what `recompute` asks for done again first; ends with the accumulation of the layer's gradients.
  std::vector<sim::Operation> backward(LayerKind kind) const;
  std::vector<sim::Operation> embedding_forward() const;
  std::vector<sim::Operation> embedding_backward() const;
  /// Final norm, logits and loss over the vocabulary.
  std::vector<sim::Operation> head_forward() const;
  std::vector<sim::Operation> head_backward() const;

 private:
  void loss_pass(Operations& to, std::int64_t reads, std::int64_t writes) const;
  void loss_passes_forward(Operations& to) const;
  /// The weights' gradients are added to what earlier micro-batches left.
  void accumulate(Operations& to, const LocalWeights& weights) const;
  void accumulate_layer(Operations& to, LayerKind kind) const;
  void collect(Operations& to, sim::CollectiveKind kind, std::int64_t count) const;
  /// Partial sums of whole tokens become whole: all-reduce, or reduce-scatter with sequence parallelism.
  void sum_over_tensor_group(Operations& to) const;
  /// Shares of tokens become whole; nothing without sequence parallelism.
  void gather_tokens(Operations& to) const;

  void attention_forward(Operations& to) const;
  void attention_core_forward(Operations& to) const;
  void attention_core_backward(Operations& to) const;
  /// Whether tokens see those behind them too, as an encoder's do.
  bool sees_all() const { return job().model.has_encoder() && tokens_of_ != LayerKind::decoder; }
  void attention_backward(Operations& to) const;
  void mlp_forward(Operations& to) const;
  void mlp_backward(Operations& to) const;

  const Software& software_;
  LayerGroups groups_;
  LayerKind tokens_of_;
  std::int64_t length_;       // of a sequence
  std::int64_t tokens_;       // of the micro-batch
  std::int64_t norm_tokens_;  // that this rank's norms, dropouts and residuals see
  std::int64_t hidden_;
  std::int64_t local_hidden_;  // this rank's heads
  std::int64_t local_qkv_;
  std::int64_t local_ffn_;
  std::int64_t score_batch_;  // micro-batch x local heads
  std::int64_t local_vocabulary_;
};

}  // namespace orrery::workloads
