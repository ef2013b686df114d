// SwiGLU (arXiv 2002.05202): y = gate * sigmoid(gate) * up, element by element. Programs write it as bias_gelu or elementwise.
//
//     swiglu<float>(gate, up, y);
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

template <class Real>
void swiglu(Input<Real> gate, Input<Real> up, Output<Real> y);

template <class Real>
void swiglu_backward(Input<Real> gate, Input<Real> up, Input<Real> d_y, Output<Real> d_gate, Output<Real> d_up);

}  // namespace orrery::kernels
