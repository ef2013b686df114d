// Attention of queries to keys: O = softmax(Q K^T / sqrt(d)) V for each head, scores never stored but for one query's. All of Q and O are
// [heads][queries][dimension], K and V [heads][keys][dimension]; a batch counts as that many more heads.
//
//     attention<float>({.heads = 4, .queries = 128, .keys = 128, .dimension = 64, .mask = AttentionMask::causal}, q, k, v, o, sums);
//     attention_backward<float>(shape, q, k, v, o, d_o, sums, d_q, d_k, d_v);
//
// Under the causal mask the last query sees all keys, the one before it one fewer, and so on: there must be as many keys as queries, or
// more. Costs O(heads * queries * keys * dimension), half of it under the mask, and one row of scores.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

enum class AttentionMask { none, causal };

struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t dimension = 0;
  AttentionMask mask = AttentionMask::causal;
};

/// `log_sums` [heads][queries]: the logarithm of the sum of the exponentials of each query's scores, for the backward pass.
template <class Real>
void attention(const AttentionShape& shape, Input<Real> queries, Input<Real> keys, Input<Real> values, Output<Real> outputs,
               Output<Real> log_sums);

/// What the loss changes with Q, K and V, given what it changes with O. Recomputes the scores.
template <class Real>
void attention_backward(const AttentionShape& shape, Input<Real> queries, Input<Real> keys, Input<Real> values, Input<Real> outputs,
                        Input<Real> d_outputs, Input<Real> log_sums, Output<Real> d_queries, Output<Real> d_keys, Output<Real> d_values);

}  // namespace orrery::kernels
