// Kernels that do nothing but move: fill, copy, reduce, and the general one of them, which writes the sum of all it reads to each output.
//
//     fill<float>(1.0F, y);
//     copy<float>(x, y);
//     reduce<float>(parts, y);                       // y is the sum of as many parts as parts.size() / y.size()
//     elementwise<float>({n, 3, 1}, inputs, outputs);   // three of n elements in, one out
//
// What moves at most as fast as memory: transposes, casts, residual sums, and on a GPU, with few blocks, the stand-in of a collective.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Real>
void fill(Real value, Output<Real> y);

template <class Real>
void copy(Input<Real> x, Output<Real> y);

/// `parts` lie one after the other.
template <class Real>
void reduce(Input<Real> parts, Output<Real> y);

struct ElementwiseShape {
  std::int64_t elements = 0;
  std::int64_t reads = 0;   // inputs of so many elements, one after the other; 0: outputs become zero
  std::int64_t writes = 0;  // outputs; 0: the sum of all is the answer alone
};

/// The sum of all inputs where there are no outputs, else 0.
template <class Real>
Real elementwise(const ElementwiseShape& shape, Input<Real> inputs, Output<Real> outputs);

}  // namespace orrery::kernels
