#include "kernels/embedding.h"

#include <algorithm>

namespace orrery::kernels {
namespace {

void check_tokens(const MatrixShape& shape, std::size_t table_size, std::span<const std::int32_t> tokens) {
  expect_size(tokens.size(), shape.rows, "the tokens");
  const auto vocabulary = static_cast<std::int64_t>(table_size) / shape.columns;
  expect_size(table_size, vocabulary * shape.columns, "the table");
  for (const std::int32_t token : tokens) {
    if (token < 0 || token >= vocabulary) throw std::invalid_argument("token " + std::to_string(token) + " is not in the table");
  }
}

}  // namespace

template <class Real>
void embedding(const MatrixShape& shape, Input<Real> table, std::span<const std::int32_t> tokens, Output<Real> out) {
  check_tokens(shape, table.size(), tokens);
  expect_size(out.size(), shape.rows * shape.columns, "the rows");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(table, tokens[static_cast<std::size_t>(row)], shape.columns);
    std::copy(from.begin(), from.end(), row_of(out, row, shape.columns).begin());
  }
}

template <class Real>
void embedding_backward(const MatrixShape& shape, std::span<const std::int32_t> tokens, Input<Real> d_out, Output<Real> d_table) {
  check_tokens(shape, d_table.size(), tokens);
  expect_size(d_out.size(), shape.rows * shape.columns, "the rows' gradient");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> from = row_of(d_out, row, shape.columns);
    const Output<Real> to = row_of(d_table, tokens[static_cast<std::size_t>(row)], shape.columns);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] += from[j];
  }
}

template void embedding<float>(const MatrixShape&, Input<float>, std::span<const std::int32_t>, Output<float>);
template void embedding<double>(const MatrixShape&, Input<double>, std::span<const std::int32_t>, Output<double>);
template void embedding_backward<float>(const MatrixShape&, std::span<const std::int32_t>, Input<float>, Output<float>);
template void embedding_backward<double>(const MatrixShape&, std::span<const std::int32_t>, Input<double>, Output<double>);

}  // namespace orrery::kernels
