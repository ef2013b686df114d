// What all CPU references take: dense row-major arrays of one number type. Each is a template on that type, compiled for float (the host
// device plays it) and double (the oracle: gradients are checked by differences, which floats are too coarse for). Name the type in the
// call, since spans do not tell it of vectors: gemm<float>(shape, a, b, c).
//
// Operands of another size than the shape says throw std::invalid_argument that names them. Outputs must not overlap inputs, unless a
// function says otherwise. A CUDA version takes the same operands as device pointers and a stream (NAME.cuh).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace orrery::kernels {

template <class Real>
using Input = std::span<const Real>;
template <class Real>
using Output = std::span<Real>;

struct MatrixShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

inline void expect_size(std::size_t actual, std::int64_t expected, const char* operand) {
  if (static_cast<std::int64_t>(actual) == expected) return;
  throw std::invalid_argument(std::string(operand) + " has " + std::to_string(actual) + " elements and the shape asks for " +
                              std::to_string(expected));
}

/// Some elements of an array: row `row` of a matrix of `columns` columns.
template <class Real>
std::span<Real> row_of(std::span<Real> matrix, std::int64_t row, std::int64_t columns) {
  return matrix.subspan(static_cast<std::size_t>(row * columns), static_cast<std::size_t>(columns));
}

}  // namespace orrery::kernels
