// Attention of one new query a sequence to the keys and values of all tokens before it, which lie in pages of a pool (PagedAttention, arXiv
// 2309.06180, section 4.1): what a decode step of a server does.
//
//     Sequence 0 has 5 tokens on pages 7 and 2 of 4 tokens each: page_table {7, 2}, lengths {5}.
//     paged_attention<float>({.sequences = 1, .heads = 8, .key_heads = 2, .dimension = 64, .page_tokens = 4, .most_pages = 2},
//                            {q, key_pool, value_pool, page_table, lengths}, o);
//
// Queries and outputs are [sequences][heads][dimension], pools [pages][page_tokens][key_heads][dimension], the table
// [sequences][most_pages]. Heads / key_heads queries share a key head. Costs O(heads * dimension) a token.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

struct PagedAttentionShape {
  std::int64_t sequences = 0;
  std::int64_t heads = 0;
  std::int64_t key_heads = 0;  // divides heads
  std::int64_t dimension = 0;
  std::int64_t page_tokens = 0;
  std::int64_t most_pages = 0;  // of a sequence
};

template <class Real>
struct PagedAttentionInputs {
  Input<Real> queries;
  Input<Real> key_pool;
  Input<Real> value_pool;
  std::span<const std::int32_t> page_table;
  std::span<const std::int32_t> lengths;  // tokens of each sequence, from 1 to most_pages * page_tokens
};

/// Throws std::invalid_argument where a length or a page is out of range.
template <class Real>
void paged_attention(const PagedAttentionShape& shape, const PagedAttentionInputs<Real>& inputs, Output<Real> outputs);

}  // namespace orrery::kernels
