#include "kernels/paged_attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/attention.h"
#include "tests/kernels/finite_differences.h"

namespace orrery::kernels {
namespace {

// Three tokens on pages 1 and 0 of two each; scores ln 1, ln 2, ln 5: weights 1/8, 2/8 and 5/8 of 8, 16 and 24: 1 + 4 + 15.
TEST(PagedAttention, FollowsTheTableOfPages) {
  const std::vector<double> keys = {std::log(5.0), 99, 0, std::log(2.0)};
  const std::vector<double> values = {24, 99, 8, 16};
  const std::vector<double> query = {1};
  const std::vector<std::int32_t> table = {1, 0};
  const std::vector<std::int32_t> lengths = {3};
  std::vector<double> o(1);
  paged_attention<double>({.sequences = 1, .heads = 1, .key_heads = 1, .dimension = 1, .page_tokens = 2, .most_pages = 2},
                          {query, keys, values, table, lengths}, o);
  EXPECT_NEAR(o[0], 20, 1e-12);
}

// Two heads that share one key head are two queries of unmasked attention to the same keys.
TEST(PagedAttention, IsAttentionWhereAllIsOnOnePage) {
  const std::vector<double> q = test::drawn(8, 1);
  const std::vector<double> k = test::drawn(20, 2);
  const std::vector<double> v = test::drawn(20, 3);
  const std::vector<std::int32_t> table = {0};
  const std::vector<std::int32_t> lengths = {5};
  std::vector<double> paged(8);
  std::vector<double> plain(8);
  std::vector<double> sums(2);
  paged_attention<double>({.sequences = 1, .heads = 2, .key_heads = 1, .dimension = 4, .page_tokens = 5, .most_pages = 1},
                          {q, k, v, table, lengths}, paged);
  attention<double>({.heads = 1, .queries = 2, .keys = 5, .dimension = 4, .mask = AttentionMask::none}, q, k, v, plain, sums);
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(paged[i], plain[i], 1e-12);
}

TEST(PagedAttention, APageOutsideThePoolIsRefused) {
  const std::vector<double> pool(4);
  const std::vector<double> query(1);
  const std::vector<std::int32_t> table = {2, 0};
  const std::vector<std::int32_t> lengths = {3};
  std::vector<double> o(1);
  const PagedAttentionShape shape{.sequences = 1, .heads = 1, .key_heads = 1, .dimension = 1, .page_tokens = 2, .most_pages = 2};
  EXPECT_THROW(paged_attention<double>(shape, {query, pool, pool, table, lengths}, o), std::invalid_argument);
}

}  // namespace
}  // namespace orrery::kernels
