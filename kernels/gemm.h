// Matrix product: C = A * B, `batch` of them, each after the other in memory. 2 m n k batch operations.
//
//     gemm<float>({.m = 2, .n = 2, .k = 3}, a, b, c);    // A[2 x 3], B[3 x 2], C[2 x 2]
//
// The reference goes through B row by row, so that memory is read in order; it knows no blocking, and is some ten times slower than a BLAS.
#pragma once

#include "kernels/operands.h"

namespace orrery::kernels {

struct GemmShape {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t batch = 1;
};

template <class Real>
void gemm(const GemmShape& shape, Input<Real> a, Input<Real> b, Output<Real> c);

}  // namespace orrery::kernels
