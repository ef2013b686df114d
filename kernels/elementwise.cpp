#include "kernels/elementwise.h"

#include <algorithm>
#include <array>

namespace orrery::kernels {
namespace {

constexpr std::int64_t strip = 1024;  // elements that stay in the first cache while they are summed up

}  // namespace

template <class Real>
void fill(Real value, Output<Real> y) {
  std::fill(y.begin(), y.end(), value);
}

template <class Real>
void copy(Input<Real> x, Output<Real> y) {
  expect_size(y.size(), std::ssize(x), "y");
  std::copy(x.begin(), x.end(), y.begin());
}

template <class Real>
void reduce(Input<Real> parts, Output<Real> y) {
  if (y.empty() || parts.size() % y.size() != 0) throw std::invalid_argument("the parts are no multiple of their sum");
  elementwise<Real>({std::ssize(y), std::ssize(parts) / std::ssize(y), 1}, parts, y);
}

template <class Real>
Real elementwise(const ElementwiseShape& shape, Input<Real> inputs, Output<Real> outputs) {
  expect_size(inputs.size(), shape.elements * shape.reads, "the inputs");
  expect_size(outputs.size(), shape.elements * shape.writes, "the outputs");
  Real total = 0;
  std::array<Real, strip> sums;
  for (std::int64_t first = 0; first < shape.elements; first += strip) {
    const auto count = static_cast<std::size_t>(std::min(strip, shape.elements - first));
    std::fill_n(sums.begin(), count, Real{0});
    for (std::int64_t read = 0; read < shape.reads; ++read) {
      const Input<Real> from = inputs.subspan(static_cast<std::size_t>(read * shape.elements + first), count);
      for (std::size_t i = 0; i < count; ++i) sums[i] += from[i];
    }
    for (std::int64_t write = 0; write < shape.writes; ++write) {
      std::copy_n(sums.begin(), count, outputs.begin() + static_cast<std::ptrdiff_t>(write * shape.elements + first));
    }
    if (shape.writes > 0) continue;
    for (std::size_t i = 0; i < count; ++i) total += sums[i];
  }
  return total;
}

template void fill<float>(float, Output<float>);
template void fill<double>(double, Output<double>);
template void copy<float>(Input<float>, Output<float>);
template void copy<double>(Input<double>, Output<double>);
template void reduce<float>(Input<float>, Output<float>);
template void reduce<double>(Input<double>, Output<double>);
template float elementwise<float>(const ElementwiseShape&, Input<float>, Output<float>);
template double elementwise<double>(const ElementwiseShape&, Input<double>, Output<double>);

}  // namespace orrery::kernels
