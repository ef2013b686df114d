#include "kernels/gemm.h"

#include <algorithm>

namespace orrery::kernels {

template <class Real>
void gemm(const GemmShape& shape, Input<Real> a, Input<Real> b, Output<Real> c) {
  const auto [m, n, k, batch] = shape;
  expect_size(a.size(), m * k * batch, "A");
  expect_size(b.size(), k * n * batch, "B");
  expect_size(c.size(), m * n * batch, "C");
  std::fill(c.begin(), c.end(), Real{0});
  for (std::int64_t row = 0; row < batch * m; ++row) {
    const Output<Real> sums = row_of(c, row, n);
    const Input<Real> factors = row_of(a, row, k);
    for (std::int64_t i = 0; i < k; ++i) {
      const Input<Real> values = row_of(b, row / m * k + i, n);
      const Real factor = factors[static_cast<std::size_t>(i)];
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += factor * values[j];
    }
  }
}

template void gemm<float>(const GemmShape&, Input<float>, Input<float>, Output<float>);
template void gemm<double>(const GemmShape&, Input<double>, Input<double>, Output<double>);

}  // namespace orrery::kernels
