// Rows of a table by token: out[row] = table[tokens[row]]; and back: the table's gradient gets each row's added to it.
//
//     embedding<float>({.rows = tokens.size(), .columns = hidden}, table, tokens, out);
//
// The table's size is a multiple of `columns`. Throws std::invalid_argument for a token outside it.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Real>
void embedding(const MatrixShape& shape, Input<Real> table, std::span<const std::int32_t> tokens, Output<Real> out);

/// Adds to `d_table`, which keeps what it had.
template <class Real>
void embedding_backward(const MatrixShape& shape, std::span<const std::int32_t> tokens, Input<Real> d_out, Output<Real> d_table);

}  // namespace orrery::kernels
