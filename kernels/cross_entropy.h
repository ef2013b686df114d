// Cross-entropy of logits over a vocabulary: loss = log(sum exp(logits)) - logits[target], a row each.
//
//     cross_entropy<float>({.rows = tokens, .columns = vocabulary}, logits, targets, losses);
//     cross_entropy_backward<float>(shape, logits, targets, 1.0F / tokens, d_logits);    // of the mean of the losses
//
// Throws std::invalid_argument for a target outside the vocabulary.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Real>
void cross_entropy(const MatrixShape& shape, Input<Real> logits, std::span<const std::int32_t> targets, Output<Real> losses);

/// `d_loss` is what every row's loss is weighted with.
template <class Real>
void cross_entropy_backward(const MatrixShape& shape, Input<Real> logits, std::span<const std::int32_t> targets, Real d_loss,
                            Output<Real> d_logits);

}  // namespace orrery::kernels
