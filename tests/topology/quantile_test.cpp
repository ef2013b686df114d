#include "topology/quantile.h"

#include <gtest/gtest.h>

namespace orrery::topology {
namespace {

// Of ten the tenth part is one number, of eleven it is more than one: the second.
TEST(Quantile, IsTheLeastThatSoManyTenthsDoNotExceed) {
  const std::vector<double> ten = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
  EXPECT_EQ(quantile(ten, 1), 0);
  EXPECT_EQ(quantile(ten, 5), 4);
  EXPECT_EQ(quantile(ten, 9), 8);
  EXPECT_EQ(quantile(ten, 10), 9);
  std::vector<double> eleven = ten;
  eleven.push_back(-1);
  EXPECT_EQ(quantile(eleven, 1), 0);
  EXPECT_EQ(quantile({7}, 1), 7);
  EXPECT_EQ(quantile({}, 5), 0);
}

}  // namespace
}  // namespace orrery::topology
