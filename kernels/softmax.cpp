#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>

namespace orrery::kernels {

template <class Real>
void softmax(const MatrixShape& shape, Real scale, Input<Real> scores, Output<Real> probabilities) {
  expect_size(scores.size(), shape.rows * shape.columns, "the scores");
  expect_size(probabilities.size(), shape.rows * shape.columns, "the probabilities");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const auto visible = static_cast<std::size_t>(row % shape.columns + 1);
    const Input<Real> score = row_of(scores, row, shape.columns);
    const Output<Real> probability = row_of(probabilities, row, shape.columns);
    const Real highest = *std::max_element(score.begin(), score.begin() + static_cast<std::ptrdiff_t>(visible));
    Real sum = 0;
    for (std::size_t j = 0; j < visible; ++j) sum += probability[j] = std::exp(scale * (score[j] - highest));
    for (std::size_t j = 0; j < visible; ++j) probability[j] /= sum;
    std::fill(probability.begin() + static_cast<std::ptrdiff_t>(visible), probability.end(), Real{0});
  }
}

template <class Real>
void softmax_backward(const MatrixShape& shape, Real scale, Input<Real> probabilities, Input<Real> d_probabilities, Output<Real> d_scores) {
  expect_size(probabilities.size(), shape.rows * shape.columns, "the probabilities");
  expect_size(d_probabilities.size(), shape.rows * shape.columns, "the probabilities' gradient");
  expect_size(d_scores.size(), shape.rows * shape.columns, "the scores' gradient");
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const Input<Real> probability = row_of(probabilities, row, shape.columns);
    const Input<Real> gradient = row_of(d_probabilities, row, shape.columns);
    const Output<Real> d_score = row_of(d_scores, row, shape.columns);
    Real mean = 0;
    for (std::size_t j = 0; j < probability.size(); ++j) mean += probability[j] * gradient[j];
    for (std::size_t j = 0; j < probability.size(); ++j) d_score[j] = scale * probability[j] * (gradient[j] - mean);
  }
}

template void softmax<float>(const MatrixShape&, float, Input<float>, Output<float>);
template void softmax<double>(const MatrixShape&, double, Input<double>, Output<double>);
template void softmax_backward<float>(const MatrixShape&, float, Input<float>, Input<float>, Output<float>);
template void softmax_backward<double>(const MatrixShape&, double, Input<double>, Input<double>, Output<double>);

}  // namespace orrery::kernels
