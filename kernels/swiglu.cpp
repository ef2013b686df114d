#include "kernels/swiglu.h"

#include <cmath>

namespace orrery::kernels {
namespace {

template <class Real>
Real sigmoid(Real v) {
  return 1 / (1 + std::exp(-v));
}

}  // namespace

template <class Real>
void swiglu(Input<Real> gate, Input<Real> up, Output<Real> y) {
  expect_size(up.size(), std::ssize(gate), "up");
  expect_size(y.size(), std::ssize(gate), "y");
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

template <class Real>
void swiglu_backward(Input<Real> gate, Input<Real> up, Input<Real> d_y, Output<Real> d_gate, Output<Real> d_up) {
  for (const Input<Real> operand : {up, d_y, Input<Real>(d_gate), Input<Real>(d_up)}) {
    expect_size(operand.size(), std::ssize(gate), "up or a gradient");
  }
  for (std::size_t i = 0; i < gate.size(); ++i) {
    const Real s = sigmoid(gate[i]);
    d_up[i] = d_y[i] * gate[i] * s;
    d_gate[i] = d_y[i] * up[i] * (s + gate[i] * s * (1 - s));
  }
}

template void swiglu<float>(Input<float>, Input<float>, Output<float>);
template void swiglu<double>(Input<double>, Input<double>, Output<double>);
template void swiglu_backward<float>(Input<float>, Input<float>, Input<float>, Output<float>, Output<float>);
template void swiglu_backward<double>(Input<double>, Input<double>, Input<double>, Output<double>, Output<double>);

}  // namespace orrery::kernels
