// The Euclidean norm of all gradients together, for clipping: sqrt(sum of squares), summed up in doubles.
//
//     const double norm = gradient_norm<float>(gradients);
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Real>
double gradient_norm(Input<Real> gradients);

}  // namespace orrery::kernels
