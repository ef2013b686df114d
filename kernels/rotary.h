// Rotary position embedding (arXiv 2104.09864, section 3.2.2), in the form of GPT-NeoX and Llama: elements i and i + d/2 of a head turn
// together by position * base^(-2 i / d).
//
//     rotary<float>({.tokens = 128, .heads = 4, .dimension = 64}, Turn::forward, x, y);     // x is [tokens][heads][dimension]
//     rotary<float>(shape, Turn::back, d_y, d_x);                                           // its gradient: the same turn back
//
// `y` may be `x`. Programs write it as elementwise.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

struct RotaryShape {
  std::int64_t tokens = 0;  // a token's position is its index
  std::int64_t heads = 0;
  std::int64_t dimension = 0;  // even
  double base = 10000;
};

enum class Turn { forward, back };

template <class Real>
void rotary(const RotaryShape& shape, Turn turn, Input<Real> x, Output<Real> y);

}  // namespace orrery::kernels
