#include "workloads/expert_operations.h"

#include "workloads/expert_routing.h"
#include "workloads/labels.h"

namespace orrery::workloads {

using sim::CollectiveKind;
using sim::KernelKind;

namespace {

// Rows are rounded up to that. They are no leading dimension of any grouped product, so that odd numbers of them do not slow it down as odd
// dimensions do others.
constexpr std::int64_t row_vector = 8;

}  // namespace

ExpertOperations::ExpertOperations(const TrainingJob& job, const LayerGroups& groups, BackwardPart part)
    : JobKernels(job, part), groups_(groups), spread_(job.parallelism.expert > 1), hidden_(job.model.hidden), tokens_(job.tokens()) {
  const Parallelism& parallelism = job.parallelism;
  norm_tokens_ = parallelism.sequence ? tokens_ / parallelism.tensor : tokens_;
  routed_ = spread_ ? norm_tokens_ : tokens_;
  copies_ = expert_routing(job).fullest_rank;
  sent_ = (copies_ + parallelism.tensor - 1) / parallelism.tensor;
  experts_ = job.model.experts / parallelism.expert;
  rows_ = (copies_ + experts_ * row_vector - 1) / (experts_ * row_vector) * row_vector;
  width_ = job.model.expert_width() / parallelism.tensor;
  shared_width_ = job.model.shared_experts * width_;
}

void ExpertOperations::activation(Operations& to, std::int64_t rows, std::int64_t width) const {
  if (job().model.gated) return kernel(to, KernelKind::elementwise, rows * width, 2, 1);
  kernel(to, KernelKind::bias_gelu, rows, width);
}

void ExpertOperations::activation_backward(Operations& to, std::int64_t rows, std::int64_t width) const {
  if (job().model.gated) return kernel(to, KernelKind::elementwise, rows * width, 3, 2);
  kernel(to, KernelKind::bias_gelu_backward, rows, width);
}

void ExpertOperations::collect(Operations& to, CollectiveKind kind, std::int64_t count) const {
  if (job().parallelism.tensor == 1) return;
  to.push_back({number(Label::tensor), sim::Collect{kind, count, job().precision, groups_.tensor}});
}

// As the tensor group of a dense MLP.
void ExpertOperations::gather_tokens(Operations& to) const {
  if (job().parallelism.sequence) collect(to, CollectiveKind::all_gather, norm_tokens_ * hidden_);
}

void ExpertOperations::sum_tokens(Operations& to) const {
  if (job().parallelism.sequence) return collect(to, CollectiveKind::reduce_scatter, norm_tokens_ * hidden_);
  collect(to, CollectiveKind::all_reduce, tokens_ * hidden_);
}

// What the fullest rank receives, everyone takes to send.
void ExpertOperations::all_to_all(Operations& to) const {
  to.push_back({number(Label::expert), sim::Collect{CollectiveKind::all_to_all, sent_ * hidden_, job().precision, groups_.expert}});
}

// To the experts, sorted by expert; or back to where the tokens are at home, partial sums of the tensor group added up.
void ExpertOperations::move(Operations& to, Move move) const {
  if (!spread_) return;
  if (move == Move::dispatch) {
    all_to_all(to);
    collect(to, CollectiveKind::all_gather, sent_ * hidden_);
  }
  if (experts_ > 1) kernel(to, KernelKind::elementwise, copies_ * hidden_, 1, 1);
  if (move == Move::give_back) {
    collect(to, CollectiveKind::reduce_scatter, sent_ * hidden_);
    all_to_all(to);
  }
}

void ExpertOperations::forward(Operations& to) const {
  const std::int64_t chosen = job().model.experts_per_token;
  const std::int64_t gates = job().model.gated ? 2 : 1;
  kernel(to, KernelKind::layer_norm, norm_tokens_, hidden_);
  if (!spread_ || shared_width_ > 0) gather_tokens(to);
  kernel(to, KernelKind::gemm, routed_, job().model.experts, hidden_);
  kernel(to, KernelKind::softmax, routed_, job().model.experts);
  kernel(to, KernelKind::elementwise, routed_ * job().model.experts, 1, 1);  // the highest, and the loss that balances them
  kernel(to, KernelKind::elementwise, routed_ * chosen * hidden_, 1, 1);     // copies in order of expert
  move(to, Move::dispatch);
  product(to, rows_, gates * width_, hidden_, experts_);
  activation(to, copies_, width_);
  product(to, rows_, hidden_, width_, experts_);
  move(to, Move::give_back);
  kernel(to, KernelKind::elementwise, routed_ * hidden_, chosen, 1);  // weighted sum
  if (shared_width_ > 0) {
    product(to, tokens_, gates * shared_width_, hidden_, 1);
    activation(to, tokens_, shared_width_);
    product(to, tokens_, hidden_, shared_width_, 1);
  }
  if (!spread_ || shared_width_ > 0) sum_tokens(to);
  kernel(to, KernelKind::bias_dropout_add, norm_tokens_, hidden_);
}

void ExpertOperations::backward(Operations& to) const {
  const std::int64_t chosen = job().model.experts_per_token;
  const std::int64_t gates = job().model.gated ? 2 : 1;
  kernel(to, KernelKind::bias_dropout_add_backward, norm_tokens_, hidden_);
  if (!spread_ || shared_width_ > 0) gather_tokens(to);
  if (shared_width_ > 0) {
    product_backward(to, tokens_, shared_width_, hidden_, 1);
    activation_backward(to, tokens_, shared_width_);
    gather_tokens(to);  // the input again, for the weight's gradient
    product_backward(to, tokens_, hidden_, gates * shared_width_, 1);
  }
  kernel(to, KernelKind::elementwise, routed_ * hidden_, chosen + 1, chosen);  // of the copies, and of their weights
  move(to, Move::dispatch);
  product_backward(to, rows_, width_, hidden_, experts_);
  activation_backward(to, copies_, width_);
  product_backward(to, rows_, hidden_, gates * width_, experts_);
  move(to, Move::give_back);
  kernel(to, KernelKind::elementwise, routed_ * hidden_, chosen, 1);
  kernel(to, KernelKind::softmax_backward, routed_, job().model.experts);
  kernel(to, KernelKind::gemm, routed_, hidden_, job().model.experts);
  if (backward_part() == BackwardPart::whole) kernel(to, KernelKind::gemm, job().model.experts, hidden_, routed_);
  if (!spread_ || shared_width_ > 0) sum_tokens(to);
  kernel(to, KernelKind::layer_norm_backward, norm_tokens_, hidden_);
  kernel(to, KernelKind::elementwise, norm_tokens_ * hidden_, 2, 1);
}

}  // namespace orrery::workloads
