#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/finite_differences.h"

namespace orrery::kernels {
namespace {

using test::drawn;

// One head of dimension 1, so no scaling: query 0 sees key 0 alone, O = V0 = 10. Query 1 has scores 0 * 1 and ln 3 * 1: weights 1/4 and 3/4
// of V = 10 and 20, O = 17.5; the sum of exponentials is 4.
TEST(Attention, ACausalQueryAveragesTheValuesItSees) {
  const double ln3 = std::log(3.0);
  std::vector<double> o(2);
  std::vector<double> sums(2);
  attention<double>({.heads = 1, .queries = 2, .keys = 2, .dimension = 1}, std::vector<double>{5, 1}, std::vector<double>{0, ln3},
                    std::vector<double>{10, 20}, o, sums);
  EXPECT_NEAR(o[0], 10, 1e-12);
  EXPECT_NEAR(o[1], 17.5, 1e-12);
  EXPECT_NEAR(sums[0], 0, 1e-12);
  EXPECT_NEAR(sums[1], std::log(4.0), 1e-12);
}

// Without a mask both queries of zero see both keys alike: the mean, 15.
TEST(Attention, WithoutAMaskEveryQuerySeesEveryKey) {
  std::vector<double> o(2);
  std::vector<double> sums(2);
  attention<double>({.heads = 1, .queries = 2, .keys = 2, .dimension = 1, .mask = AttentionMask::none}, std::vector<double>{0, 0},
                    std::vector<double>{3, -8}, std::vector<double>{10, 20}, o, sums);
  EXPECT_NEAR(o[0], 15, 1e-12);
  EXPECT_NEAR(o[1], 15, 1e-12);
}

void expect_attention_gradients(const AttentionShape& shape) {
  const auto query_size = static_cast<std::size_t>(shape.heads * shape.queries * shape.dimension);
  const auto key_size = static_cast<std::size_t>(shape.heads * shape.keys * shape.dimension);
  const std::vector<double> q = drawn(query_size, 1);
  const std::vector<double> k = drawn(key_size, 2);
  const std::vector<double> v = drawn(key_size, 3);
  const std::vector<double> weights = drawn(query_size, 4);
  std::vector<double> o(query_size);
  std::vector<double> sums(static_cast<std::size_t>(shape.heads * shape.queries));
  const auto loss = [&](const std::vector<double>& queries, const std::vector<double>& keys, const std::vector<double>& values) {
    std::vector<double> out(query_size);
    std::vector<double> ignored(sums.size());
    attention<double>(shape, queries, keys, values, out, ignored);
    return test::weighted_sum(out, weights);
  };
  attention<double>(shape, q, k, v, o, sums);
  std::vector<double> d_q(query_size);
  std::vector<double> d_k(key_size);
  std::vector<double> d_v(key_size);
  attention_backward<double>(shape, q, k, v, o, weights, sums, d_q, d_k, d_v);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(at, k, v); }, q, d_q);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(q, at, v); }, k, d_k);
  test::expect_gradient([&](const std::vector<double>& at) { return loss(q, k, at); }, v, d_v);
}

TEST(Attention, CausalGradientsAreThoseOfDifferences) { expect_attention_gradients({.heads = 2, .queries = 4, .keys = 4, .dimension = 3}); }

TEST(Attention, UnmaskedGradientsAreThoseOfDifferences) {
  expect_attention_gradients({.heads = 2, .queries = 3, .keys = 5, .dimension = 6, .mask = AttentionMask::none});
}

TEST(Attention, ACausalQueryNeedsItsOwnKey) {
  std::vector<double> o(2);
  std::vector<double> sums(2);
  EXPECT_THROW(attention<double>({.heads = 1, .queries = 2, .keys = 1, .dimension = 1}, std::vector<double>(2), std::vector<double>(1),
                                 std::vector<double>(1), o, sums),
               std::invalid_argument);
}

}  // namespace
}  // namespace orrery::kernels
