#include "kernels/embedding.h"

#include <gtest/gtest.h>

#include <vector>

namespace orrery::kernels {
namespace {

const std::vector<std::int32_t> tokens = {2, 0, 2};

TEST(Embedding, GathersRows) {
  std::vector<float> out(6);
  embedding<float>({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}, tokens, out);
  EXPECT_EQ(out, (std::vector<float>{5, 6, 1, 2, 5, 6}));
}

// Row 2 gets the first and the third, 1 + 5 and 2 + 6, on top of its 100s.
TEST(Embedding, GradientsOfATokenAddUp) {
  std::vector<float> d_table = {100, 100, 100, 100, 100, 100};
  embedding_backward<float>({3, 2}, tokens, std::vector<float>{1, 2, 3, 4, 5, 6}, d_table);
  EXPECT_EQ(d_table, (std::vector<float>{103, 104, 100, 100, 106, 108}));
}

TEST(Embedding, ATokenOutsideTheTableIsRefused) {
  std::vector<float> out(6);
  EXPECT_THROW(embedding<float>({3, 2}, std::vector<float>(4), tokens, out), std::invalid_argument);
}

}  // namespace
}  // namespace orrery::kernels
