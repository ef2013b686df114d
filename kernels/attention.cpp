#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace orrery::kernels {
namespace {

template <class Real>
Real dot(Input<Real> a, Input<Real> b) {
  // Four sums side by side: one would make each addition wait for the one before.
  Real sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= a.size(); i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

template <class Real>
void add_scaled(Output<Real> sum, Real factor, Input<Real> values) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * values[i];
}

std::int64_t visible_keys(const AttentionShape& shape, std::int64_t query) {
  return shape.mask == AttentionMask::none ? shape.keys : shape.keys - shape.queries + query + 1;
}

void check_mask(const AttentionShape& shape) {
  if (shape.mask == AttentionMask::causal && shape.keys < shape.queries) {
    throw std::invalid_argument("causal attention has fewer keys than queries");
  }
}

}  // namespace

template <class Real>
void attention(const AttentionShape& shape, Input<Real> queries, Input<Real> keys, Input<Real> values, Output<Real> outputs,
               Output<Real> log_sums) {
  const std::int64_t d = shape.dimension;
  check_mask(shape);
  expect_size(queries.size(), shape.heads * shape.queries * d, "Q");
  expect_size(keys.size(), shape.heads * shape.keys * d, "K");
  expect_size(values.size(), shape.heads * shape.keys * d, "V");
  expect_size(outputs.size(), shape.heads * shape.queries * d, "O");
  expect_size(log_sums.size(), shape.heads * shape.queries, "the sums");
  const Real scale = 1 / std::sqrt(static_cast<Real>(d));
  std::vector<Real> scores(static_cast<std::size_t>(shape.keys));
  for (std::int64_t row = 0; row < shape.heads * shape.queries; ++row) {
    const std::int64_t first_key = row / shape.queries * shape.keys;
    const auto visible = static_cast<std::size_t>(visible_keys(shape, row % shape.queries));
    for (std::size_t j = 0; j < visible; ++j) {
      scores[j] = scale * dot(row_of(queries, row, d), row_of(keys, first_key + static_cast<std::int64_t>(j), d));
    }
    const Real highest = *std::max_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(visible));
    Real sum = 0;
    for (std::size_t j = 0; j < visible; ++j) sum += scores[j] = std::exp(scores[j] - highest);
    const Output<Real> output = row_of(outputs, row, d);
    std::fill(output.begin(), output.end(), Real{0});
    for (std::size_t j = 0; j < visible; ++j) {
      add_scaled(output, scores[j] / sum, row_of(values, first_key + static_cast<std::int64_t>(j), d));
    }
    log_sums[static_cast<std::size_t>(row)] = highest + std::log(sum);
  }
}

template <class Real>
void attention_backward(const AttentionShape& shape, Input<Real> queries, Input<Real> keys, Input<Real> values, Input<Real> outputs,
                        Input<Real> d_outputs, Input<Real> log_sums, Output<Real> d_queries, Output<Real> d_keys, Output<Real> d_values) {
  const std::int64_t d = shape.dimension;
  check_mask(shape);
  for (const Input<Real> operand : {queries, outputs, d_outputs, Input<Real>(d_queries)}) {
    expect_size(operand.size(), shape.heads * shape.queries * d, "one of Q, O, dO and dQ");
  }
  for (const Input<Real> operand : {keys, values, Input<Real>(d_keys), Input<Real>(d_values)}) {
    expect_size(operand.size(), shape.heads * shape.keys * d, "one of K, V, dK and dV");
  }
  expect_size(log_sums.size(), shape.heads * shape.queries, "the sums");
  for (const Output<Real> output : {d_queries, d_keys, d_values}) std::fill(output.begin(), output.end(), Real{0});
  const Real scale = 1 / std::sqrt(static_cast<Real>(d));
  for (std::int64_t row = 0; row < shape.heads * shape.queries; ++row) {
    const std::int64_t first_key = row / shape.queries * shape.keys;
    const Input<Real> query = row_of(queries, row, d);
    const Input<Real> d_output = row_of(d_outputs, row, d);
    const Real mean = dot(d_output, row_of(outputs, row, d));  // of the scores' gradients, weighted by the probabilities
    for (std::int64_t j = 0; j < visible_keys(shape, row % shape.queries); ++j) {
      const Input<Real> key = row_of(keys, first_key + j, d);
      const Real probability = std::exp(scale * dot(query, key) - log_sums[static_cast<std::size_t>(row)]);
      const Real d_score = scale * probability * (dot(d_output, row_of(values, first_key + j, d)) - mean);
      add_scaled(row_of(d_values, first_key + j, d), probability, d_output);
      add_scaled(row_of(d_queries, row, d), d_score, key);
      add_scaled(row_of(d_keys, first_key + j, d), d_score, query);
    }
  }
}

template void attention<float>(const AttentionShape&, Input<float>, Input<float>, Input<float>, Output<float>, Output<float>);
template void attention<double>(const AttentionShape&, Input<double>, Input<double>, Input<double>, Output<double>, Output<double>);
template void attention_backward<float>(const AttentionShape&, Input<float>, Input<float>, Input<float>, Input<float>, Input<float>,
                                        Input<float>, Output<float>, Output<float>, Output<float>);
template void attention_backward<double>(const AttentionShape&, Input<double>, Input<double>, Input<double>, Input<double>, Input<double>,
                                         Input<double>, Output<double>, Output<double>, Output<double>);

}  // namespace orrery::kernels
