#include "workloads/context_operations.h"

#include <string>

#include "workloads/labels.h"

namespace orrery::workloads {

using sim::CollectiveKind;
using sim::KernelKind;
using sim::Operation;

namespace {

// Events of a rank that order its kernels and the messages of its ring, behind those of training_program.cpp.
constexpr std::int32_t block_ready = first_ring_event;
constexpr std::int32_t block_received = first_ring_event + 1;
constexpr std::int32_t gradient_ready = first_ring_event + 2;
constexpr std::int32_t gradient_received = first_ring_event + 3;

Operation record(std::int32_t event) { return {0, sim::Record{event}}; }
Operation wait(std::int32_t event) { return {0, sim::Wait{event}}; }

// Columns of keys and values together, on a rank of the tensor group.
std::int64_t key_value_columns(const TrainingJob& job) {
  return 2 * job.model.kv_heads * job.model.head_dimension() / job.parallelism.tensor;
}

}  // namespace

std::vector<RingPlaces> ring_places(const TrainingJob& job) {
  const int ranks = job.parallelism.context;
  if (!is_ring(job)) return {{"", 0, ranks}};
  if (ranks == 2) return {{"_first", 0, 1}, {"_last", 1, 1}};
  return {{"_first", 0, 1}, {"", 1, ranks - 2}, {"_last", ranks - 1, 1}};
}

ContextAttention::ContextAttention(const TrainingJob& job, std::int32_t context)
    : JobKernels(job, BackwardPart::whole),
      context_(context),
      ranks_(job.parallelism.context),
      tokens_(job.tokens()),
      heads_(job.micro_batch * job.model.heads / job.parallelism.tensor),
      part_(job.sequence_length / ranks_),
      columns_(job.model.heads * job.model.head_dimension() / job.parallelism.tensor),
      key_values_(key_value_columns(job)) {}

void ContextAttention::collect(Operations& to, CollectiveKind kind, std::int64_t count) const {
  to.push_back({number(Label::context), sim::Collect{kind, count, job().precision, context_}});
}

// Tokens of all heads for all tokens of some heads, or back, and a pass that puts them in order.
void ContextAttention::exchange_heads(Operations& to, std::int64_t columns) const {
  collect(to, CollectiveKind::all_to_all, tokens_ * columns);
  kernel(to, KernelKind::elementwise, tokens_ * columns, 1, 1);
}

void ContextAttention::forward(Operations& to) const {
  const std::int64_t head = job().model.head_dimension();
  switch (job().context_method) {
    case ContextMethod::all_gather:
      collect(to, CollectiveKind::all_gather, tokens_ * key_values_);
      return kernel(to, KernelKind::attention_block, heads_, part_, job().sequence_length / 2, head);  // in the mean, of all queries
    case ContextMethod::ring:
      return ring_forward(to);
    case ContextMethod::ulysses:
      exchange_heads(to, columns_ + key_values_);
      kernel(to, KernelKind::attention, job().micro_batch, heads_ / job().micro_batch / ranks_, job().sequence_length, head);
      return exchange_heads(to, columns_);
  }
}

void ContextAttention::backward(Operations& to) const {
  const std::int64_t head = job().model.head_dimension();
  switch (job().context_method) {
    case ContextMethod::all_gather:
      collect(to, CollectiveKind::all_gather, tokens_ * key_values_);
      kernel(to, KernelKind::attention_block_backward, heads_, part_, job().sequence_length / 2, head);
      return collect(to, CollectiveKind::reduce_scatter, tokens_ * key_values_);
    case ContextMethod::ring:
      return ring_backward(to);
    case ContextMethod::ulysses:
      exchange_heads(to, columns_);
      kernel(to, KernelKind::attention_backward, job().micro_batch, heads_ / job().micro_batch / ranks_, job().sequence_length, head);
      return exchange_heads(to, columns_ + key_values_);
  }
}

// The own block under the mask; then of every other either all queries see the first half, or the second half of them sees all. What comes
// out is added to what was there.
void ContextAttention::ring_forward(Operations& to) const {
  const std::int64_t head = job().model.head_dimension();
  for (std::int64_t step = 0; step < ranks_; ++step) {
    const bool goes_on = step + 1 < ranks_;
    if (goes_on) to.push_back(record(block_ready));
    if (step == 0) {
      kernel(to, KernelKind::attention, job().micro_batch, heads_ / job().micro_batch, part_, head);
    } else {
      kernel(to, KernelKind::attention_block, heads_, part_, part_ / 2, head);
      kernel(to, KernelKind::elementwise, tokens_ * columns_, 2, 1);
    }
    if (goes_on) to.push_back(wait(block_received));
  }
}

// A block's gradients follow it a step behind, and go home at the end.
void ContextAttention::ring_backward(Operations& to) const {
  const std::int64_t head = job().model.head_dimension();
  for (std::int64_t step = 0; step < ranks_; ++step) {
    const bool goes_on = step + 1 < ranks_;
    if (goes_on) to.push_back(record(block_ready));
    if (step == 0) {
      kernel(to, KernelKind::attention_backward, job().micro_batch, heads_ / job().micro_batch, part_, head);
    } else {
      kernel(to, KernelKind::attention_block_backward, heads_, part_, part_ / 2, head);
      kernel(to, KernelKind::elementwise, tokens_ * columns_, 2, 1);
      to.push_back(wait(gradient_received));
      kernel(to, KernelKind::elementwise, tokens_ * key_values_, 2, 1);
    }
    to.push_back(record(gradient_ready));
    if (goes_on) to.push_back(wait(block_received));
  }
  to.push_back(wait(gradient_received));
}

std::vector<sim::Block> ring_blocks(const TrainingJob& job) {
  const std::int32_t step = job.parallelism.tensor;
  const std::int32_t around = step * (job.parallelism.context - 1);
  const sim::Bytes bytes{job.tokens() * key_value_columns(job) * sim::size_of(job.precision)};
  const auto send = [&](const char* name, std::int32_t offset, std::int32_t ready, std::int32_t tag) {
    return sim::Block{name, {wait(ready), {number(Label::context), sim::Send{bytes, offset, tag}}}};
  };
  const auto receive = [&](const char* name, std::int32_t offset, std::int32_t ready, std::int32_t received, std::int32_t tag) {
    return sim::Block{name, {wait(ready), {number(Label::context), sim::Receive{bytes, offset, tag}}, record(received)}};
  };
  constexpr std::int32_t of_blocks = 2;  // tags 0 and 1 are the pipeline's
  constexpr std::int32_t of_gradients = 3;
  return {send("context_send", step, block_ready, of_blocks),
          send("context_send_last", -around, block_ready, of_blocks),
          receive("context_receive", -step, block_ready, block_received, of_blocks),
          receive("context_receive_first", around, block_ready, block_received, of_blocks),
          send("context_gradient_send", step, gradient_ready, of_gradients),
          send("context_gradient_send_last", -around, gradient_ready, of_gradients),
          receive("context_gradient_receive", -step, gradient_ready, gradient_received, of_gradients),
          receive("context_gradient_receive_first", around, gradient_ready, gradient_received, of_gradients)};
}

std::vector<sim::Stream> ring_streams(const TrainingJob& job, int position, std::int64_t layers, std::int32_t first) {
  const std::int64_t ranks = job.parallelism.context;
  const std::int64_t passes = layers * job.micro_batches();
  // Forward, backward, and forward again where activations are recomputed.
  const std::int64_t moves = (ranks - 1) * passes * (job.recompute == Recompute::none ? 2 : 3);
  const std::int32_t last = position + 1 == ranks ? 1 : 0;
  const std::int32_t start = position == 0 ? 1 : 0;
  const auto stream = [&](const char* name, std::int32_t block, std::int64_t times) {
    return sim::Stream{name, {{0, sim::Call{first + block, static_cast<std::int32_t>(times)}}}};
  };
  return {stream("context_send", last, moves), stream("context_receive", 2 + start, moves),
          stream("context_gradient_send", 4 + last, ranks * passes), stream("context_gradient_receive", 6 + start, ranks * passes)};
}

}  // namespace orrery::workloads
