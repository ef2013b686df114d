#include "kernels/paged_attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery::kernels {
namespace {

/// Keys and values of one sequence and key head, by token.
template <class Real>
class PagedTokens {
 public:
  PagedTokens(const PagedAttentionShape& shape, const PagedAttentionInputs<Real>& inputs, std::int64_t sequence, std::int64_t key_head)
      : shape_(shape), inputs_(inputs), sequence_(sequence), key_head_(key_head) {}

  Input<Real> key(std::int64_t token) const { return row_of(inputs_.key_pool, row(token), shape_.dimension); }
  Input<Real> value(std::int64_t token) const { return row_of(inputs_.value_pool, row(token), shape_.dimension); }

 private:
  std::int64_t row(std::int64_t token) const {
    const std::int64_t entry = sequence_ * shape_.most_pages + token / shape_.page_tokens;
    const std::int64_t page = inputs_.page_table[static_cast<std::size_t>(entry)];
    return (page * shape_.page_tokens + token % shape_.page_tokens) * shape_.key_heads + key_head_;
  }

  const PagedAttentionShape& shape_;
  const PagedAttentionInputs<Real>& inputs_;
  std::int64_t sequence_;
  std::int64_t key_head_;
};

/// In one pass: when a higher score comes, what was summed up so far is scaled down to it.
template <class Real>
void attend(Input<Real> query, const PagedTokens<Real>& tokens, std::int64_t length, Output<Real> output) {
  const Real scale = 1 / std::sqrt(static_cast<Real>(query.size()));
  std::fill(output.begin(), output.end(), Real{0});
  Real highest = -std::numeric_limits<Real>::infinity();
  Real sum = 0;
  for (std::int64_t token = 0; token < length; ++token) {
    Real score = 0;
    const Input<Real> key = tokens.key(token);
    for (std::size_t i = 0; i < query.size(); ++i) score += scale * query[i] * key[i];
    const Real now_highest = std::max(highest, score);
    const Real shrink = std::exp(highest - now_highest);
    const Real weight = std::exp(score - now_highest);
    const Input<Real> value = tokens.value(token);
    for (std::size_t i = 0; i < output.size(); ++i) output[i] = shrink * output[i] + weight * value[i];
    sum = shrink * sum + weight;
    highest = now_highest;
  }
  for (Real& element : output) element /= sum;
}

template <class Real>
void check_pages(const PagedAttentionShape& shape, const PagedAttentionInputs<Real>& inputs) {
  if (shape.key_heads <= 0 || shape.heads % shape.key_heads != 0) throw std::invalid_argument("key heads do not divide the heads");
  const std::int64_t page_elements = shape.page_tokens * shape.key_heads * shape.dimension;
  const std::int64_t pages = std::ssize(inputs.key_pool) / page_elements;
  expect_size(inputs.key_pool.size(), pages * page_elements, "the pool of keys");
  expect_size(inputs.value_pool.size(), pages * page_elements, "the pool of values");
  expect_size(inputs.page_table.size(), shape.sequences * shape.most_pages, "the table of pages");
  expect_size(inputs.lengths.size(), shape.sequences, "the lengths");
  for (std::int64_t sequence = 0; sequence < shape.sequences; ++sequence) {
    const std::int64_t length = inputs.lengths[static_cast<std::size_t>(sequence)];
    if (length < 1 || length > shape.most_pages * shape.page_tokens) throw std::invalid_argument("a sequence's length is out of range");
    for (std::int64_t page = 0; page * shape.page_tokens < length; ++page) {
      const std::int32_t number = inputs.page_table[static_cast<std::size_t>(sequence * shape.most_pages + page)];
      if (number < 0 || number >= pages) throw std::invalid_argument("a page is out of range");
    }
  }
}

}  // namespace

template <class Real>
void paged_attention(const PagedAttentionShape& shape, const PagedAttentionInputs<Real>& inputs, Output<Real> outputs) {
  check_pages(shape, inputs);
  expect_size(inputs.queries.size(), shape.sequences * shape.heads * shape.dimension, "Q");
  expect_size(outputs.size(), shape.sequences * shape.heads * shape.dimension, "O");
  for (std::int64_t row = 0; row < shape.sequences * shape.heads; ++row) {
    const std::int64_t sequence = row / shape.heads;
    const std::int64_t key_head = row % shape.heads / (shape.heads / shape.key_heads);
    attend<Real>(row_of(inputs.queries, row, shape.dimension), {shape, inputs, sequence, key_head},
                 inputs.lengths[static_cast<std::size_t>(sequence)], row_of(outputs, row, shape.dimension));
  }
}

template void paged_attention<float>(const PagedAttentionShape&, const PagedAttentionInputs<float>&, Output<float>);
template void paged_attention<double>(const PagedAttentionShape&, const PagedAttentionInputs<double>&, Output<double>);

}  // namespace orrery::kernels
