// kernels/paged_attention.h on a GPU, for float, __half and __nv_bfloat16; scores, sums and what is summed up in floats. Lengths and pages
// are not checked: one out of range is undefined.
//
//     paged_attention<__half>(shape, {q, key_pool, value_pool, page_table, lengths}, o, stream);
//
// Memory: reads the keys and values of all tokens once for each 4 queries that share a key head, from the second cache but for the first 4.
// Where sequences and heads are too few to fill the device, each sequence is cut into parts, whose sums a second kernel joins.
// A dimension is 64 or 128 in 16 bits, 32 or 64 in floats.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/paged_attention.h"

namespace orrery::kernels {

/// PagedAttentionInputs on the device.
template <class Number>
struct PagedAttentionPointers {
  const Number* queries;
  const Number* key_pool;
  const Number* value_pool;
  const std::int32_t* page_table;
  const std::int32_t* lengths;
};

template <class Number>
void paged_attention(const PagedAttentionShape& shape, const PagedAttentionPointers<Number>& inputs, Number* outputs, cudaStream_t stream);

}  // namespace orrery::kernels
