// Softmax over the rows of square attention scores, scaled and causally masked: row r is of query r % columns, sees columns 0 to that one,
// and is zero past them.
//
//     softmax<float>({.rows = heads * 128, .columns = 128}, 1 / std::sqrt(64.0F), scores, probabilities);
//
// One pass over memory a row, at three reads of what is then in cache.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Real>
void softmax(const MatrixShape& shape, Real scale, Input<Real> scores, Output<Real> probabilities);

/// What the loss changes with the scores, given what it changes with the probabilities.
template <class Real>
void softmax_backward(const MatrixShape& shape, Real scale, Input<Real> probabilities, Input<Real> d_probabilities, Output<Real> d_scores);

}  // namespace orrery::kernels
